-- Portfolios ---------------------------------------------------------------------------------------------------------

-- name: add_portfolio(user_id, name, currency, cost_method, cash_mode, allow_short)^
insert into portfolio.portfolios (user_id, name, currency, cost_method, cash_mode, allow_short)
values (:user_id, :name, :currency, :cost_method, :cash_mode, :allow_short)
returning id, name, currency, cost_method, cash_mode, allow_short, created_at, updated_at;

-- name: list_portfolios(after, limit)
select id, name, currency, cost_method, cash_mode, allow_short, created_at, updated_at
from portfolio.portfolios
where :after::bigint is null or id > :after
order by id
limit :limit;

-- name: show_portfolio(id)^
select portfolio.id, portfolio.name, portfolio.currency, portfolio.cost_method, portfolio.cash_mode,
    portfolio.allow_short, portfolio.created_at, portfolio.updated_at,
    cached.current_value_usd, cached.total_invested_usd, cached.total_return_pct, cached.day_change_pct,
    cached.valid, cached.last_updated
from portfolio.portfolios as portfolio
left join portfolio.portfolio_performance_cache as cached on cached.portfolio_id = portfolio.id
where portfolio.id = :id;

-- name: lock_portfolio(id)^
-- Whoever writes to a portfolio holds its row: two writers queue.
select id, user_id, name, currency, cost_method, cash_mode, allow_short, created_at, updated_at
from portfolio.portfolios where id = :id for update;

-- name: change_portfolio(id, name, currency, cost_method, cash_mode, allow_short)^
update portfolio.portfolios
set name = coalesce(:name, name), currency = coalesce(:currency, currency),
    cost_method = coalesce(:cost_method, cost_method), cash_mode = coalesce(:cash_mode, cash_mode),
    allow_short = coalesce(:allow_short, allow_short)
where id = :id
returning id, name, currency, cost_method, cash_mode, allow_short, created_at, updated_at;

-- name: invalidate_cache(portfolio_id)$
select portfolio.invalidate_cache(:portfolio_id);

-- name: delete_portfolio(id)!
delete from portfolio.portfolios where id = :id;

-- Transactions -------------------------------------------------------------------------------------------------------

-- name: native_currencies(ids)
select id, native_currency from market.assets where id = any (:ids::bigint[]);

-- name: add_transactions(portfolio_id, rows)
-- In the order given: ids ascend with it.
insert into portfolio.transactions (portfolio_id, asset_id, transaction_type, quantity, price, currency, fee,
    fee_currency, tax, timestamp, notes, external_id)
select :portfolio_id, (item ->> 0)::bigint, item ->> 1, (item ->> 2)::numeric, (item ->> 3)::numeric, item ->> 4,
    (item ->> 5)::numeric, item ->> 6, (item ->> 7)::numeric, (item ->> 8)::timestamptz, item ->> 9, item ->> 10
from jsonb_array_elements(:rows::jsonb) with ordinality as listed (item, number)
order by number
returning id;

-- name: change_transaction(id, portfolio_id, asset_id, transaction_type, quantity, price, currency, fee, fee_currency, tax, timestamp, notes, external_id)!
update portfolio.transactions
set asset_id = :asset_id, transaction_type = :transaction_type, quantity = :quantity, price = :price,
    currency = :currency, fee = :fee, fee_currency = :fee_currency, tax = :tax, timestamp = :timestamp, notes = :notes,
    external_id = :external_id, updated_at = now()
where id = :id and portfolio_id = :portfolio_id;

-- name: delete_transaction(id, portfolio_id)!
delete from portfolio.transactions where id = :id and portfolio_id = :portfolio_id;

-- name: show_transaction(id, portfolio_id)^
select entry.id, entry.portfolio_id, entry.asset_id, asset.symbol, entry.transaction_type as type, entry.quantity,
    entry.price, entry.currency, entry.fee, entry.fee_currency, entry.tax, entry.timestamp, entry.notes,
    entry.external_id, entry.realised_gain, entry.implied as implied_deposits, entry.created_at, entry.updated_at
from portfolio.transactions as entry
left join market.assets as asset on asset.id = entry.asset_id
where entry.id = :id and entry.portfolio_id = :portfolio_id;

-- name: list_transactions(portfolio_id, asset_id, type, start, end, before_at, before_id, limit)
-- The newest first.
select entry.id, entry.portfolio_id, entry.asset_id, asset.symbol, entry.transaction_type as type, entry.quantity,
    entry.price, entry.currency, entry.fee, entry.fee_currency, entry.tax, entry.timestamp, entry.notes,
    entry.external_id, entry.realised_gain, entry.implied as implied_deposits, entry.created_at, entry.updated_at
from portfolio.transactions as entry
left join market.assets as asset on asset.id = entry.asset_id
where entry.portfolio_id = :portfolio_id
    and (:asset_id::bigint is null or entry.asset_id = :asset_id)
    and (:type::text is null or entry.transaction_type = :type)
    and (:start::timestamptz is null or entry.timestamp >= :start)
    and (:end::timestamptz is null or entry.timestamp < :end)
    and (:before_at::timestamptz is null or (entry.timestamp, entry.id) < (:before_at, :before_id))
order by entry.timestamp desc, entry.id desc
limit :limit;

-- Keeping the books --------------------------------------------------------------------------------------------------

-- name: tail(portfolio_id, asset_id, day, but)^
-- The end of a portfolio's history, and whether a split stands in the way of just adding to it.
select last.timestamp as last_at, last.place as last_place,
    exists (select from portfolio.lacking_splits(null, :portfolio_id))
    or exists (
        select from market.corporate_actions
        where asset_id = :asset_id and action_type = 'split' and applied_at is not null and ex_date > :day) as split
from (select) as nothing
left join lateral (
    select timestamp, place from portfolio.transactions
    where portfolio_id = :portfolio_id and id <> :but
    order by timestamp desc, id desc
    limit 1) as last on true;

-- name: position_state(portfolio_id, asset_id)^
select position.currency, position.first_purchase_date, position.realised_gain, position.dividends, position.quantity,
    coalesce(position.cost, totals.known_cost) as known_cost, coalesce(totals.unknown_lots, 0) as unknown_lots
from portfolio.portfolio_positions as position
left join lateral (
    select coalesce(sum(cost), 0) as known_cost, count(*) filter (where cost is null) as unknown_lots
    from portfolio.lots as lot
    where lot.portfolio_id = position.portfolio_id and lot.asset_id = position.asset_id) as totals
    on position.cost is null
where position.portfolio_id = :portfolio_id and position.asset_id = :asset_id;

-- name: oldest_lots(portfolio_id, asset_id, after, limit)
select place, transaction_id, opened_at, quantity, cost
from portfolio.lots
where portfolio_id = :portfolio_id and asset_id = :asset_id and (:after::bigint is null or place > :after)
order by place
limit :limit;

-- name: cash(portfolio_id)
select currency, amount from portfolio.cash_balances where portfolio_id = :portfolio_id;

-- name: history(portfolio_id)
select id, timestamp, transaction_type, asset_id, quantity, price, currency, fee, fee_currency, tax, place,
    realised_gain, implied
from portfolio.transactions
where portfolio_id = :portfolio_id
order by timestamp, id;

-- name: splits(assets)
select asset_id, ex_date, ratio
from market.corporate_actions
where action_type = 'split' and applied_at is not null and asset_id = any (:assets::bigint[])
order by ex_date, asset_id;

-- name: day_rates(currencies, days)
-- The last rate before the end of each day, at most a week old.
select wanted.currency, wanted.day, rate.rate_to_usd
from unnest(:currencies::text[], :days::date[]) as wanted (currency, day)
cross join lateral market.rate_to_usd(
    wanted.currency, (wanted.day + 1)::timestamp at time zone 'UTC' - interval '1 microsecond') as rate;

-- name: write_ledger(portfolio_id, changes)$
select portfolio.write_ledger(:portfolio_id, :changes::jsonb);

-- name: position_currencies(portfolio_id)
select asset_id, currency, quantity, first_purchase_date
from portfolio.portfolio_positions where portfolio_id = :portfolio_id;

-- name: lock_holding(user_id, asset_id)$
select pg_advisory_xact_lock(hashtextextended('portfolio holding ' || :user_id || ' ' || :asset_id::text, 0)) is null;

-- name: held_elsewhere(user_id, portfolio_id, asset_id)$
select exists (
    select from portfolio.portfolio_positions as position
    join portfolio.portfolios as portfolio on portfolio.id = position.portfolio_id
    where portfolio.user_id = :user_id and portfolio.id <> :portfolio_id and position.quantity <> 0
        and position.asset_id = :asset_id) as held;

-- name: backfills(ids)
select id, asset_id, start_date, end_date, next_date, status, retry_after
from market.backfill_queue where id = any (:ids::bigint[]) order by id;

-- What is held ---------------------------------------------------------------------------------------------------------

-- name: positions(portfolio_id, base, now, asset_id, open_only)
-- With the latest price: the quote or the last close, at most ten days old; none of an asset that is not active any more.
select position.asset_id, asset.symbol, asset.name, asset.asset_type, asset.exchange,
    trim_scale(position.quantity) as quantity, trim_scale(position.average_buy_price) as average_buy_price,
    trim_scale(position.cost) as cost, position.currency as cost_currency, position.first_purchase_date,
    trim_scale(position.realised_gain) as realised_gain, trim_scale(position.dividends) as dividends,
    asset.native_currency as currency, asset.is_active, price.price, price.as_of as price_as_of,
    native.rate_to_usd as native_rate, paid.rate_to_usd as cost_rate, base.rate_to_usd as base_rate
from portfolio.portfolio_positions as position
join market.assets as asset on asset.id = position.asset_id
left join lateral (
    select found.price, found.as_of
    from (
        select latest.price, latest.as_of
        from market.latest_prices as latest
        where latest.asset_id = asset.id and latest.currency = asset.native_currency and latest.as_of <= :now
        union all
        (select bar.close, bar.timestamp from market.asset_prices as bar
         where bar.asset_id = asset.id and bar.timestamp <= :now order by bar.timestamp desc limit 1)) as found
    where found.as_of >= date_trunc('day', :now::timestamptz, 'UTC') - interval '10 days'
        and (asset.is_active or found.as_of >= date_trunc('day', :now::timestamptz, 'UTC'))
    order by found.as_of desc
    limit 1) as price on true
left join lateral market.rate_to_usd(asset.native_currency, :now) as native on true
left join lateral market.rate_to_usd(position.currency, :now) as paid on true
left join lateral market.rate_to_usd(:base, :now) as base on true
where position.portfolio_id = :portfolio_id
    and (:asset_id::bigint is null or position.asset_id = :asset_id)
    and (not :open_only::boolean or position.quantity <> 0)
order by asset.symbol, asset.id;

-- name: open_lots(portfolio_id, asset_id)
select lot.asset_id, asset.symbol, lot.transaction_id as opened_by, lot.opened_at, trim_scale(lot.quantity) as quantity,
    trim_scale(lot.cost) as cost, lot.currency
from portfolio.lots as lot
join market.assets as asset on asset.id = lot.asset_id
where lot.portfolio_id = :portfolio_id and (:asset_id::bigint is null or lot.asset_id = :asset_id)
order by asset.symbol, asset.id, lot.place;

-- name: symbols(ids)
select id, symbol from market.assets where id = any (:ids::bigint[]);

-- name: balances(portfolio_id, base, now)
select balance.currency, trim_scale(balance.amount) as amount,
    own.rate_to_usd as own_rate, base.rate_to_usd as base_rate
from portfolio.cash_balances as balance
left join lateral market.rate_to_usd(balance.currency, :now) as own on true
left join lateral market.rate_to_usd(:base, :now) as base on true
where balance.portfolio_id = :portfolio_id
order by balance.currency;

-- Splits ---------------------------------------------------------------------------------------------------------------

-- name: apply_splits(day)
select market.apply_splits(:day) as id;

-- name: unsettled_splits()
select action.id from market.corporate_actions as action
where action.action_type = 'split' and action.applied_at is not null
    and not exists (select from portfolio.settled_splits as settled where settled.corporate_action_id = action.id)
order by action.ex_date, action.id;

-- name: lacking_splits(action_id)
select portfolio_id from portfolio.lacking_splits(:action_id, null) order by portfolio_id;

-- name: settle_split(action_id, portfolios)!
insert into portfolio.settled_splits (corporate_action_id, portfolios) values (:action_id, :portfolios)
on conflict (corporate_action_id) do nothing;
