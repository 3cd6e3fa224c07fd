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
