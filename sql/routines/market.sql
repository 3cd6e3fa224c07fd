-- The market's security page, its views, and the functions that land prices and drive backfills.

call app.clear_security('market');
call app.let_jobs('market');

-- ---------------------------------------------------------------------------------------------------------------
-- Who sees what. The catalogue and all prices are public; who holds what is not.

grant select on market.assets, market.asset_prices, market.latest_prices, market.exchange_rates to holdfast_api;
create policy everyone_reads on market.assets for select to holdfast_api using (true);
create policy everyone_reads on market.asset_prices for select to holdfast_api using (true);
create policy everyone_reads on market.latest_prices for select to holdfast_api using (true);
create policy everyone_reads on market.exchange_rates for select to holdfast_api using (true);

grant insert, update on market.assets to holdfast_api;
create policy admins_insert on market.assets for insert to holdfast_api with check ((select app.is_admin()));
create policy admins_update on market.assets for update to holdfast_api
using ((select app.is_admin())) with check ((select app.is_admin()));

grant select on market.corporate_actions to holdfast_api;
grant insert (asset_id, action_type, ex_date, pay_date, ratio, amount, currency, source)
on market.corporate_actions to holdfast_api;
create policy everyone_reads on market.corporate_actions for select to holdfast_api using (true);
create policy admins_insert on market.corporate_actions for insert to holdfast_api with check ((select app.is_admin()));

grant select on market.asset_holders to holdfast_api;
create policy own_rows on market.asset_holders for select to holdfast_api using (user_id = (select app.user_id()));

grant select on market.asset_keepers to holdfast_api;
create policy admins_read on market.asset_keepers for select to holdfast_api using ((select app.is_admin()));

grant select on market.backfill_queue to holdfast_api;
create policy holders_read on market.backfill_queue for select to holdfast_api
using ((select app.is_admin()) or asset_id in (
    select holder.asset_id from market.asset_holders as holder where holder.user_id = (select app.user_id())));

grant select on market.tracked_assets, market.source_health, market.price_flags to holdfast_api;
create policy admins_read on market.tracked_assets for select to holdfast_api using ((select app.is_admin()));
create policy admins_read on market.source_health for select to holdfast_api using ((select app.is_admin()));
create policy admins_read on market.price_flags for select to holdfast_api using ((select app.is_admin()));

create or replace trigger touch before update on market.assets
for each row execute function app.touch_updated_at();

-- ---------------------------------------------------------------------------------------------------------------
-- Views over the one price history. security_invoker: a view must not see more than whoever reads it.

create or replace view market.latest_asset_prices with (security_invoker = true) as
select bar.*
from market.assets as asset
cross join lateral (
    select * from market.asset_prices where asset_id = asset.id order by timestamp desc limit 1
) as bar;
comment on view market.latest_asset_prices is 'The last daily bar of each asset: one index probe per asset.';

create or replace view market.latest_exchange_rates with (security_invoker = true) as
select distinct on (currency_code) currency_code, rate_to_usd, timestamp, source
from market.exchange_rates
order by currency_code, timestamp desc;

create or replace view market.crypto_prices with (security_invoker = true) as
select bar.asset_id, asset.symbol, bar.close as price_usd, bar.volume, bar.source, bar.timestamp
from market.asset_prices as bar
join market.assets as asset on asset.id = bar.asset_id
where asset.asset_type = 'crypto' and asset.native_currency = 'USD';

create or replace view market.stock_prices with (security_invoker = true) as
select bar.asset_id, asset.symbol as ticker, asset.exchange, asset.native_currency as currency,
    bar.open, bar.high, bar.low, bar.close, bar.volume, bar.source, bar.timestamp
from market.asset_prices as bar
join market.assets as asset on asset.id = bar.asset_id
where asset.asset_type = 'stock';

-- A rate is good for a week: the ECB's longest silence (Easter, Christmas) is five days. Older is unknown, not a guess.
create or replace function market.rate_to_usd(
    p_currency text, p_at timestamptz, p_max_age interval default interval '7 days')
returns table (rate_to_usd numeric, "timestamp" timestamptz, source text)
language sql stable
as $$
    select 1::numeric, p_at, 'definition' where p_currency = 'USD'
    union all
    (select held.rate_to_usd, held.timestamp, held.source
     from market.exchange_rates as held
     where held.currency_code = p_currency and p_currency <> 'USD'
         and held.timestamp <= p_at and held.timestamp >= p_at - p_max_age
     order by held.timestamp desc
     limit 1)
$$;
comment on function market.rate_to_usd is 'US dollars for one unit of a currency at a moment; no row where it is not known.';
grant execute on function market.rate_to_usd(text, timestamptz, interval) to holdfast_api, holdfast_jobs;

create or replace view market.market_data_cache with (security_invoker = true) as
select asset.id as asset_id, asset.symbol, asset.name, asset.exchange, asset.asset_type, latest.currency,
    trim_scale(round(latest.price * usd.rate_to_usd, 12)) as price_usd,
    trim_scale(round(latest.price * usd.rate_to_usd / aud.rate_to_usd, 12)) as price_aud,
    trim_scale(round(latest.volume_24h_value * usd.rate_to_usd, 12)) as volume_24h_usd,
    trim_scale(round(latest.volume_24h_value * usd.rate_to_usd / aud.rate_to_usd, 12)) as volume_24h_aud,
    trim_scale(round(latest.change_24h * usd.rate_to_usd, 12)) as change_24h,
    latest.change_percentage_24h,
    trim_scale(round(latest.market_cap * usd.rate_to_usd, 12)) as market_cap_usd,
    trim_scale(round(latest.market_cap * usd.rate_to_usd / aud.rate_to_usd, 12)) as market_cap_aud,
    trim_scale(round(latest.high_24h * usd.rate_to_usd, 12)) as high_24h,
    trim_scale(round(latest.low_24h * usd.rate_to_usd, 12)) as low_24h,
    latest.source, latest.as_of as last_updated
from market.latest_prices as latest
join market.assets as asset on asset.id = latest.asset_id
left join lateral market.rate_to_usd(latest.currency, now()) as usd on true
left join lateral market.rate_to_usd('AUD', now()) as aud on true;
comment on view market.market_data_cache is 'Latest prices in US and Australian dollars; null where a rate is not known.';

grant select on market.latest_asset_prices, market.latest_exchange_rates, market.crypto_prices, market.stock_prices,
    market.market_data_cache to holdfast_api, holdfast_jobs;

-- ---------------------------------------------------------------------------------------------------------------
-- Landing bars. p_bars: [[epoch milliseconds, open, high, low, close, volume], …], prices as text or null, days strictly
-- ascending. Impossible bars are flagged and not stored; moves over 50 % from one trading day to the next are stored and
-- flagged. Past two years only the close is kept. One pass over the page: on 1,000 bars the judging costs 2 ms, the insert
-- 6 ms, of which the foreign key takes 3.

create or replace function market.is_possible(
    p_open numeric, p_high numeric, p_low numeric, p_close numeric, p_volume numeric)
returns boolean
language sql immutable parallel safe
return (p_close > 0 and p_close < 'Infinity') is true
    -- not false: what the source does not say cannot contradict
    and (p_low > 0 and p_low <= p_high and p_high < 'Infinity' and p_low <= p_open and p_open <= p_high
         and p_low <= p_close and p_close <= p_high and p_volume >= 0 and p_volume < 'Infinity') is not false;

create or replace function market.why_impossible(
    p_open numeric, p_high numeric, p_low numeric, p_close numeric, p_volume numeric)
returns text
language sql immutable parallel safe
return case
    when p_close is null then 'no close'
    when 'NaN' in (p_open, p_high, p_low, p_close, p_volume) or 'Infinity' in (p_open, p_high, p_low, p_close, p_volume)
        then 'not a number'
    when least(p_open, p_high, p_low, p_close) <= 0 then 'a price is not above zero'
    when p_low > p_high then 'low above high'
    when p_low > p_open then 'low above open'
    when p_open > p_high then 'open above high'
    when p_low > p_close then 'low above close'
    when p_close > p_high then 'close above high'
    when p_volume < 0 then 'negative volume'
    else 'impossible'
end;

create or replace function market.close_only_before() returns timestamptz
language sql stable
return date_trunc('day', now(), 'UTC') - interval '2 years';

-- Stores one page. `p_again` false: by a plain insert, which fails if one of its days is stored already (`on conflict`
-- would cost a fifth more on every page, and a day is fetched once as a rule).
create or replace function market.store_bars(
    p_asset_id bigint, p_source text, p_bars jsonb, p_again boolean,
    out stored bigint, out sound bigint, out flagged bigint)
language plpgsql
as $$
declare
    v_close_only_before constant timestamptz := market.close_only_before();
    v_five_days constant bigint := 5 * 86400000;
    v_day_after_tomorrow constant bigint := extract(epoch from date_trunc('day', now(), 'UTC') + interval '2 days') * 1000;
begin
    with parsed as (
        select (bar ->> 0)::bigint as ms, (bar ->> 1)::numeric as open, (bar ->> 2)::numeric as high,
            (bar ->> 3)::numeric as low, (bar ->> 4)::numeric as close, (bar ->> 5)::numeric as volume
        from jsonb_array_elements(p_bars) as bar
    ), checked as (
        select *, market.is_possible(open, high, low, close, volume) and ms < v_day_after_tomorrow as possible from parsed
    ), before as (
        select held.close, extract(epoch from held.timestamp)::bigint * 1000 as ms
        from market.asset_prices as held
        where held.asset_id = p_asset_id and held.timestamp < to_timestamp((p_bars -> 0 ->> 0)::bigint / 1000)
        order by held.timestamp desc
        limit 1
    ), judged as materialized (
        -- an impossible bar is nobody's predecessor: its close may be nonsense
        select to_timestamp(ms / 1000) as at, open, high, low, close, volume, possible,
            coalesce(lag(close) over by_day, (select before.close from before)) as previous_close,
            ms - coalesce(lag(ms) over by_day, (select before.ms from before)) <= v_five_days as follows
        from checked
        window by_day as (partition by possible order by ms)
    ), next_bar as (
        -- an earlier part of the history may arrive later: then the bar behind the page is the one to judge
        select held.timestamp as at, held.open, held.high, held.low, held.close, held.volume, held.source,
            last.close as previous_close
        from (select at, close from judged where judged.possible order by at desc limit 1) as last
        cross join lateral (
            select * from market.asset_prices
            where asset_id = p_asset_id and timestamp > last.at and timestamp <= last.at + interval '5 days'
                and timestamp > to_timestamp((p_bars -> -1 ->> 0)::bigint / 1000)
            order by timestamp limit 1) as held
    ), suspects as (
        select at, possible, open, high, low, close, volume, p_source as source, previous_close from judged
        where not judged.possible
            or follows and (close > previous_close * 1.5 or close < previous_close * 0.5)
        union all
        select at, true, open, high, low, close, volume, source, previous_close from next_bar
        where close > previous_close * 1.5 or close < previous_close * 0.5
    ), flags as (
        insert into market.price_flags (asset_id, timestamp, kind, reason, source, bar, previous_close)
        select p_asset_id, at,
            case when suspects.possible then 'large_move' else 'impossible_bar' end,
            case when suspects.possible
                     then format('%s %% from the close before', round((close / previous_close - 1) * 100, 2))
                 when at < to_timestamp(v_day_after_tomorrow / 1000)
                     then market.why_impossible(open, high, low, close, volume)
                 else 'in the future' end,
            source, jsonb_build_object('open', open::text, 'high', high::text, 'low', low::text, 'close', close::text,
                                       'volume', volume::text),
            case when suspects.possible then previous_close end
        from suspects
        on conflict (asset_id, timestamp, kind, source) do nothing
        returning 1
    ), bars as materialized (
        select p_asset_id as asset_id, at,
            case when at >= v_close_only_before then open end as open,
            case when at >= v_close_only_before then high end as high,
            case when at >= v_close_only_before then low end as low,
            close,
            case when at >= v_close_only_before then volume end as volume
        from judged
        where judged.possible
            -- what a person took out stays out, as long as the source goes on saying the same
            and not exists (
                select from market.price_flags as flag
                where flag.asset_id = p_asset_id and flag.timestamp = judged.at and flag.kind = 'large_move'
                    and flag.status = 'removed' and (flag.bar ->> 'close')::numeric = judged.close)
    ), fresh as (
        insert into market.asset_prices (asset_id, timestamp, open, high, low, close, volume, source)
        select asset_id, at, open, high, low, close, volume, p_source from bars where not p_again
        returning 1
    ), changed as (
        insert into market.asset_prices as held (asset_id, timestamp, open, high, low, close, volume, source)
        select asset_id, at, open, high, low, close, volume, p_source from bars where p_again
        on conflict (asset_id, timestamp) do update
            set open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close,
                volume = excluded.volume, source = excluded.source
            where (held.open, held.high, held.low, held.close, held.volume)
                is distinct from (excluded.open, excluded.high, excluded.low, excluded.close, excluded.volume)
                -- a list of closes that says the same takes nothing away from a full bar
                and not (held.close = excluded.close
                         and num_nonnulls(excluded.open, excluded.high, excluded.low, excluded.volume) = 0)
        returning 1
    )
    select (select count(*) from fresh) + (select count(*) from changed), count(*) filter (where judged.possible),
        (select count(*) from flags)
    into stored, sound, flagged
    from judged;
end
$$;

create or replace function market.land_bars(
    p_asset_id bigint, p_source text, p_bars jsonb, out landed bigint, out unchanged bigint, out flagged bigint)
language plpgsql
as $$
declare
    v_page record;
begin
    begin
        select * into v_page from market.store_bars(p_asset_id, p_source, p_bars, false);
    exception when unique_violation then
        select * into v_page from market.store_bars(p_asset_id, p_source, p_bars, true);
    end;
    landed := v_page.stored;
    unchanged := v_page.sound - v_page.stored;
    flagged := v_page.flagged;
end
$$;
comment on function market.land_bars is
'Stores one page of daily bars of an asset, judging each. A bar that is stored already as it is, is not touched.';

create or replace function market.supply(p_market_cap numeric, p_price numeric)
returns numeric
language sql immutable parallel safe
return trim_scale(round(round(p_market_cap, 24) / p_price, 8));
comment on function market.supply is
'Coins in circulation, as the source of a market cap counts them: by the price that it states with it, which is not ours.';

-- p_quotes: [{"asset_id", "price", "currency", "as_of", "change_24h", …}, …]. An older quote never replaces a newer one.
-- Returns the assets whose latest price it now is.
create or replace function market.land_quotes(p_source text, p_quotes jsonb)
returns setof bigint
language sql
as $$
    with quote as (
        select *
        from jsonb_to_recordset(p_quotes) as quote (
            asset_id bigint, price numeric, currency text, as_of timestamptz, change_24h numeric,
            change_percentage_24h numeric, high_24h numeric, low_24h numeric, volume_24h numeric,
            volume_24h_value numeric, market_cap numeric)
    ), stored as (
        insert into market.latest_prices as held (
            asset_id, price, currency, as_of, change_24h, change_percentage_24h, high_24h, low_24h,
            volume_24h, volume_24h_value, market_cap, circulating_supply, supply_as_of, source)
        select asset_id, price, currency, as_of, change_24h, change_percentage_24h, high_24h, low_24h,
            volume_24h, volume_24h_value, market_cap, market.supply(market_cap, price),
            case when market_cap is not null then as_of end, p_source
        from quote
        order by asset_id
        on conflict (asset_id) do update
            set price = excluded.price, currency = excluded.currency, as_of = excluded.as_of,
                change_24h = excluded.change_24h, change_percentage_24h = excluded.change_percentage_24h,
                high_24h = excluded.high_24h, low_24h = excluded.low_24h, volume_24h = excluded.volume_24h,
                volume_24h_value = excluded.volume_24h_value,
                -- Binance does not tell the market cap: what CoinGecko said last stays
                market_cap = coalesce(excluded.market_cap, held.market_cap),
                circulating_supply = coalesce(excluded.circulating_supply, held.circulating_supply),
                supply_as_of = coalesce(excluded.supply_as_of, held.supply_as_of),
                source = excluded.source, updated_at = now()
            where held.as_of <= excluded.as_of
        returning asset_id
    ), tracked as (
        update market.tracked_assets as held set last_price_update = now()
        from stored where held.asset_id = stored.asset_id
        returning 1
    )
    select asset_id from stored
$$;

create or replace function market.land_rates(p_source text, p_rates jsonb)
returns bigint
language sql
as $$
    with stored as (
        insert into market.exchange_rates (currency_code, timestamp, rate_to_usd, source)
        select distinct on (currency, as_of) currency, as_of, rate_to_usd, p_source
        from jsonb_to_recordset(p_rates) as rate (currency text, rate_to_usd numeric, as_of timestamptz)
        order by currency, as_of
        on conflict (currency_code, timestamp) do nothing
        returning 1
    )
    select count(*) from stored
$$;

grant execute on function market.is_possible(numeric, numeric, numeric, numeric, numeric),
    market.why_impossible(numeric, numeric, numeric, numeric, numeric),
    market.close_only_before(), market.store_bars(bigint, text, jsonb, boolean), market.land_bars(bigint, text, jsonb),
    market.supply(numeric, numeric), market.land_quotes(text, jsonb),
    market.land_rates(text, jsonb) to holdfast_jobs;

-- ---------------------------------------------------------------------------------------------------------------
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

-- ---------------------------------------------------------------------------------------------------------------
-- Nightly upkeep.

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

grant execute on function market.claim_backfill(bigint, interval),
    market.land_backfill(bigint, bigint, text, jsonb, date, interval, text),
    market.postpone_backfill(bigint, bigint, text, interval, text, boolean),
    market.due_backfills(interval, integer), market.extend_histories(date),
    market.queue_gaps(date[], date), market.keep_close_only(timestamptz) to holdfast_jobs;

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
