-- The review of snapshots. Who decides about snapshots locks their companies first, in the order of their ids, and reads them only then.

create or replace function treasury.lock_companies_of(p_snapshots bigint[])
returns void
language plpgsql
as $$
begin
    perform from treasury.companies as company
    where company.id in (
        select held.company_id from treasury.holdings_snapshots as held where held.id = any (p_snapshots))
    order by company.id
    for no key update;
end
$$;

-- Approves those that are pending, in the order given: a later one for the same company and date supersedes an earlier one.
-- One row for each id asked for: `approved` says that this call did it, `status` what it is now (null: there is none).
create or replace function treasury.approve_now(p_ids bigint[], p_reviewer uuid, p_note text)
returns table (snapshot_id bigint, approved boolean, status text, superseded_id bigint)
language plpgsql
as $$
declare
    v_pending bigint[];
begin
    perform treasury.lock_companies_of(p_ids);
    v_pending := array(
        select held.id
        from unnest(p_ids) with ordinality as wanted (id, place)
        join treasury.holdings_snapshots as held on held.id = wanted.id
        where held.status = 'pending'
        group by held.id
        order by min(wanted.place));

    -- first what goes: at no moment may two be approved for one date
    perform set_config('treasury.deciding', 'on', true);
    update treasury.holdings_snapshots as old
    set status = 'superseded', superseded_by = first.id
    from (
        select distinct on (held.company_id, held.snapshot_date) held.id, held.company_id, held.snapshot_date
        from unnest(v_pending) with ordinality as wanted (id, place)
        join treasury.holdings_snapshots as held on held.id = wanted.id
        order by held.company_id, held.snapshot_date, wanted.place) as first
    where old.company_id = first.company_id and old.snapshot_date = first.snapshot_date and old.status = 'approved';
    perform set_config('treasury.deciding', '', true);

    update treasury.holdings_snapshots as held
    set status = case when decided.next_id is null then 'approved' else 'superseded' end,
        superseded_by = decided.next_id, reviewed_by = p_reviewer, reviewed_at = now(), review_note = p_note
    from (
        select wanted.id,
            lead(wanted.id) over (partition by own.company_id, own.snapshot_date order by wanted.place) as next_id
        from unnest(v_pending) with ordinality as wanted (id, place)
        join treasury.holdings_snapshots as own on own.id = wanted.id) as decided
    where held.id = decided.id;

    return query
    select wanted.id, coalesce(wanted.id = any (v_pending), false), held.status,
        (select old.id from treasury.holdings_snapshots as old where old.superseded_by = wanted.id limit 1)
    from (
        select given.id, min(given.place) as place from unnest(p_ids) with ordinality as given (id, place) group by given.id
    ) as wanted
    left join treasury.holdings_snapshots as held on held.id = wanted.id
    order by wanted.place;
end
$$;

create or replace function treasury.approve_snapshots(p_ids bigint[], p_note text)
returns table (snapshot_id bigint, approved boolean, status text, superseded_id bigint)
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    perform treasury.only_admins();
    return query select * from treasury.approve_now(p_ids, app.user_id(), p_note);
end
$$;
comment on function treasury.approve_snapshots is
'An administrator approves snapshots: those that are pending; what is approved for the same dates is superseded.';
grant execute on function treasury.approve_snapshots(bigint[], text) to holdfast_api;

-- The snapshot under the lock, if a decision about it is still open: pending, or approved and now taken back.
create or replace function treasury.open_snapshot(p_id bigint, p_expected text)
returns treasury.holdings_snapshots
language plpgsql
as $$
declare
    v_held treasury.holdings_snapshots;
begin
    perform treasury.lock_companies_of(array[p_id]);
    select * into v_held from treasury.holdings_snapshots where id = p_id;
    if not found then
        return null;
    end if;
    if v_held.status not in ('pending', 'approved') then
        raise exception 'Snapshot % is % already: decide about the one that counts now.', p_id, v_held.status
            using constraint = 'holdings_snapshots_decided';
    end if;
    if v_held.status <> p_expected then
        raise exception 'Snapshot % is %, not % any more: somebody decided meanwhile.', p_id, v_held.status, p_expected
            using constraint = 'holdings_snapshots_status_expected';
    end if;
    return v_held;
end
$$;

-- An approved snapshot that goes gives its place back to the one that it had taken it from. The caller sees to what the
-- company holds: a correction has one more step to come.
create or replace function treasury.reject_now(p_id bigint, p_note text)
returns bigint
language plpgsql
as $$
declare
    v_restored bigint;
begin
    perform set_config('treasury.deciding', 'on', true);
    update treasury.holdings_snapshots
    set status = 'rejected', reviewed_by = app.user_id(), reviewed_at = now(), review_note = p_note
    where id = p_id;
    update treasury.holdings_snapshots
    set status = 'approved', superseded_by = null
    where superseded_by = p_id
    returning id into v_restored;
    perform set_config('treasury.deciding', '', true);
    return v_restored;
end
$$;

create or replace function treasury.reject_snapshot(p_id bigint, p_note text, p_expected text default null)
returns table (snapshot_id bigint, restored_id bigint)
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_held treasury.holdings_snapshots;
begin
    perform treasury.only_admins();
    v_held := treasury.open_snapshot(p_id, p_expected);
    if v_held.id is not null then
        snapshot_id := p_id;
        restored_id := treasury.reject_now(p_id, p_note);
        perform treasury.refresh_current(array[v_held.company_id]);
        return next;
    end if;
end
$$;
comment on function treasury.reject_snapshot is
'An administrator rejects a snapshot. Of an approved one the one that it superseded is approved again; no row: there is none.';
grant execute on function treasury.reject_snapshot(bigint, text, text) to holdfast_api;

-- p_values: the fields that are wrong, with their right values. The rest, and where it comes from, is taken over.
create or replace function treasury.correct_snapshot(p_id bigint, p_values jsonb, p_note text, p_expected text default null)
returns table (snapshot_id bigint, superseded_id bigint)
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_old treasury.holdings_snapshots;
    v_new treasury.holdings_snapshots;
    v_values jsonb;
    v_id bigint;
begin
    perform treasury.only_admins();
    v_old := treasury.open_snapshot(p_id, p_expected);
    if v_old.id is null then
        return;
    end if;
    select coalesce(jsonb_object_agg(given.key, given.value), '{}') into v_values
    from jsonb_each(p_values) as given
    where given.key = any (array[
        'snapshot_date', 'holdings', 'shares_outstanding', 'share_basis', 'shares_basic', 'shares_unit_date', 'purchased',
        'period_start', 'period_end', 'purchase_cost', 'purchase_average_price', 'total_cost', 'average_price', 'currency', 'source_url',
        'evidence']);
    v_new := jsonb_populate_record(v_old, v_values);
    if v_new is not distinct from v_old then
        raise exception 'Nothing is corrected: every value is as it was. Approve the snapshot instead.'
            using constraint = 'holdings_snapshots_correction_changes';
    end if;
    insert into treasury.holdings_snapshots (
        company_id, snapshot_date, holdings, shares_outstanding, share_basis, shares_basic, shares_unit_date, purchased,
        period_start, period_end, purchase_cost, purchase_average_price, total_cost, average_price, currency, source, source_id,
        scraper_job_id, accession, source_url, evidence, rule, raw_data)
    values (
        v_new.company_id, v_new.snapshot_date, v_new.holdings, v_new.shares_outstanding, v_new.share_basis, v_new.shares_basic,
        v_new.shares_unit_date, v_new.purchased, v_new.period_start, v_new.period_end, v_new.purchase_cost,
        v_new.purchase_average_price, v_new.total_cost, v_new.average_price, v_new.currency,
        left('corrected: ' || v_old.source, 255), v_old.source_id, v_old.scraper_job_id, v_old.accession, v_new.source_url,
        v_new.evidence, v_old.rule,
        -- as text: a JSON number would be rounded on its way to whoever looks
        jsonb_build_object('corrects', p_id, 'raw_data', v_old.raw_data, 'original', (
            select jsonb_object_agg(was.key, was.value) from jsonb_each_text(to_jsonb(v_old) - 'raw_data') as was)))
    returning id into v_id;
    perform treasury.reject_now(p_id, left(format('corrected by %s: %s', v_id, p_note), 2000));
    return query
    select decided.snapshot_id, decided.superseded_id
    from treasury.approve_now(array[v_id], app.user_id(), p_note) as decided;
end
$$;
comment on function treasury.correct_snapshot is
'An administrator approves a snapshot with other values: the original is rejected, a corrected copy approved in its place.';
grant execute on function treasury.correct_snapshot(bigint, jsonb, text, text) to holdfast_api;
