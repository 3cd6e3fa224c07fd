-- What follows from what companies hold: value, mNAV, cost, holdings per share; now, and on any past day.
--
-- The rules are those of chalicelib/treasury/metrics.py, which says where each definition comes from; this computes the same
-- for all companies at once (a test holds the two against each other). A figure that lacks an input is null, and `reasons`
-- says why; a zero is a value. What is divided gets 24 digits first: a quotient has as many as its operands, or 16 in all.
-- Prices in our history are in today's shares, and so are all share counts here.

-- ---------------------------------------------------------------------------------------------------------------
-- Building blocks. Each is one statement, so that the planner sees through it where it is joined.

-- The rate of every currency at a moment, found once for all amounts; currencies are found by skipping through the index.
create or replace function treasury.rates_at(p_at timestamptz)
returns table (currency text, rate numeric)
language sql stable
as $$
    with recursive found (code) as (
        (select held.currency_code from market.exchange_rates as held order by held.currency_code limit 1)
        union all
        select (select held.currency_code from market.exchange_rates as held
                where held.currency_code > found.code order by held.currency_code limit 1)
        from found
        where found.code is not null
    )
    select known.code, usd.rate_to_usd
    from (select 'USD' as code union select code from found where code is not null) as known
    cross join lateral market.rate_to_usd(known.code, p_at) as usd
$$;
comment on function treasury.rates_at is 'market.rate_to_usd of all currencies at once.';

-- What companies were at a moment: overrides in place, what is known of the latest date up to p_until (an approved snapshot,
-- or what a tracker's file states), of each of the financials the latest that was stated by that day (at the latest: the
-- moment's), share counts in today's shares. Of two sources of a figure, the snapshot or the financials, the later one counts.
-- A *_date is the day that a value is stated of; an override's has none.
drop view if exists treasury.v_company_holdings; -- a view keeps the columns it was made with
drop function if exists treasury.companies_at(timestamptz, date);
drop function if exists treasury.figures(
    timestamptz, numeric, numeric, timestamptz, numeric, numeric, numeric, timestamptz, numeric, numeric, numeric, numeric,
    numeric, numeric, numeric, numeric, numeric, numeric, numeric);
drop function if exists treasury.figures(
    timestamptz, numeric, numeric, timestamptz, numeric, numeric, timestamptz, numeric, timestamptz, numeric, numeric, numeric,
    numeric, numeric, numeric, numeric, numeric, numeric, numeric, numeric);
create or replace function treasury.companies_at(p_at timestamptz, p_until date)
returns table (
    company_id bigint, external_id text, ticker text, name text, asset_id bigint, share_asset_id bigint, currency text,
    exchange text, country text, tier smallint, is_miner boolean, holdings numeric, snapshot_id bigint, snapshot_date date,
    holdings_source text, market_cap numeric, market_cap_date date, market_cap_currency text,
    shares_basic numeric, shares_basic_date date, shares_assumed_diluted numeric, shares_assumed_diluted_date date,
    shares_fully_diluted numeric, shares_fully_diluted_date date,
    total_debt numeric, total_debt_date date, total_debt_currency text,
    preferred_equity numeric, preferred_equity_date date, preferred_equity_currency text,
    cash numeric, cash_date date, cash_currency text, financials_currency text, financials_date date,
    cost_basis_avg numeric, cost_basis_date date, cost_basis_currency text, cost_basis_source text,
    staking_pct numeric, staking_pct_date date, overridden jsonb)
language sql stable
as $$
    select company.id, company.external_id, company.ticker, coalesce(own.name, company.name),
        company.asset_id, company.share_asset_id, company.currency,
        coalesce(own.exchange, company.exchange), coalesce(own.country, company.country),
        coalesce(own.tier, company.tier),
        coalesce(own.is_miner, company.is_miner),
        coalesce(own.current_holdings, known.holdings), known.snapshot_id, known.held_date,
        case when own.current_holdings is not null then 'override' when known.snapshot_id is not null then 'snapshot'
             when known.holdings is not null then 'stated' end,
        coalesce(own.market_cap, stated.market_cap), case when own.market_cap is null then stated.market_cap_date end,
        coalesce(stated.market_cap_currency, stated.currency, company.currency),
        shares.basic, counted.basic_date, shares.assumed_diluted, counted.assumed_diluted_date,
        shares.fully_diluted, counted.fully_diluted_date,
        coalesce(own.total_debt, stated.total_debt), case when own.total_debt is null then stated.total_debt_date end,
        coalesce(stated.total_debt_currency, stated.currency, company.currency),
        coalesce(own.preferred_equity, stated.preferred_equity),
        case when own.preferred_equity is null then stated.preferred_equity_date end,
        coalesce(stated.preferred_equity_currency, stated.currency, company.currency),
        coalesce(own.cash, stated.cash), case when own.cash is null then stated.cash_date end,
        coalesce(stated.cash_currency, stated.currency, company.currency),
        coalesce(stated.currency, company.currency), stated.effective_date,
        case counted.cost when 'override' then own.cost_basis_avg
            when 'snapshot' then coalesce(held.average_price, held.total_cost / nullif(held.holdings, 0))
            else stated.cost_basis_avg end,
        case counted.cost when 'snapshot' then held.snapshot_date when 'financials' then stated.cost_basis_date end,
        coalesce(case when counted.cost = 'snapshot' then held.currency
                      else coalesce(stated.cost_basis_currency, stated.currency) end, company.currency),
        counted.cost,
        coalesce(own.staking_pct, stated.staking_pct), case when own.staking_pct is null then stated.staking_pct_date end,
        coalesce(own.overridden, '{}')
    from treasury.companies as company
    left join (
        -- spread out once for each company that has any: looking into JSON for everybody costs more than all the rest
        select active.company_id, active.overridden,
            active.overridden #>> '{name,value}' as name,
            active.overridden #>> '{exchange,value}' as exchange,
            active.overridden #>> '{country,value}' as country,
            (active.overridden #>> '{tier,value}')::smallint as tier,
            (active.overridden #>> '{is_miner,value}')::boolean as is_miner,
            (active.overridden #>> '{current_holdings,value}')::numeric as current_holdings,
            (active.overridden #>> '{market_cap,value}')::numeric as market_cap,
            (active.overridden #>> '{shares_basic,value}')::numeric as shares_basic,
            (active.overridden #>> '{shares_assumed_diluted,value}')::numeric as shares_assumed_diluted,
            (active.overridden #>> '{shares_fully_diluted,value}')::numeric as shares_fully_diluted,
            (active.overridden #>> '{total_debt,value}')::numeric as total_debt,
            (active.overridden #>> '{preferred_equity,value}')::numeric as preferred_equity,
            (active.overridden #>> '{cash,value}')::numeric as cash,
            (active.overridden #>> '{cost_basis_avg,value}')::numeric as cost_basis_avg,
            (active.overridden #>> '{staking_pct,value}')::numeric as staking_pct,
            ((active.overridden #>> '{shares_basic,since}')::timestamptz at time zone 'UTC')::date as shares_basic_day,
            ((active.overridden #>> '{shares_assumed_diluted,since}')::timestamptz at time zone 'UTC')::date as shares_assumed_diluted_day,
            ((active.overridden #>> '{shares_fully_diluted,since}')::timestamptz at time zone 'UTC')::date as shares_fully_diluted_day
        from treasury.overrides_at(p_at) as active) as own on own.company_id = company.id
    -- now it is what the company's row says; of a past day it is looked up
    left join lateral treasury.held_on(company.id, p_until) as past on p_until < 'infinity'
    cross join lateral (
        select case when p_until = 'infinity' then company.current_snapshot_id else past.snapshot_id end as snapshot_id,
            case when p_until = 'infinity' then company.current_holdings_date else past.held_date end as held_date,
            case when p_until = 'infinity' then company.current_holdings else past.holdings end as holdings) as known
    left join treasury.holdings_snapshots as held on held.id = known.snapshot_id
    -- ends stand first: of now there is one row for each company among those whose end is still to come
    left join treasury.known_financials as stated
        on stated.end_date > least(p_until, (p_at at time zone 'UTC')::date)
            and stated.effective_date <= least(p_until, (p_at at time zone 'UTC')::date) and stated.company_id = company.id
    cross join lateral (
        -- whether the snapshot's count is there and the later one
        select coalesce(case when held.share_basis = 'basic' then held.shares_outstanding else held.shares_basic end is not null
                    and held.snapshot_date >= coalesce(stated.shares_basic_date, '-infinity'), false) as basic,
            coalesce(held.share_basis = 'assumed_diluted' and held.shares_outstanding is not null
                    and held.snapshot_date >= coalesce(stated.shares_assumed_diluted_date, '-infinity'), false) as assumed_diluted,
            coalesce(held.share_basis = 'fd_max' and held.shares_outstanding is not null
                    and held.snapshot_date >= coalesce(stated.shares_fully_diluted_date, '-infinity'), false) as fully_diluted,
            case when own.cost_basis_avg is not null then 'override'
                when coalesce(held.average_price, held.total_cost / nullif(held.holdings, 0)) is not null
                    and held.snapshot_date >= coalesce(stated.cost_basis_date, '-infinity') then 'snapshot'
                when stated.cost_basis_avg is not null then 'financials' end as cost
        ) as source
    cross join lateral (
        select case when own.shares_basic is not null then own.shares_basic
                when source.basic then case when held.share_basis = 'basic' then held.shares_outstanding else held.shares_basic end
                else stated.shares_basic end as basic,
            case when own.shares_basic is not null then null when source.basic then held.snapshot_date
                else stated.shares_basic_date end as basic_date,
            case when own.shares_basic is not null then own.shares_basic_day
                when source.basic then coalesce(held.shares_unit_date, held.snapshot_date)
                else stated.shares_basic_unit end as basic_unit,
            case when own.shares_assumed_diluted is not null then own.shares_assumed_diluted
                when source.assumed_diluted then held.shares_outstanding
                else stated.shares_assumed_diluted end as assumed_diluted,
            case when own.shares_assumed_diluted is not null then null when source.assumed_diluted then held.snapshot_date
                else stated.shares_assumed_diluted_date end as assumed_diluted_date,
            case when own.shares_assumed_diluted is not null then own.shares_assumed_diluted_day
                when source.assumed_diluted then coalesce(held.shares_unit_date, held.snapshot_date)
                else stated.shares_assumed_diluted_unit end as assumed_diluted_unit,
            case when own.shares_fully_diluted is not null then own.shares_fully_diluted
                when source.fully_diluted then held.shares_outstanding
                else stated.shares_fully_diluted end as fully_diluted,
            case when own.shares_fully_diluted is not null then null when source.fully_diluted then held.snapshot_date
                else stated.shares_fully_diluted_date end as fully_diluted_date,
            case when own.shares_fully_diluted is not null then own.shares_fully_diluted_day
                when source.fully_diluted then coalesce(held.shares_unit_date, held.snapshot_date)
                else stated.shares_fully_diluted_unit end as fully_diluted_unit,
            source.cost
        offset 0) as counted
    -- nothing is looked up for counts of a day after the last split
    left join (
        select action.asset_id, max(action.ex_date) as last_day
        from market.corporate_actions as action
        where action.action_type = 'split' and action.applied_at is not null
        group by action.asset_id
    ) as splitting on splitting.asset_id = company.share_asset_id
    cross join lateral (
        select case when counted.basic_unit < splitting.last_day
                then counted.basic * treasury.split_factor(splitting.asset_id, counted.basic_unit)
                else counted.basic end as basic,
            case when counted.assumed_diluted_unit < splitting.last_day
                then counted.assumed_diluted * treasury.split_factor(splitting.asset_id, counted.assumed_diluted_unit)
                else counted.assumed_diluted end as assumed_diluted,
            case when counted.fully_diluted_unit < splitting.last_day
                then counted.fully_diluted * treasury.split_factor(splitting.asset_id, counted.fully_diluted_unit)
                else counted.fully_diluted end as fully_diluted
    ) as shares
    where company.is_active
$$;
comment on function treasury.companies_at is
'Active companies as they were at a moment, by snapshots up to a day; money in its own currency, shares in today''s.';

-- The figures of one company from its inputs. Prices are in their own currencies, each with its rate to the US dollar and the
-- moment that it is of; stated amounts and counts with the day that they are of (null: an override's, which does not age).
create or replace function treasury.figures(
    p_at timestamptz, p_holdings numeric, p_held_date date,
    p_coin_price numeric, p_coin_at timestamptz, p_coin_rate numeric, p_supply numeric, p_supply_at timestamptz,
    p_share_price numeric, p_share_at timestamptz, p_share_rate numeric,
    p_basic numeric, p_basic_date date, p_assumed_diluted numeric, p_assumed_diluted_date date,
    p_fully_diluted numeric, p_fully_diluted_date date,
    p_market_cap numeric, p_market_cap_date date, p_market_cap_rate numeric,
    p_debt numeric, p_debt_date date, p_debt_rate numeric, p_preferred numeric, p_preferred_date date, p_preferred_rate numeric,
    p_cash numeric, p_cash_date date, p_cash_rate numeric, p_cost numeric, p_cost_date date, p_cost_rate numeric)
returns table (
    coin_price_usd numeric, share_price_usd numeric, holdings_value numeric, supply_share_percent numeric,
    market_cap_usd numeric, market_cap_method text, diluted_market_cap_usd numeric, diluted_basis text,
    enterprise_value_usd numeric, mnav_basic numeric, mnav_diluted numeric, mnav_ev numeric, cost_basis_usd numeric,
    total_cost_usd numeric, unrealised_gain_usd numeric, unrealised_gain_percent numeric, holdings_per_share numeric,
    holdings_per_share_basis text, reasons jsonb)
language sql immutable
as $$
    select trim_scale(round(worth.coin, 12)), trim_scale(round(worth.share, 12)), trim_scale(round(worth.value, 8)),
        case when why.supply is null then trim_scale(round(round(p_holdings * 100, 24) / nullif(p_supply, 0), 8)) end,
        trim_scale(round(why.capital, 8)),
        case when worth.computed_cap is not null then 'price_times_shares' when worth.stated_cap is not null then 'stated' end,
        trim_scale(round(worth.diluted_cap, 8)),
        case when input.assumed_diluted is not null then 'assumed_diluted'
             when input.fully_diluted is not null then 'fully_diluted' end,
        case when why.enterprise is null then trim_scale(round(why.capital + worth.net_debt, 8)) end,
        case when coalesce(why.nav, why.cap) is null then trim_scale(round(round(why.capital, 24) / worth.value, 8)) end,
        case when coalesce(why.nav, why.diluted) is null then trim_scale(round(round(worth.diluted_cap, 24) / worth.value, 8)) end,
        case when coalesce(why.nav, why.enterprise) is null
             then trim_scale(round(round(why.capital + worth.net_debt, 24) / worth.value, 8)) end,
        case when why.cost is null then trim_scale(round(p_cost * p_cost_rate, 8)) end, trim_scale(round(worth.cost, 8)),
        trim_scale(round(worth.value - worth.cost, 8)),
        case when worth.cost <> 0 then trim_scale(round(round((worth.value - worth.cost) * 100, 24) / worth.cost, 8)) end,
        case when why.per_share is null
             then trim_scale(round(round(p_holdings, 24) / coalesce(input.assumed_diluted_then, input.basic_then), 18)) end,
        case when input.assumed_diluted_then is not null then 'assumed_diluted'
             when input.basic_then is not null then 'basic' end,
        case when num_nonnulls(why.coin, why.share, why.value, why.nav, why.cap, why.diluted, why.enterprise, why.cost, why.supply,
                               why.per_share) > 0 or worth.cost = 0
            then jsonb_strip_nulls(jsonb_build_object(
                'holdings', why.holdings, 'coin_price_usd', why.coin, 'share_price_usd', why.share,
                'holdings_value', why.value, 'supply_share_percent', why.supply, 'market_cap_usd', why.cap,
                'diluted_market_cap_usd', why.diluted, 'enterprise_value_usd', why.enterprise,
                'mnav_basic', coalesce(why.nav, why.cap), 'premium_basic_percent', coalesce(why.nav, why.cap),
                'mnav_diluted', coalesce(why.nav, why.diluted), 'premium_diluted_percent', coalesce(why.nav, why.diluted),
                'mnav_ev', coalesce(why.nav, why.enterprise), 'premium_ev_percent', coalesce(why.nav, why.enterprise),
                'cost_basis_usd', why.cost, 'total_cost_usd', coalesce(why.holdings, why.cost),
                'unrealised_gain_usd', coalesce(why.value, why.cost),
                'unrealised_gain_percent', coalesce(why.value, why.cost, case when worth.cost = 0 then 'no_cost' end),
                'holdings_per_share', why.per_share))
            else '{}' end
    from (
        select dated.*,
            case when p_basic_date < day - 280 then null else p_basic end as basic,
            case when p_assumed_diluted_date < day - 280 then null else p_assumed_diluted end as assumed_diluted,
            case when p_fully_diluted_date < day - 280 then null else p_fully_diluted end as fully_diluted,
            -- coins of a day go with the shares and the cost of about that day, however long ago it is
            case when p_basic_date < coalesce(p_held_date, day) - 280 then null else p_basic end as basic_then,
            case when p_assumed_diluted_date < coalesce(p_held_date, day) - 280 then null else p_assumed_diluted end as assumed_diluted_then,
            case when p_holdings is null then 'no_snapshot' end as holdings,
            case when p_coin_price is null then 'no_coin_price'
                 when p_at - p_coin_at > interval '2 days' then 'stale_coin_price'
                 when p_coin_rate is null then 'no_rate' end as coin,
            case when p_share_price is null then 'no_share_price'
                 when p_at - p_share_at > interval '7 days' then 'stale_share_price'
                 when p_share_rate is null then 'no_rate' end as share,
            case when p_cost is null then 'no_cost_basis'
                 when p_cost_date < coalesce(p_held_date, day) - 280 then 'stale_cost_basis'
                 when p_cost_rate is null then 'no_rate' end as cost
        from (select (p_at at time zone 'UTC')::date as day) as dated
        offset 0) as input
    cross join lateral (
        select case when input.coin is null then p_coin_price * p_coin_rate end as coin,
            case when input.share is null then p_share_price * p_share_rate end as share,
            case when p_holdings = 0 then 0
                 when input.coin is null then p_holdings * p_coin_price * p_coin_rate end as value,
            case when input.share is null then p_share_price * p_share_rate * input.basic end as computed_cap,
            case when p_market_cap_date < input.day - 7 then null else p_market_cap * p_market_cap_rate end as stated_cap,
            case when input.share is null
                 then p_share_price * p_share_rate * coalesce(input.assumed_diluted, input.fully_diluted) end as diluted_cap,
            p_debt * p_debt_rate + p_preferred * p_preferred_rate - p_cash * p_cash_rate as net_debt,
            case when input.cost is null then p_holdings * p_cost * p_cost_rate end as cost
        offset 0) as worth
    cross join lateral (
        select input.holdings, input.coin, input.share,
            case when p_holdings = 0 then null else coalesce(input.holdings, input.coin) end as value,
            case when p_holdings = 0 then 'no_holdings'
                 else coalesce(input.holdings, input.coin) end as nav,
            market.cap, coalesce(worth.computed_cap, worth.stated_cap) as capital,
            case when coalesce(input.assumed_diluted, input.fully_diluted) is not null then input.share
                 when coalesce(p_assumed_diluted, p_fully_diluted) is not null then 'stale_shares'
                 else 'no_diluted_shares' end as diluted,
            case when market.cap is not null then market.cap
                 when p_debt is null then 'no_debt' when p_debt_date < input.day - 280 then 'stale_debt'
                 when p_preferred is null then 'no_preferred' when p_preferred_date < input.day - 280 then 'stale_preferred'
                 when p_cash is null then 'no_cash' when p_cash_date < input.day - 280 then 'stale_cash'
                 when worth.net_debt is null then 'no_rate' end as enterprise,
            input.cost,
            coalesce(input.holdings, case
                when coalesce(p_supply, 0) = 0 or p_supply_at is null then 'no_supply'
                when p_at - p_supply_at > interval '7 days' then 'stale_supply' end) as supply,
            case when p_holdings is null then 'no_snapshot'
                 when coalesce(input.assumed_diluted_then, input.basic_then) is not null then null
                 when coalesce(p_assumed_diluted, p_basic) is not null then 'stale_shares' else 'no_shares' end as per_share
        from (
            select case when worth.computed_cap is not null or worth.stated_cap is not null then null
                when p_market_cap_date < input.day - 7 then 'stale_market_cap'
                when p_market_cap is not null then 'no_rate'
                when p_basic is null or p_share_price is null then 'no_market_cap'
                when input.basic is null then 'stale_shares' else input.share end as cap) as market
        offset 0) as why
    offset 0 -- each is computed once, however often it is used
$$;
comment on function treasury.figures is 'mNAV, cost, gain and holdings per share of one company; what is null has its reason.';

grant execute on function treasury.rates_at(timestamptz), treasury.companies_at(timestamptz, date), treasury.figures
to holdfast_api, holdfast_jobs;

-- ---------------------------------------------------------------------------------------------------------------
-- Now: holdings × the latest price × the exchange rate. One row for each active company.

-- The last daily close of an asset that was there at a moment, the day that it is of and the moment at which that ends; none
-- where p_wanted is not true, and then nothing is looked up. One of more than 400 days ago is no price of anything.
create or replace function treasury.close_at(p_asset_id bigint, p_moment timestamptz, p_wanted boolean)
returns table (price numeric, day date, at timestamptz)
language sql stable
as $$
    select bar.close, (bar.timestamp at time zone 'UTC')::date, bar.timestamp + interval '1 day'
    from market.asset_prices as bar
    where p_wanted and bar.asset_id = p_asset_id and bar.timestamp < p_moment and bar.timestamp >= p_moment - interval '400 days'
    order by bar.timestamp desc
    limit 1
$$;
comment on function treasury.close_at is 'The last daily close that was stored by a moment; in today''s shares.';
grant execute on function treasury.close_at(bigint, timestamptz, boolean) to holdfast_api, holdfast_jobs;

-- For shares of active companies that have no live price or a stale one, found in one go: an unprepared view would plan
-- every partition of the history anew.
create or replace function treasury.closes_in_place_of_live()
returns table (asset_id bigint, price numeric, currency text, day date, at timestamptz)
language plpgsql stable rows 50
as $$
begin
    return query
    select share.id, bar.price, share.native_currency, bar.day, least(bar.at, now())
    from market.assets as share
    left join market.latest_prices as live on live.asset_id = share.id
    cross join lateral treasury.close_at(share.id, now(), true) as bar
    where share.id in (select company.share_asset_id from treasury.companies as company where company.is_active)
        and coalesce(live.as_of < now() - interval '7 days', true) and coalesce(bar.at > live.as_of, true);
end
$$;
comment on function treasury.closes_in_place_of_live is
'The last daily close of each listed share whose live price is missing or stale, where that close is the later one.';
grant execute on function treasury.closes_in_place_of_live() to holdfast_api, holdfast_jobs;

create or replace view treasury.v_company_holdings with (security_invoker = true) as
-- Every join passes on all the columns that were there before it. So a coin's and a share's price are put together apart, and
-- the rates of stated amounts are looked up in one array, where the dollar stands first, instead of by five joins.
with rates as materialized (
    select currency, rate from treasury.rates_at(now())
), usd as materialized (
    select array_agg(currency order by currency <> 'USD') as codes, array_agg(rate order by currency <> 'USD') as rates from rates
)
select held.company_id, held.external_id, held.ticker, held.name, coin.symbol as asset, held.asset_id, held.share_asset_id,
    held.currency, held.exchange, held.country, held.tier, held.is_miner,
    held.holdings, held.holdings_source, held.snapshot_id, held.snapshot_date, today.day - held.snapshot_date as days_since_update,
    figure.coin_price_usd, coin.as_of as coin_price_at, figure.holdings_value,
    figure.supply_share_percent,
    share.price as share_price, share.currency as share_currency,
    figure.share_price_usd, share.at as share_price_at,
    share.source as share_price_source,
    share.day as share_price_day, share.rate as share_rate,
    trim_scale(held.shares_basic) as shares_basic, held.shares_basic_date,
    trim_scale(held.shares_assumed_diluted) as shares_assumed_diluted, held.shares_assumed_diluted_date,
    trim_scale(held.shares_fully_diluted) as shares_fully_diluted, held.shares_fully_diluted_date,
    figure.market_cap_usd, figure.market_cap_method, held.market_cap_date,
    figure.diluted_market_cap_usd, figure.diluted_basis,
    held.total_debt, held.total_debt_date, held.total_debt_currency,
    held.preferred_equity, held.preferred_equity_date, held.preferred_equity_currency,
    held.cash, held.cash_date, held.cash_currency, held.financials_currency, held.financials_date,
    figure.enterprise_value_usd, figure.mnav_basic, figure.mnav_diluted, figure.mnav_ev,
    (figure.mnav_basic - 1) * 100 as premium_basic_percent, (figure.mnav_diluted - 1) * 100 as premium_diluted_percent,
    (figure.mnav_ev - 1) * 100 as premium_ev_percent,
    held.cost_basis_avg, held.cost_basis_date, held.cost_basis_currency, held.cost_basis_source,
    figure.cost_basis_usd, figure.total_cost_usd,
    figure.unrealised_gain_usd, figure.unrealised_gain_percent, figure.holdings_per_share,
    figure.holdings_per_share_basis, held.staking_pct, held.staking_pct_date, held.overridden, figure.reasons
from treasury.companies_at(now(), 'infinity') as held
cross join lateral (select (now() at time zone 'UTC')::date as day) as today
join (
    select asset.id, asset.symbol, latest.price, latest.as_of, latest.circulating_supply, latest.supply_as_of, own.rate
    from market.assets as asset
    left join market.latest_prices as latest on latest.asset_id = asset.id
    left join rates as own on own.currency = latest.currency
) as coin on coin.id = held.asset_id
left join (
    select asset.id, coalesce(bar.price, live.price) as price, coalesce(bar.currency, live.currency) as currency,
        coalesce(bar.at, live.as_of) as at, bar.day, own.rate,
        case when bar.price is not null then 'daily_close' when live.price is not null then 'live' end as source
    from market.assets as asset
    left join market.latest_prices as live on live.asset_id = asset.id
    left join treasury.closes_in_place_of_live() as bar on bar.asset_id = asset.id
    left join rates as own on own.currency = coalesce(bar.currency, live.currency)
) as share on share.id = held.share_asset_id
cross join usd
cross join lateral (
    select usd.rates[array_position(usd.codes, held.market_cap_currency)] as market_cap,
        usd.rates[array_position(usd.codes, held.total_debt_currency)] as debt,
        usd.rates[array_position(usd.codes, held.preferred_equity_currency)] as preferred,
        usd.rates[array_position(usd.codes, held.cash_currency)] as cash,
        usd.rates[array_position(usd.codes, held.cost_basis_currency)] as cost) as rate
cross join lateral treasury.figures(
    now(), held.holdings, case when held.holdings_source <> 'override' then held.snapshot_date end,
    coin.price, coin.as_of, coin.rate, coin.circulating_supply, coin.supply_as_of,
    share.price, share.at, share.rate, held.shares_basic, held.shares_basic_date,
    held.shares_assumed_diluted, held.shares_assumed_diluted_date, held.shares_fully_diluted, held.shares_fully_diluted_date,
    held.market_cap, held.market_cap_date, rate.market_cap, held.total_debt, held.total_debt_date, rate.debt,
    held.preferred_equity, held.preferred_equity_date, rate.preferred, held.cash, held.cash_date, rate.cash,
    held.cost_basis_avg, held.cost_basis_date, rate.cost) as figure;
comment on view treasury.v_company_holdings is
'What active companies hold and what the market pays for it, now; null with a reason where an input is missing or stale.';
grant select on treasury.v_company_holdings to holdfast_api, holdfast_jobs;

drop aggregate if exists treasury.product(numeric); -- app.product serves everybody
