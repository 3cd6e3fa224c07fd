-- Importing and exporting ---------------------------------------------------------------------------------------------

-- name: portfolio_settings(id)^
select id, name, currency, cost_method, cash_mode, allow_short from portfolio.portfolios where id = :id;

-- name: lock_portfolio(id)!
-- Two imports of one file at the same time: the second waits, and finds its transactions there.
select id from portfolio.portfolios where id = :id for update;

-- name: has_transactions(id)$
select exists (select from portfolio.transactions where portfolio_id = :id);

-- name: assets_written(symbols, isins, coingecko_ids)
-- Assets by symbol as written, by the symbol before an exchange's suffix, by ISIN, by CoinGecko's id.
select id, symbol, name, asset_type, exchange, native_currency as currency, coingecko_id, metadata ->> 'isin' as isin, is_active
from market.assets
where asset_type <> 'cash' and (
    symbol = any (:symbols::text[]) or coingecko_id = any (:coingecko_ids::text[])
    or metadata ->> 'isin' = any (:isins::text[]))
order by symbol, exchange nulls first;

-- name: assets_by_id(ids)
select id, symbol, name, asset_type, exchange, native_currency as currency from market.assets where id = any (:ids::bigint[]);

-- name: stored_transactions(id)
-- What may be a duplicate: everything of the portfolio, in its order.
select trade.id, trade.asset_id, trade.transaction_type as type, trade.quantity, trade.price, trade.currency,
    trade.timestamp, trade.external_id
from portfolio.transactions as trade
where trade.portfolio_id = :id
order by trade.timestamp, trade.id;

-- name: closes_on(assets, days)
-- The last close of each asset before the end of a day, at most ten days old: what coins were worth then.
select wanted.asset_id, wanted.day, bar.close, asset.native_currency as currency
from unnest(:assets::bigint[], :days::date[]) as wanted (asset_id, day)
join market.assets as asset on asset.id = wanted.asset_id
join lateral (
    select close from market.asset_prices
    where asset_id = wanted.asset_id and timestamp < wanted.day + 1 and timestamp >= wanted.day - 10
    order by timestamp desc limit 1
) as bar on true;

-- name: all_transactions(id)
select trade.timestamp, trade.transaction_type as type, asset.symbol, asset.exchange, trade.quantity, trade.price,
    trade.currency, trade.fee, trade.fee_currency, trade.tax, trade.external_id, trade.notes
from portfolio.transactions as trade
left join market.assets as asset on asset.id = trade.asset_id
where trade.portfolio_id = :id
order by trade.timestamp, trade.id;

-- name: rule_settings(id)
select rule, threshold, enabled from portfolio.rule_settings where portfolio_id = :id order by rule;

-- name: set_rule(id, rule, threshold, enabled)!
insert into portfolio.rule_settings as held (portfolio_id, rule, threshold, enabled)
values (:id, :rule, :threshold, :enabled)
on conflict (portfolio_id, rule) do update set threshold = excluded.threshold, enabled = excluded.enabled;

-- Allocation and rules ------------------------------------------------------------------------------------------------

-- name: holdings_now(id, now)
-- What is held, its last bar and its latest quote, and the rate of its currency. Stored prices and holdings are in the same
-- units; until the day's job has applied a split, a price of its day is not: hence `split`.
select asset.id as asset_id, asset.symbol, asset.name, asset.asset_type, asset.exchange, asset.is_active,
    asset.native_currency as currency, position.quantity,
    bar.timestamp::date as bar_day, bar.close, latest.as_of::date as quote_day, latest.price as quote,
    latest.currency as quote_currency, rate.rate_to_usd,
    split.days as split_days, split.ratios as split_ratios
from portfolio.portfolio_positions as position
join market.assets as asset on asset.id = position.asset_id
left join lateral (
    select timestamp, close from market.asset_prices
    where asset_id = asset.id and timestamp <= :now order by timestamp desc limit 1
) as bar on true
left join market.latest_prices as latest on latest.asset_id = asset.id and latest.as_of <= :now
left join lateral market.rate_to_usd(asset.native_currency, :now) as rate on true
left join lateral (
    select array_agg(ex_date order by ex_date) as days, array_agg(ratio order by ex_date) as ratios
    from market.corporate_actions
    where asset_id = asset.id and action_type = 'split' and applied_at is null and ex_date <= :now::date
) as split on true
where position.portfolio_id = :id and position.quantity <> 0
order by asset.symbol, asset.id;

-- name: cash_now(id, now)
select held.currency, held.amount, rate.rate_to_usd
from portfolio.cash_balances as held
left join lateral market.rate_to_usd(held.currency, :now) as rate on true
where held.portfolio_id = :id and held.amount <> 0
order by held.currency;

-- name: rate_now(currency, now)$
select rate_to_usd from market.rate_to_usd(:currency, :now);

-- name: costs(id, base)^
-- Fees and purchases in the portfolio's currency at the rate of the end of each day; null where one of the rates is missing.
with amounts as (
    select 'fee' as what, day, currency, sum(amount) as amount
    from portfolio.entries where portfolio_id = :id and kind = 'fee'
    group by day, currency
    union all
    select 'purchase', timestamp::date, currency, sum(quantity * price)
    from portfolio.transactions
    where portfolio_id = :id and transaction_type in ('buy', 'transfer_in')
    group by timestamp::date, currency
), converted as (
    select amounts.what, case when amounts.currency = :base then amounts.amount
                              else amounts.amount * origin.rate_to_usd / target.rate_to_usd end as amount
    from amounts
    left join lateral market.rate_to_usd(amounts.currency, (amounts.day + 1)::timestamptz) as origin on amounts.currency <> :base
    left join lateral market.rate_to_usd(:base, (amounts.day + 1)::timestamptz) as target on amounts.currency <> :base
)
select case when bool_or(amount is null) filter (where what = 'fee') then null
            else coalesce(sum(amount) filter (where what = 'fee'), 0) end as fees,
    case when bool_or(amount is null) filter (where what = 'purchase') then null
         else coalesce(sum(amount) filter (where what = 'purchase'), 0) end as purchases
from converted;

-- Dividends -----------------------------------------------------------------------------------------------------------

-- name: received_dividends(id, base)
select to_char(paid.timestamp, 'YYYY-MM') as month, paid.asset_id, asset.symbol, paid.currency,
    sum(paid.quantity * paid.price) as gross, sum(paid.tax) as tax, count(*) as payments,
    case when bool_and(paid.currency = :base or origin.rate_to_usd / target.rate_to_usd is not null)
         then sum(paid.quantity * paid.price * case when paid.currency = :base then 1
                                                    else origin.rate_to_usd / target.rate_to_usd end) end as value
from portfolio.transactions as paid
join market.assets as asset on asset.id = paid.asset_id
left join lateral market.rate_to_usd(paid.currency, paid.timestamp::date + interval '1 day') as origin on paid.currency <> :base
left join lateral market.rate_to_usd(:base, paid.timestamp::date + interval '1 day') as target on paid.currency <> :base
where paid.portfolio_id = :id and paid.transaction_type = 'dividend'
group by 1, 2, 3, 4
order by 1 desc, 3, 4;

-- name: expected_dividends(id, today)
-- Announced for days to come, for what is held now.
select action.asset_id, asset.symbol, action.ex_date, action.pay_date, position.quantity, action.amount as per_share,
    action.currency
from portfolio.portfolio_positions as position
join market.corporate_actions as action on action.asset_id = position.asset_id
join market.assets as asset on asset.id = action.asset_id
where position.portfolio_id = :id and position.quantity > 0 and action.action_type = 'dividend' and action.ex_date > :today
order by action.ex_date, asset.symbol;

-- name: proposals(id, proposal_id)
select proposal.id, action.asset_id, asset.symbol, action.ex_date, action.pay_date, proposal.quantity,
    action.amount as per_share, proposal.amount, proposal.currency, proposal.status, proposal.transaction_id,
    proposal.corporate_action_id
from portfolio.dividend_proposals as proposal
join market.corporate_actions as action on action.id = proposal.corporate_action_id
join market.assets as asset on asset.id = action.asset_id
where proposal.portfolio_id = :id
    and case when :proposal_id::bigint is null then proposal.status = 'proposed' else proposal.id = :proposal_id end
order by action.ex_date desc, asset.symbol;

-- name: lock_proposal(id, proposal_id)$
select id from portfolio.dividend_proposals where portfolio_id = :id and id = :proposal_id for update;

-- name: settle_proposal(id, status, transaction_id)!
update portfolio.dividend_proposals set status = :status, transaction_id = :transaction_id where id = :id;

-- name: propose_dividends(as_of)$
select portfolio.propose_dividends(:as_of) as changed;
