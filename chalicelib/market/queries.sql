-- The catalogue ------------------------------------------------------------------------------------------------------

-- name: find_assets(words, prefix, exact, asset_type, exchange, rank, symbol, id, limit)
-- Best match first: the symbol itself, symbols that begin so, names that begin so, then the words anywhere.
with ranked as (
    select asset.*,
        case when :exact::text is null then 0
             when lower(asset.symbol) = :exact then 0
             when lower(asset.symbol) like :prefix then 1
             when lower(asset.name) like :prefix then 2
             else 3 end as rank
    from market.assets as asset
    where asset.is_active
        and (:asset_type::text is null or asset.asset_type = :asset_type)
        and (:exchange::text is null or asset.exchange = :exchange)
        and (:exact::text is null
             or lower(asset.symbol) like :prefix
             or lower(asset.name) like :prefix
             or asset.search @@ to_tsquery('simple', :words))
)
select id, symbol, name, asset_type, exchange, native_currency, is_active, price_sources, metadata, rank
from ranked
where :rank::bigint is null or (rank, symbol, id) > (:rank, :symbol, :id)
order by rank, symbol, id
limit :limit;

-- name: show_asset(id)^
select id, symbol, name, asset_type, exchange, native_currency, is_active, price_sources, metadata
from market.assets where id = :id;

-- name: assets_named(symbol, exchange)
-- For imports: the assets of that symbol, on one exchange where it is given.
select id, symbol, name, asset_type, exchange, native_currency
from market.assets
where symbol = :symbol and (:exchange::text is null or exchange = :exchange)
order by exchange nulls first;

-- name: add_asset(symbol, name, asset_type, exchange, native_currency, coingecko_id, binance_symbol, alpaca_symbol, price_sources, metadata)^
insert into market.assets (symbol, name, asset_type, exchange, native_currency, coingecko_id, binance_symbol,
    alpaca_symbol, price_sources, metadata)
values (:symbol, :name, :asset_type, :exchange, :native_currency, :coingecko_id, :binance_symbol, :alpaca_symbol,
    :price_sources, :metadata::jsonb)
returning id, symbol, name, asset_type, exchange, native_currency, is_active, price_sources, metadata;

-- name: change_asset(id, name, is_active, coingecko_id, binance_symbol, alpaca_symbol, price_sources, metadata)^
update market.assets
set name = coalesce(:name, name), is_active = coalesce(:is_active, is_active),
    coingecko_id = coalesce(:coingecko_id, coingecko_id), binance_symbol = coalesce(:binance_symbol, binance_symbol),
    alpaca_symbol = coalesce(:alpaca_symbol, alpaca_symbol),
    price_sources = coalesce(:price_sources::text[], price_sources), metadata = coalesce(:metadata::jsonb, metadata)
where id = :id
returning id, symbol, name, asset_type, exchange, native_currency, is_active, price_sources, metadata;

-- Prices -------------------------------------------------------------------------------------------------------------

-- name: daily_prices(asset_id, start, end, after, limit)
select timestamp, open, high, low, close, volume, source
from market.asset_prices
where asset_id = :asset_id and timestamp between :start and :end
    and (:after::timestamptz is null or timestamp > :after)
order by timestamp
limit :limit;

-- name: grouped_prices(asset_id, unit, start, end, after, limit)
-- Weeks from Monday, or months: the first open, the highest high, the lowest low, the last close, all volume. A group of
-- bars of which only the close is kept has only a close.
with bars as (
    select date_trunc(:unit, timestamp, 'UTC') as period, timestamp, open, high, low, close, volume, source
    from market.asset_prices
    where asset_id = :asset_id and timestamp between :start and :end
)
select period as timestamp,
    case when bool_and(open is not null) then (array_agg(open order by timestamp))[1] end as open,
    case when bool_and(high is not null) then max(high) end as high,
    case when bool_and(low is not null) then min(low) end as low,
    (array_agg(close order by timestamp desc))[1] as close,
    case when bool_and(volume is not null) then sum(volume) end as volume,
    string_agg(distinct source, ',' order by source) as source
from bars
where :after::timestamptz is null or period > :after
group by period
order by period
limit :limit;

-- name: price_at(asset_id, at)^
-- The last close of a day that had ended by that moment.
select asset.native_currency as currency, bar.timestamp, bar.close, bar.source
from market.assets as asset
left join lateral (
    select timestamp, close, source from market.asset_prices
    where asset_id = asset.id and timestamp <= :at::timestamptz - interval '1 day'
    order by timestamp desc limit 1
) as bar on true
where asset.id = :asset_id;

-- name: latest_prices(symbols)
select asset.id as asset_id, asset.symbol, asset.exchange, latest.price, latest.currency, latest.as_of,
    latest.change_24h, latest.change_percentage_24h, latest.high_24h, latest.low_24h, latest.volume_24h,
    latest.volume_24h_value, latest.market_cap, latest.source, latest.updated_at
from market.assets as asset
join market.latest_prices as latest on latest.asset_id = asset.id
where asset.symbol = any (:symbols::text[])
order by asset.symbol, asset.exchange nulls first;

-- name: market_data(symbols)
select asset_id, symbol, name, exchange, asset_type, price_usd, price_aud, volume_24h_usd, volume_24h_aud, change_24h,
    change_percentage_24h, market_cap_usd, market_cap_aud, high_24h, low_24h, source, last_updated
from market.market_data_cache
where :symbols::text[] is null or symbol = any (:symbols::text[])
order by symbol, exchange nulls first
limit 500;

-- Exchange rates -----------------------------------------------------------------------------------------------------

-- name: exchange_rates(at)
-- The rate of each currency as it was known at that moment, at most a week old: its own time says how old.
select distinct on (currency_code) currency_code, rate_to_usd, timestamp, source
from market.exchange_rates
where timestamp <= :at and timestamp >= :at::timestamptz - interval '7 days'
order by currency_code, timestamp desc;

-- name: convert(amount, from_currency, to_currency, at)^
select :amount::numeric * origin.rate_to_usd / target.rate_to_usd as amount,
    origin.rate_to_usd / target.rate_to_usd as rate,
    origin.timestamp as from_as_of, origin.source as from_source,
    target.timestamp as to_as_of, target.source as to_source
from market.rate_to_usd(:from_currency, :at) as origin, market.rate_to_usd(:to_currency, :at) as target;

-- name: known_currency(currency, at)$
select exists (select from market.rate_to_usd(:currency, :at)) as known;

-- name: last_rate(source)$
select max(timestamp) as at from market.exchange_rates where source = :source;

-- name: land_rates(source, rates)$
select market.land_rates(:source, :rates::jsonb) as landed;

-- Holders and backfills ----------------------------------------------------------------------------------------------

-- name: hold_asset(asset_id, user_id, kind, since)
select market.hold_asset(:asset_id, :user_id, :kind, :since) as id;

-- name: release_asset(asset_id, user_id, kind)$
select market.release_asset(:asset_id, :user_id, :kind) as held;

-- name: my_assets(user_id, kind)
select asset.id, asset.symbol, asset.name, asset.exchange, holder.since, latest.price, latest.currency, latest.as_of
from market.asset_holders as holder
join market.assets as asset on asset.id = holder.asset_id
left join market.latest_prices as latest on latest.asset_id = asset.id
where holder.user_id = :user_id and holder.kind = :kind
order by asset.symbol, asset.id;

-- name: list_backfills(status, asset_id, before, limit)
select queued.id, queued.asset_id, asset.symbol, queued.start_date, queued.end_date, queued.next_date, queued.status,
    queued.reason, queued.source, queued.attempts, queued.max_attempts, queued.retry_after, queued.rows_landed,
    queued.rows_flagged, queued.error_message, queued.note, queued.created_at, queued.updated_at, queued.completed_at
from market.backfill_queue as queued
join market.assets as asset on asset.id = queued.asset_id
where (:status::text is null or queued.status = :status)
    and (:asset_id::bigint is null or queued.asset_id = :asset_id)
    and (:before::bigint is null or queued.id < :before)
order by queued.id desc
limit :limit;

-- name: claim_backfill(id, lease)^
select * from market.claim_backfill(:id, :lease);

-- name: asset_sources(id)^
select id, symbol, price_sources, coingecko_id, binance_symbol, alpaca_symbol from market.assets where id = :id;

-- name: land_backfill(id, claim, source, bars, next_date, lease, note)^
select * from market.land_backfill(:id, :claim, :source, :bars::jsonb, :next_date, :lease, :note);

-- name: postpone_backfill(id, claim, status, wait, error, counts)$
select market.postpone_backfill(:id, :claim, :status, :wait, :error, :counts) as status;

-- name: due_backfills(again, limit)
select market.due_backfills(:again, :limit) as id;

-- name: retry_backfill(id)$
select market.retry_backfill(:id) as retried;

-- name: land_bars(asset_id, source, bars)^
select * from market.land_bars(:asset_id, :source, :bars::jsonb);

-- Refreshing ---------------------------------------------------------------------------------------------------------

-- name: tracked_assets(asset_types)
-- What somebody holds or watches, and how old its latest price is.
select asset.id, asset.symbol, asset.native_currency, asset.price_sources, asset.coingecko_id, asset.binance_symbol,
    asset.alpaca_symbol, latest.as_of, latest.updated_at
from market.tracked_assets as tracked
join market.assets as asset on asset.id = tracked.asset_id
left join market.latest_prices as latest on latest.asset_id = asset.id
where tracked.tracking_users > 0 and asset.is_active and asset.asset_type = any (:asset_types::text[])
order by asset.id;

-- name: land_quotes(source, quotes)
select market.land_quotes(:source, :quotes::jsonb) as asset_id;

-- name: land_market_caps(caps)$
with caps as (
    update market.latest_prices as held
    set market_cap = cap.market_cap, circulating_supply = market.supply(cap.market_cap, cap.price), supply_as_of = cap.as_of
    from jsonb_to_recordset(:caps::jsonb) as cap (asset_id bigint, market_cap numeric, price numeric, as_of timestamptz)
    where held.asset_id = cap.asset_id
    returning 1
)
select count(*) from caps;

-- name: note_success(source)!
insert into market.source_health as held (source, last_success_at) values (:source, now())
on conflict (source) do update set last_success_at = now(), consecutive_failures = 0;

-- name: note_failure(source, error)!
insert into market.source_health as held (source, last_failure_at, last_error, consecutive_failures)
values (:source, now(), :error, 1)
on conflict (source) do update
    set last_failure_at = now(), last_error = excluded.last_error, consecutive_failures = held.consecutive_failures + 1;

-- name: source_health()
select source, last_success_at, last_failure_at, last_error, consecutive_failures
from market.source_health order by source;

-- Upkeep -------------------------------------------------------------------------------------------------------------

-- name: extend_histories(yesterday)
select market.extend_histories(:yesterday) as id;

-- name: queue_gaps(sessions, yesterday)
select market.queue_gaps(:sessions::date[], :yesterday) as id;

-- name: keep_close_only(as_of)$
select market.keep_close_only(:as_of) as aged;

-- name: make_partitions(table_name, unit, from_moment, until)$
select app.make_partitions(:table_name::regclass, :unit, :from_moment, :until) as made;

-- name: list_flags(status, before, limit)
select flag.id, flag.asset_id, asset.symbol, flag.timestamp, flag.kind, flag.reason, flag.source, flag.bar,
    flag.previous_close, flag.status, flag.created_at, flag.resolved_at, flag.resolved_by
from market.price_flags as flag
join market.assets as asset on asset.id = flag.asset_id
where (:status::text is null or flag.status = :status) and (:before::bigint is null or flag.id < :before)
order by flag.id desc
limit :limit;

-- name: resolve_flag(id, action)^
select flag.id, flag.asset_id, asset.symbol, flag.timestamp, flag.kind, flag.reason, flag.source, flag.bar,
    flag.previous_close, flag.status, flag.created_at, flag.resolved_at, flag.resolved_by
from market.resolve_flag(:id, :action) as flag
join market.assets as asset on asset.id = flag.asset_id;

-- Corporate actions ----------------------------------------------------------------------------------------------------

-- name: book_action(asset_id, action_type, ex_date, pay_date, ratio, amount, currency, source)^
insert into market.corporate_actions (asset_id, action_type, ex_date, pay_date, ratio, amount, currency, source)
values (:asset_id, :action_type, :ex_date, :pay_date, :ratio, :amount, :currency, :source)
returning id, asset_id, action_type, ex_date, pay_date, trim_scale(ratio) as ratio, amount, currency, source, applied_at,
    created_at;

-- name: list_actions(asset_id, before_day, before_id, limit)
select id, asset_id, action_type, ex_date, pay_date, trim_scale(ratio) as ratio, amount, currency, source, applied_at,
    created_at
from market.corporate_actions
where asset_id = :asset_id and (:before_day::date is null or (ex_date, id) < (:before_day::date, :before_id))
order by ex_date desc, id desc
limit :limit;
