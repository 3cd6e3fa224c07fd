-- Backfills: which history to fetch. Callers hold the lock on the asset's row in tracked_assets.

create or replace function market.queue_backfill(p_asset_id bigint, p_start date, p_end date, p_reason text)
returns setof bigint
language sql
security definer
set search_path = pg_catalog
as $$
    -- what no earlier row covers, as whole ranges: nothing is fetched twice, and an earlier start only adds its part
    insert into market.backfill_queue (asset_id, start_date, end_date, next_date, reason, rung_at)
    select p_asset_id, lower(missing), upper(missing) - 1, lower(missing), p_reason, now()
    from unnest(
        datemultirange(daterange(p_start, p_end, '[]')) - coalesce(
            (select range_agg(daterange(start_date, end_date, '[]'))
             from market.backfill_queue where asset_id = p_asset_id), '{}')) as missing
    where p_start <= p_end
    returning id
$$;
comment on function market.queue_backfill is 'Queues the parts of a range of days that were never queued; returns the new rows'' ids.';

create or replace function market.hold_asset(p_asset_id bigint, p_user_id uuid, p_kind text, p_since date)
returns setof bigint
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_known boolean;
begin
    if p_user_id is distinct from app.user_id() and coalesce(app.role() <> 'job', true) then
        raise exception 'one may only hold in one''s own name' using errcode = 'insufficient_privilege';
    end if;
    insert into market.tracked_assets (asset_id) values (p_asset_id) on conflict (asset_id) do nothing;
    -- everything that counts holders or queues backfills of this asset waits here
    perform from market.tracked_assets where asset_id = p_asset_id for update;
    v_known := exists (select from market.asset_holders where asset_id = p_asset_id and user_id = p_user_id);
    insert into market.asset_holders as held (asset_id, user_id, kind, since)
    values (p_asset_id, p_user_id, p_kind, p_since)
    on conflict (asset_id, user_id, kind) do update set since = least(held.since, excluded.since);
    update market.tracked_assets
    set tracking_users = tracking_users + case when v_known then 0 else 1 end, last_tracked_at = now()
    where asset_id = p_asset_id;
    return query select market.queue_backfill(
        p_asset_id, (p_since - interval '1 year')::date, (now() at time zone 'UTC')::date - 1, 'holder');
end
$$;
comment on function market.hold_asset is
'Records that a user holds an asset since a day, and queues its history from one year before; returns backfills to ring for.';

create or replace function market.release_asset(p_asset_id bigint, p_user_id uuid, p_kind text)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_held boolean;
begin
    if p_user_id is distinct from app.user_id() and coalesce(app.role() <> 'job', true) then
        raise exception 'one may only release in one''s own name' using errcode = 'insufficient_privilege';
    end if;
    perform from market.tracked_assets where asset_id = p_asset_id for update;
    delete from market.asset_holders where asset_id = p_asset_id and user_id = p_user_id and kind = p_kind;
    v_held := found; -- the trigger below counts
    return v_held;
end
$$;
comment on function market.release_asset is 'Takes one kind of holding away; the history stays. False where there was none.';

-- One user less for each asset that a user holds in no way any more; also where an account is deleted and its holdings
-- with it.
create or replace function market.count_released()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    update market.tracked_assets as tracked
    set tracking_users = tracking_users - released.users
    from (
        select gone.asset_id, count(distinct gone.user_id) as users
        from gone
        where not exists (
            select from market.asset_holders as held
            where held.asset_id = gone.asset_id and held.user_id = gone.user_id)
        group by gone.asset_id
    ) as released
    where tracked.asset_id = released.asset_id;
    return null;
end
$$;
create or replace trigger count_released after delete on market.asset_holders
referencing old table as gone for each statement execute function market.count_released();

-- The house itself keeps an asset priced: in nobody's name, so that it ends with its reason and not with an account. It
-- counts as one more user of the asset, for however many reasons.
create or replace function market.keep_asset(p_asset_id bigint, p_kind text, p_since date)
returns setof bigint
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_known boolean;
begin
    if coalesce(app.role(), '') not in ('job', 'admin') then
        raise exception 'only jobs and administrators decide what the house keeps' using errcode = 'insufficient_privilege';
    end if;
    insert into market.tracked_assets (asset_id) values (p_asset_id) on conflict (asset_id) do nothing;
    perform from market.tracked_assets where asset_id = p_asset_id for update;
    v_known := exists (select from market.asset_keepers where asset_id = p_asset_id);
    insert into market.asset_keepers as held (asset_id, kind, since)
    values (p_asset_id, p_kind, p_since)
    on conflict (asset_id, kind) do update set since = least(held.since, excluded.since);
    update market.tracked_assets
    set tracking_users = tracking_users + case when v_known then 0 else 1 end, last_tracked_at = now()
    where asset_id = p_asset_id;
    return query select market.queue_backfill(
        p_asset_id, (p_since - interval '1 year')::date, (now() at time zone 'UTC')::date - 1, 'holder');
end
$$;
comment on function market.keep_asset is
'Has the house keep an asset priced since a day, as market.hold_asset does for a user; returns backfills to ring for.';

create or replace function market.let_asset_go(p_asset_id bigint, p_kind text)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    if coalesce(app.role(), '') not in ('job', 'admin') then
        raise exception 'only jobs and administrators decide what the house keeps' using errcode = 'insufficient_privilege';
    end if;
    perform from market.tracked_assets where asset_id = p_asset_id for update;
    delete from market.asset_keepers where asset_id = p_asset_id and kind = p_kind;
    if not found then
        return false;
    end if;
    update market.tracked_assets set tracking_users = tracking_users - 1
    where asset_id = p_asset_id and not exists (select from market.asset_keepers where asset_id = p_asset_id);
    return true;
end
$$;
comment on function market.let_asset_go is 'The house keeps an asset no more for one reason; its history stays. False where it did not.';
grant execute on function market.keep_asset(bigint, text, date), market.let_asset_go(bigint, text)
to holdfast_api, holdfast_jobs;

grant execute on function market.hold_asset(bigint, uuid, text, date), market.release_asset(bigint, uuid, text)
to holdfast_api, holdfast_jobs;
grant execute on function market.queue_backfill(bigint, date, date, text) to holdfast_jobs;

-- A worker claims a row that is due, or whose worker has not been heard of, and no other worker gets it meanwhile. The
-- number of its claim is what the worker shows later: a worker that lost its lease cannot touch the row any more. (Not the
-- attempts, which do not always count and begin anew with an administrator's retry.)
create or replace function market.claim_backfill(p_id bigint, p_lease interval)
returns table (id bigint, asset_id bigint, next_date date, end_date date, attempts integer, claims bigint)
language sql
as $$
    update market.backfill_queue as held
    set status = 'in_progress', attempts = held.attempts + 1, claims = held.claims + 1, leased_until = now() + p_lease, retry_after = null,
        updated_at = now()
    where held.id = (
        select due.id from market.backfill_queue as due
        where due.id = p_id and due.attempts < due.max_attempts
            and (due.status in ('pending', 'rate_limited') and coalesce(due.retry_after, now()) <= now()
                 or due.status = 'in_progress' and due.leased_until < now())
        for update skip locked)
    returning held.id, held.asset_id, held.next_date, held.end_date, held.attempts, held.claims
$$;

-- One page of bars and the row's progress in one transaction. No row: the lease was lost, the worker stops.
create or replace function market.land_backfill(
    p_id bigint, p_claim bigint, p_source text, p_bars jsonb, p_next_date date, p_lease interval, p_note text)
returns table (done boolean, landed bigint, flagged bigint)
language plpgsql
as $$
declare
    v_row market.backfill_queue;
    v_result record;
begin
    select * into v_row from market.backfill_queue
    where id = p_id and claims = p_claim and status = 'in_progress' for update;
    if not found then
        return;
    end if;
    select * into v_result from market.land_bars(v_row.asset_id, p_source, p_bars);
    done := p_next_date > v_row.end_date;
    landed := v_result.landed;
    flagged := v_result.flagged;
    update market.backfill_queue
    set next_date = least(p_next_date, end_date + 1), source = p_source,
        rows_landed = rows_landed + v_result.landed, rows_flagged = rows_flagged + v_result.flagged,
        status = case when done then 'completed' else status end,
        completed_at = case when done then now() end,
        leased_until = case when not done then now() + p_lease end,
        error_message = case when done then null else error_message end,
        note = coalesce(p_note, note),
        updated_at = now()
    where id = p_id;
    if done then
        perform app.publish('backfills', 'backfill_completed', jsonb_build_object(
            'backfill_id', p_id, 'asset_id', v_row.asset_id, 'start_date', v_row.start_date,
            'end_date', v_row.end_date, 'rows', v_row.rows_landed + v_result.landed));
    end if;
    return next;
end
$$;

-- The end of an attempt that did not finish: back to the queue with a moment before which nobody tries, or failed. An
-- attempt that was not the source's fault (our own budget was used up, the time was over) does not count.
create or replace function market.postpone_backfill(
    p_id bigint, p_claim bigint, p_status text, p_wait interval, p_error text, p_counts boolean)
returns text
language sql
as $$
    update market.backfill_queue
    set status = case when p_counts and attempts >= max_attempts then 'failed' else p_status end,
        attempts = attempts - case when p_counts then 0 else 1 end,
        retry_after = case
            when p_status = 'failed' or (p_counts and attempts >= max_attempts) then null
            else now() + p_wait end,
        leased_until = null, rung_at = null, error_message = p_error, updated_at = now()
    where id = p_id and claims = p_claim and status = 'in_progress'
    returning status
$$;

-- The sweep: rows whose worker died too often fail; of the rest, those are rung for that nobody is at work on.
create or replace function market.due_backfills(p_again interval, p_limit integer)
returns setof bigint
language sql
as $$
    with failed as (
        update market.backfill_queue
        set status = 'failed', leased_until = null, updated_at = now(),
            error_message = coalesce(error_message || '; ', '') || 'its worker ended without a word, on every attempt'
        where status = 'in_progress' and leased_until < now() and attempts >= max_attempts
        returning id, asset_id, error_message
    )
    select app.publish('backfills', 'backfill_failed', jsonb_build_object(
        'backfill_id', id, 'asset_id', asset_id, 'reason', left(error_message, 500))) from failed;

    update market.backfill_queue as held
    set rung_at = now()
    where held.id in (
        select due.id from market.backfill_queue as due
        where (due.status in ('pending', 'rate_limited') and coalesce(due.retry_after, now()) <= now()
               or due.status = 'in_progress' and due.leased_until < now())
            and (due.rung_at is null or due.rung_at < now() - p_again
                 or due.status = 'in_progress' and due.rung_at < due.leased_until)
        order by due.id
        limit p_limit
        for update skip locked)
    returning held.id
$$;

-- An administrator's retry: the row starts over from where it stands.
create or replace function market.retry_backfill(p_id bigint)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    if not app.is_admin() then
        raise exception 'only an administrator retries a backfill' using errcode = 'insufficient_privilege';
    end if;
    update market.backfill_queue
    set status = 'pending', attempts = 0, retry_after = null, leased_until = null, rung_at = now(), updated_at = now()
    where id = p_id and status in ('failed', 'rate_limited', 'pending');
    return found;
end
$$;
grant execute on function market.retry_backfill(bigint) to holdfast_api;

create or replace function market.resolve_flag(p_id bigint, p_action text)
returns market.price_flags
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_flag market.price_flags;
begin
    if not app.is_admin() then
        raise exception 'only an administrator resolves a flag' using errcode = 'insufficient_privilege';
    end if;
    select * into v_flag from market.price_flags where id = p_id for update;
    if not found then
        return null;
    end if;
    if v_flag.status <> 'open' then
        raise exception 'The flag was resolved before.' using constraint = 'price_flags_resolved_once';
    end if;
    if v_flag.kind = 'impossible_bar' and p_action = 'kept' then
        raise exception 'An impossible bar cannot be kept; remove the flag, or import a corrected bar.'
            using constraint = 'price_flags_impossible_kept';
    end if;
    if v_flag.kind = 'large_move' and p_action = 'removed' then
        delete from market.asset_prices where asset_id = v_flag.asset_id and timestamp = v_flag.timestamp;
    end if;
    update market.price_flags
    set status = p_action, resolved_at = now(), resolved_by = app.user_id()
    where id = p_id
    returning * into v_flag;
    return v_flag;
end
$$;
comment on function market.resolve_flag is 'An administrator keeps a flagged bar or removes it from the history.';
grant execute on function market.resolve_flag(bigint, text) to holdfast_api;

grant execute on function market.claim_backfill(bigint, interval),
    market.land_backfill(bigint, bigint, text, jsonb, date, interval, text),
    market.postpone_backfill(bigint, bigint, text, interval, text, boolean),
    market.due_backfills(interval, integer) to holdfast_jobs;
