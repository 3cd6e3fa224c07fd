-- What the history needs every night, and what splits do to it.

-- Every tracked asset's history grows to yesterday.
create or replace function market.extend_histories(p_yesterday date)
returns setof bigint
language plpgsql
as $$
declare
    v_asset_id bigint;
begin
    for v_asset_id in
        select tracked.asset_id from market.tracked_assets as tracked
        join market.assets as asset on asset.id = tracked.asset_id
        where tracked.tracking_users > 0 and asset.is_active and cardinality(asset.price_sources) > 0
        order by tracked.asset_id
        for update of tracked
    loop
        return query select market.queue_backfill(
            v_asset_id,
            (select min(start_date) from market.backfill_queue where asset_id = v_asset_id), p_yesterday, 'holder');
    end loop;
end
$$;

-- Days that should have a bar and have none: every day for coins, p_sessions for shares listed in the US. Each hole is
-- asked for once more; a day that stays empty after that is known to be empty.
create or replace function market.queue_gaps(p_sessions date[], p_yesterday date)
returns setof bigint
language sql
as $$
    with tracked as (
        select asset.id, asset.asset_type,
            (select min(bar.timestamp) at time zone 'UTC' from market.asset_prices as bar where bar.asset_id = asset.id)::date
                as first_day
        from market.tracked_assets as held
        join market.assets as asset on asset.id = held.asset_id
        where held.tracking_users > 0 and asset.is_active and cardinality(asset.price_sources) > 0
            and (asset.asset_type = 'crypto' or 'alpaca' = any (asset.price_sources))
    ), expected as (
        select tracked.id as asset_id, day::date as day
        from tracked, generate_series(tracked.first_day, p_yesterday, interval '1 day') as day
        where tracked.asset_type = 'crypto'
        union all
        select tracked.id, day
        from tracked, unnest(p_sessions) as day
        where tracked.asset_type <> 'crypto' and day between tracked.first_day and p_yesterday
    ), missing as (
        select expected.asset_id, expected.day
        from expected
        where not exists (
                select from market.asset_prices as bar
                where bar.asset_id = expected.asset_id
                    and bar.timestamp = expected.day::timestamp at time zone 'UTC')
            and exists (
                select from market.backfill_queue as covered
                where covered.asset_id = expected.asset_id and covered.status = 'completed'
                    and expected.day between covered.start_date and covered.end_date)
            and not exists (
                select from market.backfill_queue as asked
                where asked.asset_id = expected.asset_id and asked.reason = 'gap'
                    and expected.day between asked.start_date and asked.end_date)
    ), islands as (
        select asset_id, range_agg(daterange(day, day, '[]')) as days from missing group by asset_id
    )
    insert into market.backfill_queue (asset_id, start_date, end_date, next_date, reason, rung_at)
    select asset_id, lower(hole), upper(hole) - 1, lower(hole), 'gap', now()
    from islands, unnest(days) as hole
    returning id
$$;

-- land_bars does the same for bars that arrive old; this is for those that grew old. The window is wide enough for a
-- job that was down for a month, and narrow enough not to read the whole history every night.
create or replace function market.keep_close_only(p_as_of timestamptz)
returns bigint
language sql
as $$
    with aged as (
        update market.asset_prices
        set open = null, high = null, low = null, volume = null
        where timestamp < date_trunc('day', p_as_of, 'UTC') - interval '2 years'
            and timestamp >= date_trunc('day', p_as_of, 'UTC') - interval '2 years 40 days'
            and (open is not null or high is not null or low is not null or volume is not null)
        returning 1
    )
    select count(*) from aged
$$;

grant execute on function market.extend_histories(date), market.queue_gaps(date[], date), market.keep_close_only(timestamptz)
to holdfast_jobs;

-- ---------------------------------------------------------------------------------------------------------------
-- Splits. Stored prices are in shares after all splits whose day has come. On that day what is older is brought into new
-- shares, unless its source has done so: then the close before and the first one after lie side by side; otherwise they lie
-- a ratio apart. Nothing after it yet means that what is stored was stored before it, in old shares.

create or replace function market.in_new_shares(p_asset_id bigint, p_ex_date date, p_ratio numeric)
returns boolean
language sql stable
set timezone = 'UTC'
as $$
    select coalesce(abs(ln(later.price / earlier.close)) < abs(ln(later.price * p_ratio / earlier.close)), false)
    from (select) as nothing
    left join lateral (
        select close from market.asset_prices
        where asset_id = p_asset_id and timestamp < p_ex_date order by timestamp desc limit 1) as earlier on true
    left join lateral (
        (select 0 as rank, close as price from market.asset_prices
         where asset_id = p_asset_id and timestamp >= p_ex_date order by timestamp limit 1)
        union all
        select 1, price from market.latest_prices where asset_id = p_asset_id and as_of >= p_ex_date
        order by rank limit 1) as later on true
$$;

-- Returns the splits that were applied, each once.
create or replace function market.apply_splits(p_day date)
returns setof bigint
language plpgsql
set timezone = 'UTC'
as $$
declare
    v_split market.corporate_actions;
begin
    for v_split in
        select * from market.corporate_actions
        where action_type = 'split' and applied_at is null and ex_date <= p_day
        order by ex_date, id
        for update skip locked
    loop
        if not market.in_new_shares(v_split.asset_id, v_split.ex_date, v_split.ratio) then
            update market.asset_prices
            set open = trim_scale(round(open / v_split.ratio, 18)), high = trim_scale(round(high / v_split.ratio, 18)),
                low = trim_scale(round(low / v_split.ratio, 18)), close = trim_scale(round(close / v_split.ratio, 18)),
                volume = trim_scale(round(volume * v_split.ratio, 18))
            where asset_id = v_split.asset_id and timestamp < v_split.ex_date;
            update market.latest_prices
            set price = trim_scale(round(price / v_split.ratio, 18)), change_24h = trim_scale(round(change_24h / v_split.ratio, 18)),
                high_24h = trim_scale(round(high_24h / v_split.ratio, 18)),
                low_24h = trim_scale(round(low_24h / v_split.ratio, 18)),
                volume_24h = trim_scale(round(volume_24h * v_split.ratio, 18))
            where asset_id = v_split.asset_id and as_of < v_split.ex_date;
            -- the fall or rise that it looked like has its explanation
            update market.price_flags as flag set status = 'kept', resolved_at = now()
            where flag.asset_id = v_split.asset_id and flag.kind = 'large_move' and flag.status = 'open'
                and flag.timestamp = (
                    select min(bar.timestamp) from market.asset_prices as bar
                    where bar.asset_id = v_split.asset_id and bar.timestamp >= v_split.ex_date);
        end if;
        update market.corporate_actions set history_adjusted = true, applied_at = now() where id = v_split.id;
        return next v_split.id;
    end loop;
end
$$;
comment on function market.apply_splits is 'Brings stored prices into new shares for the splits whose day has come.';
grant execute on function market.in_new_shares(bigint, date, numeric), market.apply_splits(date) to holdfast_jobs;
