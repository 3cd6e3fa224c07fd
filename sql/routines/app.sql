-- The ground floor's functions and policies: identity of a transaction, security helpers, budgets, audit, outbox.

-- ---------------------------------------------------------------------------------------------------------------
-- Who acts. Every transaction begins with act_as; outside one, nobody is anybody and every table is empty.

create or replace function app.act_as(p_user_id uuid, p_role text, p_origin text default null)
returns void
language plpgsql
as $$
begin
    if p_role not in ('anonymous', 'user', 'affiliate', 'admin', 'job') then
        raise exception 'unknown role %', p_role using errcode = 'invalid_parameter_value';
    end if;
    if p_role = 'job' and session_user = 'holdfast_api' then
        raise exception 'the API never acts as a job' using errcode = 'insufficient_privilege';
    end if;
    perform set_config('app.user_id', coalesce(p_user_id::text, ''), true),
            set_config('app.role', p_role, true),
            set_config('app.origin', coalesce(p_origin, ''), true);
end
$$;
comment on function app.act_as is 'Sets, for this transaction, whose eyes row security looks through.';

-- After a commit a transaction-local setting reads as '': nullif makes that nobody.
-- Policies call these as (select app.user_id()), so that they run once a query and not once a row.
create or replace function app.user_id() returns uuid
language sql stable parallel safe
as $$ select nullif(current_setting('app.user_id', true), '')::uuid $$;

create or replace function app.role() returns text
language sql stable parallel safe
as $$ select nullif(current_setting('app.role', true), '') $$;

create or replace function app.is_admin() returns boolean
language sql stable parallel safe
as $$ select coalesce(current_setting('app.role', true) = 'admin', false) $$;

-- ---------------------------------------------------------------------------------------------------------------
-- A schema's security page begins with these two calls.

create or replace procedure app.clear_security(p_schema text)
language plpgsql
as $$
declare
    found record;
begin
    for found in
        select policyname, tablename from pg_policies
        where schemaname = p_schema and policyname <> 'ledger_owner'
    loop
        execute format('drop policy %I on %I.%I', found.policyname, p_schema, found.tablename);
    end loop;
    execute format('revoke all on all tables in schema %I from holdfast_api, holdfast_jobs, public', p_schema);
    execute format('revoke all on all routines in schema %I from holdfast_api, holdfast_jobs, public', p_schema);
    execute format('grant usage on schema %I to holdfast_api, holdfast_jobs', p_schema);
end
$$;
comment on procedure app.clear_security is 'Takes every policy and grant of a schema away; what follows gives them anew.';

-- Jobs see every row, but only while acting as one. The owner's policy is for migrations that change rows and for the
-- few functions that run with the owner's rights (nobody logs in as the owner): row security is forced, so that what
-- those may see is said here and is not a silent exemption.
create or replace procedure app.let_jobs(p_schema text)
language plpgsql
as $$
declare
    found record;
begin
    for found in
        select class.relname
        from pg_class as class
        join pg_namespace as namespace on namespace.oid = class.relnamespace
        where namespace.nspname = p_schema and class.relkind in ('r', 'p') and not class.relispartition
            and not (p_schema = 'app' and class.relname = 'schema_migrations')
    loop
        execute format(
            'create policy jobs on %I.%I to holdfast_jobs '
            'using ((select app.role()) = ''job'') with check ((select app.role()) = ''job'')',
            p_schema, found.relname);
        execute format(
            'create policy owner on %I.%I to holdfast_owner using (true) with check (true)',
            p_schema, found.relname);
        execute format('grant select, insert, update, delete on %I.%I to holdfast_jobs', p_schema, found.relname);
    end loop;
    -- app.default_partition_rows looks into DEFAULT partitions themselves, as the owner: without a policy it would see none
    for found in
        select class.relname
        from pg_partitioned_table as parent
        join pg_class as class on class.oid = parent.partdefid
        join pg_namespace as namespace on namespace.oid = class.relnamespace
        where namespace.nspname = p_schema
    loop
        execute format('create policy owner on %I.%I for select to holdfast_owner using (true)', p_schema, found.relname);
    end loop;
end
$$;
comment on procedure app.let_jobs is 'Gives the jobs'' role every table of a schema (partitions are reached through their parent).';

call app.clear_security('app');
call app.let_jobs('app');

grant execute on function app.act_as(uuid, text, text), app.user_id(), app.role(), app.is_admin()
to holdfast_api, holdfast_jobs;

grant select on app.schema_migrations to holdfast_api, holdfast_jobs;
create policy ledger_readers on app.schema_migrations for select to holdfast_api, holdfast_jobs using (true);

grant select on app.job_runs to holdfast_api;
create policy admins_read on app.job_runs for select to holdfast_api using ((select app.is_admin()));

grant select on app.audit_log to holdfast_api;
create policy admins_read on app.audit_log for select to holdfast_api using ((select app.is_admin()));

grant select on app.outbox to holdfast_api;
create policy audience_reads on app.outbox for select to holdfast_api
using (audience is null or audience = (select app.user_id()));

grant select, insert, update, delete on app.idempotency_keys to holdfast_api;
create policy own_keys on app.idempotency_keys to holdfast_api
using (user_id = (select app.user_id())) with check (user_id = (select app.user_id()));

-- ---------------------------------------------------------------------------------------------------------------
-- Budgets shared by all processes: the generic cell rate algorithm. A bucket holds `p_burst` units and refills over
-- `p_per_seconds`; one stored moment, up to which the budget is spent, is all it needs.

create or replace function app.spend(p_bucket text, p_cost numeric, p_burst numeric, p_per_seconds numeric)
returns double precision
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_now constant timestamptz := clock_timestamp();
    v_window constant interval := make_interval(secs => p_per_seconds::double precision);
    v_step constant interval := make_interval(secs => (p_cost * p_per_seconds / p_burst)::double precision);
    v_held app.rate_limits;
begin
    if p_cost <= 0 or p_cost > p_burst then
        raise exception 'a cost of % never fits a budget of %', p_cost, p_burst using errcode = 'invalid_parameter_value';
    end if;
    insert into app.rate_limits as held (bucket, spent_until)
    values (p_bucket, v_now + v_step)
    on conflict (bucket) do update
        set spent_until = greatest(held.spent_until, v_now) + v_step, updated_at = v_now
        where greatest(held.spent_until, v_now) + v_step <= v_now + v_window
            and coalesce(held.blocked_until, v_now) <= v_now
    returning * into v_held;
    if found then
        return 0;
    end if;
    select * into v_held from app.rate_limits where bucket = p_bucket;
    return extract(epoch from greatest(
        greatest(v_held.spent_until, v_now) + v_step - v_window,
        v_held.blocked_until) - v_now);
end
$$;
comment on function app.spend is 'Takes p_cost from a bucket: 0 when granted, otherwise the seconds until it could be.';

create or replace function app.block(p_bucket text, p_seconds numeric)
returns void
language sql
security definer
set search_path = pg_catalog
as $$
    insert into app.rate_limits as held (bucket, spent_until, blocked_until)
    values (p_bucket, clock_timestamp(), clock_timestamp() + make_interval(secs => p_seconds::double precision))
    on conflict (bucket) do update
        set blocked_until = greatest(held.blocked_until, excluded.blocked_until), updated_at = clock_timestamp()
$$;
comment on function app.block is 'Nobody gets anything from the bucket for that long: the source has said so.';

grant execute on function app.spend(text, numeric, numeric, numeric), app.block(text, numeric)
to holdfast_api, holdfast_jobs;

-- ---------------------------------------------------------------------------------------------------------------
-- Audit: create trigger audit after insert or update or delete on TABLE for each row
--        execute function app.audit('key column', 'secret column', …)

create or replace function app.audit()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_hidden constant text[] := tg_argv[1:];
    v_old jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
    v_new jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
    v_changed text[];
begin
    if tg_op = 'UPDATE' then
        select array_agg(field.key order by field.key) into v_changed
        from jsonb_each(v_new) as field
        where field.value is distinct from v_old -> field.key;
        if v_changed is null then
            return null;
        end if;
    end if;
    insert into app.audit_log (table_name, record_id, action, old_values, new_values, changed_fields,
                               user_id, role, origin)
    values (tg_table_schema || '.' || tg_table_name,
            coalesce(v_new, v_old) ->> coalesce(tg_argv[0], 'id'),
            lower(tg_op),
            v_old - coalesce(v_hidden, '{}'), v_new - coalesce(v_hidden, '{}'), v_changed,
            app.user_id(), app.role(), nullif(current_setting('app.origin', true), ''));
    return null;
end
$$;

-- The product of numbers, which PostgreSQL has no aggregate for: ratios of splits, one after the other.
create or replace aggregate app.product(numeric) (sfunc = numeric_mul, stype = numeric, parallel = safe);
grant execute on function app.product(numeric) to holdfast_api, holdfast_jobs;

-- ---------------------------------------------------------------------------------------------------------------
-- Outbox: numbered per topic without gaps, because the topic's row stays locked until the writer commits.

create or replace function app.publish(p_topic text, p_kind text, p_payload jsonb, p_audience uuid default null)
returns bigint
language sql
security definer
set search_path = pg_catalog
as $$
    with numbered as (
        insert into app.outbox_topics as held (topic, last_seq) values (p_topic, 1)
        on conflict (topic) do update set last_seq = held.last_seq + 1
        returning topic, last_seq
    )
    insert into app.outbox (topic, seq, kind, payload, audience)
    select topic, last_seq, p_kind, p_payload, p_audience from numbered
    returning seq
$$;
comment on function app.publish is 'Writes an event to a topic and returns its number.';

grant execute on function app.publish(text, text, jsonb, uuid) to holdfast_api, holdfast_jobs;

-- ---------------------------------------------------------------------------------------------------------------
-- Partitions by time, made ahead. A row that finds no partition lands in the DEFAULT one, which raises an alarm.

create or replace function app.make_partitions(p_table regclass, p_unit text, p_from timestamptz, p_until timestamptz)
returns integer
language plpgsql
security definer
set search_path = pg_catalog
set timezone = 'UTC'
as $$
declare
    v_schema text;
    v_name text;
    v_start timestamptz := date_trunc(p_unit, p_from);
    v_next timestamptz;
    v_partition text;
    v_made integer := 0;
begin
    if p_unit not in ('year', 'quarter', 'month') then
        raise exception 'partitions by % are not made here', p_unit using errcode = 'invalid_parameter_value';
    end if;
    select namespace.nspname, class.relname into v_schema, v_name
    from pg_class as class join pg_namespace as namespace on namespace.oid = class.relnamespace
    where class.oid = p_table;
    while v_start <= p_until loop
        v_next := v_start + case p_unit when 'year' then interval '1 year' when 'quarter' then interval '3 months'
                                        else interval '1 month' end;
        v_partition := v_name || '_' || to_char(v_start, case p_unit when 'year' then 'YYYY' when 'quarter' then 'YYYY"q"Q'
                                                                     else 'YYYY_MM' end);
        if to_regclass(format('%I.%I', v_schema, v_partition)) is null then
            execute format('create table %I.%I partition of %s for values from (%L) to (%L)',
                           v_schema, v_partition, p_table, v_start, v_next);
            -- reached through the parent only; of its own it shows nobody anything
            execute format('alter table %I.%I enable row level security', v_schema, v_partition);
            execute format('alter table %I.%I force row level security', v_schema, v_partition);
            v_made := v_made + 1;
        end if;
        v_start := v_next;
    end loop;
    return v_made;
end
$$;
comment on function app.make_partitions is 'Makes the missing partitions of a table from one moment to another; returns how many.';

create or replace function app.default_partition_rows()
returns table (partition text, rows bigint)
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    found record;
begin
    for found in
        select format('%I.%I', namespace.nspname, class.relname) as name
        from pg_partitioned_table as parent
        join pg_class as class on class.oid = parent.partdefid
        join pg_namespace as namespace on namespace.oid = class.relnamespace
    loop
        partition := found.name;
        execute 'select count(*) from ' || found.name into rows;
        return next;
    end loop;
end
$$;
comment on function app.default_partition_rows is 'How many rows each DEFAULT partition holds: anything but 0 needs attention.';

grant execute on function app.make_partitions(regclass, text, timestamptz, timestamptz), app.default_partition_rows()
to holdfast_jobs;

-- ---------------------------------------------------------------------------------------------------------------

create or replace function app.touch_updated_at()
returns trigger
language plpgsql
as $$
begin
    new.updated_at := now();
    return new;
end
$$;
comment on function app.touch_updated_at is 'Before-update trigger: keeps updated_at true.';
