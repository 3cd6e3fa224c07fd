-- Overrides: a value that an administrator puts in the place of the stored one, which stays. Readers cast them to the types
-- below, so that nothing else may be stored.

create or replace function treasury.overridable()
returns table (field text, kind text)
language sql immutable
as $$
    values ('current_holdings', 'amount'), ('market_cap', 'amount'), ('total_debt', 'amount'),
        ('preferred_equity', 'amount'), ('cash', 'amount'), ('cost_basis_avg', 'amount'),
        ('shares_basic', 'shares'), ('shares_assumed_diluted', 'shares'), ('shares_fully_diluted', 'shares'),
        ('staking_pct', 'percent'), ('tier', 'tier'), ('is_miner', 'flag'),
        ('name', 'text'), ('website', 'url'), ('twitter', 'url'), ('leader', 'text'), ('strategy', 'text'),
        ('notes', 'text'), ('exchange', 'text'), ('country', 'country')
$$;
comment on function treasury.overridable is 'Which fields may be overridden, and of what kind their values are.';
grant execute on function treasury.overridable() to holdfast_api, holdfast_jobs;

create or replace function treasury.check_override()
returns trigger
language plpgsql
as $$
declare
    v_kind constant text := (select kind from treasury.overridable() where field = new.field);
    v_fits boolean;
begin
    if v_kind is null then
        raise exception '% is not a field that can be overridden', new.field
            using constraint = 'company_overrides_field_known';
    end if;
    v_fits := case
        when v_kind in ('amount', 'shares', 'percent') and new.override_value !~ '^[0-9]{1,20}(\.[0-9]{1,18})?$' then false
        when v_kind = 'shares' then new.override_value::numeric > 0
        when v_kind = 'percent' then new.override_value::numeric <= 100
        when v_kind = 'tier' then new.override_value ~ '^[1-9]$'
        when v_kind = 'flag' then new.override_value in ('true', 'false')
        when v_kind = 'url' then new.override_value ~ '^https?://.' and length(new.override_value) <= 2000
        when v_kind = 'country' then new.override_value ~ '^[A-Z]{2}$'
        else true end;
    if not v_fits then
        raise exception '% is no value for % (%)', left(new.override_value, 100), new.field, v_kind
            using constraint = 'company_overrides_value_fits';
    end if;
    return new;
end
$$;
create or replace trigger check_value before insert or update of field, override_value on treasury.company_overrides
for each row execute function treasury.check_override();

-- What is stored for a field, whatever overrides it: of the company, or the latest that its financials state by a day.
create or replace function treasury.stored_values(p_company_id bigint, p_day date)
returns jsonb
language sql stable
as $$
    select coalesce(
            (select jsonb_object_agg(stated.field, stated.value) from treasury.stated_on(company.id, p_day) as stated), '{}')
        || to_jsonb(company)
    from treasury.companies as company
    where company.id = p_company_id
$$;
comment on function treasury.stored_values is 'What is stored of a company on a day, by field, without overrides.';
grant execute on function treasury.stored_values(bigint, date) to holdfast_api, holdfast_jobs;

-- p_items: [{company_id, field, value, reason, expires_at}, …], each field of a company once.
create or replace function treasury.override_fields(p_items jsonb, p_source text)
returns setof treasury.company_overrides
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    perform treasury.only_admins();
    perform from treasury.companies as company
    where company.id in (select (item ->> 'company_id')::bigint from jsonb_array_elements(p_items) as item)
    order by company.id
    for no key update;
    update treasury.company_overrides as held
    set is_active = false, deactivated_at = now(), deactivated_by = app.user_id()
    from jsonb_array_elements(p_items) as item
    where held.company_id = (item ->> 'company_id')::bigint and held.field = item ->> 'field' and held.is_active;
    return query
    insert into treasury.company_overrides (
        company_id, field, original_value, override_value, reason, source, expires_at, created_by)
    select (item ->> 'company_id')::bigint, item ->> 'field',
        treasury.stored_values((item ->> 'company_id')::bigint, (now() at time zone 'UTC')::date) ->> (item ->> 'field'),
        item ->> 'value', item ->> 'reason', p_source, (item ->> 'expires_at')::timestamptz, app.user_id()
    from jsonb_array_elements(p_items) with ordinality as given (item, place)
    order by place
    returning *;
end
$$;
comment on function treasury.override_fields is
'An administrator overrides fields; an active override of the same field is deactivated, what is stored is kept with it.';
grant execute on function treasury.override_fields(jsonb, text) to holdfast_api;

create or replace function treasury.deactivate_override(p_id bigint)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    perform treasury.only_admins();
    update treasury.company_overrides
    set is_active = false, deactivated_at = now(), deactivated_by = app.user_id()
    where id = p_id and is_active;
    return found;
end
$$;
comment on function treasury.deactivate_override is 'An administrator ends an override. False: there is none, or it has ended.';
grant execute on function treasury.deactivate_override(bigint) to holdfast_api;

create or replace function treasury.expire_overrides(p_as_of timestamptz)
returns bigint
language sql
as $$
    with expired as (
        update treasury.company_overrides
        set is_active = false, deactivated_at = now()
        where is_active and expires_at <= p_as_of
        returning 1
    )
    select count(*) from expired
$$;
comment on function treasury.expire_overrides is 'Ends the overrides whose time is over; reads ignore them from that moment anyway.';
grant execute on function treasury.expire_overrides(timestamptz) to holdfast_jobs;

-- For reads: what is overridden at a moment. Values are text that casts to the field's type:
-- (overridden #>> '{market_cap,value}')::numeric.
create or replace function treasury.overrides_at(p_at timestamptz)
returns table (company_id bigint, overridden jsonb)
language sql stable
as $$
    select held.company_id, jsonb_object_agg(held.field, jsonb_build_object(
        'value', held.override_value, 'original', held.original_value, 'reason', held.reason, 'source', held.source,
        'since', held.created_at, 'expires_at', held.expires_at))
    from treasury.company_overrides as held
    where held.created_at <= p_at and coalesce(held.deactivated_at, 'infinity') > p_at
        and coalesce(held.expires_at, 'infinity') > p_at
    group by held.company_id
$$;
comment on function treasury.overrides_at is 'For each company: {field: {value, original, reason, source, since, expires_at}}.';
grant execute on function treasury.overrides_at(timestamptz) to holdfast_api, holdfast_jobs;

create or replace view treasury.v_active_overrides with (security_invoker = true) as
select company_id, overridden from treasury.overrides_at(now());
comment on view treasury.v_active_overrides is 'treasury.overrides_at this moment.';
grant select on treasury.v_active_overrides to holdfast_api, holdfast_jobs;
