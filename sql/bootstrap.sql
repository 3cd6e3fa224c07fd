-- Before the first migration, as the database's administrator: the three roles and the ledger of what was applied.
-- Every statement may be run again. Passwords are set by the runner, never written here.

do $$
begin
    if not exists (select from pg_roles where rolname = 'holdfast_owner') then
        create role holdfast_owner nologin nosuperuser nobypassrls;
    end if;
    if not exists (select from pg_roles where rolname = 'holdfast_api') then
        create role holdfast_api login nosuperuser nobypassrls;
    end if;
    if not exists (select from pg_roles where rolname = 'holdfast_jobs') then
        create role holdfast_jobs login nosuperuser nobypassrls;
    end if;
    -- two databases of one cluster may be set up at once: the roles are shared, the loser finds them made
exception when duplicate_object or unique_violation then
    raise notice 'the roles were made by another run';
end
$$;

do $$
begin
    -- `set role holdfast_owner` below needs membership, which creating a role alone does not give since PostgreSQL 16
    if not pg_has_role(current_user, 'holdfast_owner', 'member') then
        execute format('grant holdfast_owner to %I', current_user);
    end if;
    execute format('grant create, connect on database %I to holdfast_owner', current_database());
    execute format('grant connect on database %I to holdfast_api, holdfast_jobs', current_database());
    execute format('revoke all on database %I from public', current_database());
end
$$;

-- Limits travel with the role, because a proxy in between forbids setting them per connection.
-- API: below API Gateway's 29 s. Jobs: below Lambda's 15 min; a job holds its lock in an idle transaction meanwhile.
do $$
declare
    wanted constant text[][] := array[
        ['holdfast_api', 'statement_timeout', '15s'],
        ['holdfast_api', 'lock_timeout', '5s'],
        ['holdfast_api', 'idle_in_transaction_session_timeout', '30s'],
        ['holdfast_api', 'search_path', 'pg_catalog'],
        ['holdfast_api', 'timezone', 'UTC'],
        ['holdfast_jobs', 'statement_timeout', '14min'],
        ['holdfast_jobs', 'lock_timeout', '30s'],
        ['holdfast_jobs', 'idle_in_transaction_session_timeout', '15min'],
        ['holdfast_jobs', 'search_path', 'pg_catalog'],
        ['holdfast_jobs', 'timezone', 'UTC']];
    setting text[];
begin
    foreach setting slice 1 in array wanted loop
        if not exists (
            select from pg_roles
            where rolname = setting[1] and rolconfig @> array[format('%s=%s', setting[2], setting[3])]) then
            execute format('alter role %I set %I = %L', setting[1], setting[2], setting[3]);
        end if;
    end loop;
end
$$;

set role holdfast_owner;

-- A new function is nobody's to call until a grant says so; PostgreSQL's own default is everybody's.
alter default privileges revoke execute on routines from public;

create schema if not exists app;

create table if not exists app.schema_migrations (
    name text primary key,
    kind text not null constraint schema_migrations_kind check (kind in ('migration', 'routine', 'reference')),
    checksum text not null,
    applied_at timestamptz not null default now()
);
alter table app.schema_migrations enable row level security;
alter table app.schema_migrations force row level security;

drop policy if exists ledger_owner on app.schema_migrations;
create policy ledger_owner on app.schema_migrations to holdfast_owner using (true) with check (true);

reset role;
