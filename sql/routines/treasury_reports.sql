-- What follows from what companies hold: value, mNAV, cost, holdings per share, yields; now, and on any past day.
--
-- The rules are those of chalicelib/treasury/metrics.py and yields.py, which say where each definition comes from; this computes the same
-- for all companies at once (a test holds the two against each other). A figure that lacks an input is null, and `reasons`
-- says why; a zero is a value. What is divided gets 24 digits first: a quotient has as many as its operands, or 16 in all.
-- Prices in our history are in today's shares, and so are all share counts here.

-- ---------------------------------------------------------------------------------------------------------------
-- Building blocks. Each is one statement, so that the planner sees through it where it is joined.

-- The rate of every currency at a moment, found once and joined four times; currencies are found by skipping through the index.
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

-- The last approved snapshot with assumed diluted shares before a day.
create or replace function treasury.diluted_before(p_company_id bigint, p_day date)
returns table (snapshot_date date, holdings numeric, shares numeric, unit_date date)
language sql stable
as $$
    select held.snapshot_date, held.holdings, held.shares_outstanding, coalesce(held.shares_unit_date, held.snapshot_date)
    from treasury.holdings_snapshots as held
    where held.company_id = p_company_id and held.status = 'approved' and held.share_basis = 'assumed_diluted'
        and held.shares_outstanding is not null and held.snapshot_date < p_day
    order by held.snapshot_date desc
    limit 1
$$;

grant execute on function treasury.rates_at(timestamptz), treasury.companies_at(timestamptz, date), treasury.figures,
    treasury.diluted_before(bigint, date)
to holdfast_api, holdfast_jobs;

-- ---------------------------------------------------------------------------------------------------------------
-- Yields: growth of holdings per share in per cent. To date, on assumed diluted shares alone, from the last approved snapshot
-- before the quarter or the year; by period, from the snapshot before, where both count the same kind of shares.

create or replace function treasury.yield_reason(
    p_found boolean, p_other_basis boolean, p_in_period boolean, p_base numeric)
returns text
language sql immutable
return case
    when p_found is not true then case when p_other_basis then 'basis_differs' else 'no_diluted_shares' end
    when p_in_period is not true then 'no_snapshot_in_period'
    when p_base is null then 'no_base'
    when p_base = 0 then 'no_opening_holdings'
end;

create or replace function treasury.growth_percent(p_base numeric, p_base_shares numeric, p_end numeric, p_end_shares numeric)
returns numeric
language sql immutable
return trim_scale(round(round(p_end * p_base_shares * 100, 24) / (nullif(p_base, 0) * p_end_shares) - 100, 8));
comment on function treasury.growth_percent is 'By how many per cent holdings per share grew.';

-- What a company's holdings per share grew, for each approved snapshot that states shares, the latest first.
create or replace function treasury.yields(p_company_id bigint)
returns table (
    snapshot_id bigint, snapshot_date date, holdings numeric, share_basis text, shares numeric, holdings_per_share numeric,
    previous_date date, period_percent numeric, period_gain numeric,
    quarter_base_date date, quarter_percent numeric, quarter_gain numeric,
    year_base_date date, year_percent numeric, year_gain numeric, reasons jsonb)
language sql stable
as $$
    with series as materialized (
        select held.id, held.snapshot_date as day, held.holdings, held.share_basis as basis,
            trim_scale(held.shares_outstanding * case when splits.some then treasury.split_factor(
                company.share_asset_id, coalesce(held.shares_unit_date, held.snapshot_date)) else 1 end) as shares
        from treasury.holdings_snapshots as held
        join treasury.companies as company on company.id = held.company_id
        cross join (
            select exists (
                select from market.corporate_actions as action
                join treasury.companies as own on own.share_asset_id = action.asset_id
                where own.id = p_company_id and action.action_type = 'split') as some) as splits
        where held.company_id = p_company_id and held.status = 'approved' and held.shares_outstanding is not null
    ), closings as materialized (
        -- the last of each quarter that has one: what later quarters and years may begin with
        select distinct on (date_trunc('quarter', day)) day, holdings, shares
        from series
        where basis = 'assumed_diluted'
        order by date_trunc('quarter', day), day desc
    ), compared as (
        select series.*, lag(series.day) over by_day as previous_day, lag(series.holdings) over by_day as previous_holdings,
            lag(series.shares) over by_day as previous_shares, lag(series.basis) over by_day as previous_basis
        from series
        window by_day as (order by series.day)
    ), judged as (
        select compared.*, quarter.day as quarter_day, quarter.holdings as quarter_holdings,
            quarter.shares as quarter_shares, year.day as year_day, year.holdings as year_holdings,
            year.shares as year_shares,
            case when previous_day is null then 'no_previous' when previous_basis <> basis then 'basis_differs'
                 when previous_holdings = 0 then 'no_opening_holdings' end as period_reason,
            treasury.yield_reason(basis = 'assumed_diluted', true, true, quarter.holdings) as quarter_reason,
            treasury.yield_reason(basis = 'assumed_diluted', true, true, year.holdings) as year_reason
        from compared
        left join lateral (
            select * from closings where closings.day < date_trunc('quarter', compared.day) order by closings.day desc limit 1
        ) as quarter on true
        left join lateral (
            select * from closings where closings.day < date_trunc('year', compared.day) order by closings.day desc limit 1
        ) as year on true
    ), grown as (
        select judged.*,
            case when period_reason is null
                 then treasury.growth_percent(previous_holdings, previous_shares, holdings, shares) end as period_percent,
            case when quarter_reason is null
                 then treasury.growth_percent(quarter_holdings, quarter_shares, holdings, shares) end as quarter_percent,
            case when year_reason is null
                 then treasury.growth_percent(year_holdings, year_shares, holdings, shares) end as year_percent
        from judged
    )
    select id, day, holdings, basis, shares, trim_scale(round(round(holdings, 24) / shares, 18)),
        previous_day, period_percent, trim_scale(round(period_percent / 100 * previous_holdings, 8)),
        quarter_day, quarter_percent, trim_scale(round(quarter_percent / 100 * quarter_holdings, 8)),
        year_day, year_percent, trim_scale(round(year_percent / 100 * year_holdings, 8)),
        jsonb_strip_nulls(jsonb_build_object(
            'period_percent', period_reason, 'period_gain', period_reason, 'quarter_percent', quarter_reason,
            'quarter_gain', quarter_reason, 'year_percent', year_reason, 'year_gain', year_reason))
    from grown
    order by day desc
$$;
comment on function treasury.yields is 'Yields of a company by period, quarter to date and year to date, in per cent, with the gain in coins.';

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

-- Quarter and year to date of every active company, from its last approved snapshot with assumed diluted shares.
create or replace view treasury.v_company_yields with (security_invoker = true) as
select company.id as company_id, latest.snapshot_date,
    quarter.snapshot_date as quarter_base_date, quarter.percent as yield_qtd_percent,
    trim_scale(round(quarter.percent / 100 * quarter.holdings, 8)) as gain_qtd,
    year.snapshot_date as year_base_date, year.percent as yield_ytd_percent,
    trim_scale(round(year.percent / 100 * year.holdings, 8)) as gain_ytd,
    jsonb_strip_nulls(jsonb_build_object(
        'yield_qtd_percent', quarter_reason.code, 'gain_qtd', quarter_reason.code,
        'yield_ytd_percent', year_reason.code, 'gain_ytd', year_reason.code))
        as reasons
from treasury.companies as company
cross join lateral (
    select date_trunc('quarter', now() at time zone 'UTC')::date as quarter,
        date_trunc('year', now() at time zone 'UTC')::date as year,
        exists (
            select from market.corporate_actions as action
            where action.asset_id = company.share_asset_id and action.action_type = 'split') as splits
    offset 0) as today
left join lateral treasury.diluted_before(company.id, 'infinity') as latest on true
left join lateral (
    select base.*, treasury.growth_percent(
        base.holdings, base.shares
            * case when today.splits then treasury.split_factor(company.share_asset_id, base.unit_date) else 1 end,
        latest.holdings, latest.shares
            * case when today.splits then treasury.split_factor(company.share_asset_id, latest.unit_date) else 1 end) as percent
    from treasury.diluted_before(company.id, today.quarter) as base
    where latest.snapshot_date >= today.quarter) as quarter on true
left join lateral (
    select base.*, treasury.growth_percent(
        base.holdings, base.shares
            * case when today.splits then treasury.split_factor(company.share_asset_id, base.unit_date) else 1 end,
        latest.holdings, latest.shares
            * case when today.splits then treasury.split_factor(company.share_asset_id, latest.unit_date) else 1 end) as percent
    from treasury.diluted_before(company.id, today.year) as base
    where latest.snapshot_date >= today.year) as year on true
left join lateral (
    select true as found
    from treasury.holdings_snapshots as held
    where latest.snapshot_date is null and held.id = company.current_snapshot_id and held.shares_outstanding is not null
) as other on true
cross join lateral (select treasury.yield_reason(
    latest.snapshot_date is not null, other.found, latest.snapshot_date >= today.quarter, quarter.holdings) as code) as quarter_reason
cross join lateral (select treasury.yield_reason(
    latest.snapshot_date is not null, other.found, latest.snapshot_date >= today.year, year.holdings) as code) as year_reason
where company.is_active;
comment on view treasury.v_company_yields is 'Growth of holdings per assumed diluted share since the quarter and the year began.';

-- ---------------------------------------------------------------------------------------------------------------
-- What was held, what was bought, what waits.

create or replace view treasury.v_holdings_history with (security_invoker = true) as
select held.company_id, held.id as snapshot_id, held.snapshot_date, held.holdings, held.shares_outstanding, held.share_basis,
    held.shares_unit_date, split.factor as split_factor,
    trim_scale(held.shares_outstanding * split.factor) as shares_adjusted,
    held.holdings_per_share as holdings_per_share_stated,
    trim_scale(round(round(held.holdings, 24) / (held.shares_outstanding * split.factor), 18)) as holdings_per_share,
    held.total_cost, held.average_price, held.currency, held.source, held.source_url, held.accession
from treasury.holdings_snapshots as held
join treasury.companies as company on company.id = held.company_id
cross join lateral (
    select trim_scale(treasury.split_factor(
        company.share_asset_id, coalesce(held.shares_unit_date, held.snapshot_date))) as factor) as split
where held.status = 'approved';
comment on view treasury.v_holdings_history is 'What companies held by approved snapshots: shares as stated, and in today''s shares.';

-- A stated period that contains other purchases (a quarter's, of which each week is known) is covering: only the finest count
-- in sums, so that nothing is bought twice. Of two documents about one period the earlier snapshot counts.
create or replace view treasury.v_purchases with (security_invoker = true) as
select held.company_id, held.id as snapshot_id, held.snapshot_date, coalesce(held.purchased, held.holdings - earlier.holdings) as amount,
    case when held.purchased is not null then 'stated' else 'difference' end as method,
    held.holdings - earlier.holdings as change, held.holdings, held.period_start, held.period_end,
    earlier.held_date as previous_date, held.purchase_cost, held.purchase_average_price, held.currency, held.source,
    held.source_url, held.accession,
    held.purchased is not null and held.period_start is not null and exists (
        select
        from treasury.holdings_snapshots as finer
        left join lateral treasury.held_on(finer.company_id, finer.snapshot_date - 1) as base on finer.purchased is null
        cross join lateral (
            select case when finer.purchased is null then base.held_date + 1
                    else coalesce(finer.period_start, finer.snapshot_date) end as first,
                case when finer.purchased is null then finer.snapshot_date
                    else coalesce(finer.period_end, finer.snapshot_date) end as last) as period
        where finer.company_id = held.company_id and finer.status = 'approved' and finer.id <> held.id
            and finer.snapshot_date >= held.period_start
            and coalesce(finer.purchased, finer.holdings - base.holdings) <> 0
            and period.first >= held.period_start and period.last <= coalesce(held.period_end, held.snapshot_date)
            and (period.last - period.first < coalesce(held.period_end, held.snapshot_date) - held.period_start
                 or finer.snapshot_date < held.snapshot_date)) as covering
from treasury.holdings_snapshots as held
left join lateral treasury.held_on(held.company_id, held.snapshot_date - 1) as earlier on true
where held.status = 'approved' and coalesce(held.purchased, held.holdings - earlier.holdings) <> 0;
comment on view treasury.v_purchases is
'By how much holdings changed: as the document states what was bought, else the difference from what was known before.';

drop view if exists treasury.v_pending_holdings;
create or replace view treasury.v_pending_holdings with (security_invoker = true) as
select held.id as snapshot_id, held.company_id, company.ticker, company.name, asset.symbol as asset, held.snapshot_date,
    held.holdings, earlier.held_date as previous_date, earlier.holdings as previous_holdings,
    held.holdings - earlier.holdings as change,
    trim_scale(round((held.holdings - earlier.holdings) / nullif(earlier.holdings, 0) * 100, 6)) as change_percent,
    company.current_holdings, company.current_holdings_date, held.flags, held.confidence,
    cardinality(held.corroborated_by) + 1 as sources, held.evidence, held.rule, held.source, held.source_url,
    held.accession, held.created_at
from treasury.holdings_snapshots as held
join treasury.companies as company on company.id = held.company_id
join market.assets as asset on asset.id = company.asset_id
left join lateral treasury.held_on(held.company_id, held.snapshot_date - 1) as earlier on true
where held.status = 'pending';
comment on view treasury.v_pending_holdings is
'What waits for a decision, beside what was known before its date. Row security shows it to administrators alone.';

-- ---------------------------------------------------------------------------------------------------------------
-- mNAV by day. The price of a day is its bar's close, or the last one before it as long as that is fresh; the latest quote
-- stands in for the close of its day until that has a bar.

create or replace function treasury.price_on(p_asset_id bigint, p_day date)
returns table (price numeric, currency text, priced_at timestamptz)
language sql stable
as $$
    select known.price, asset.native_currency, known.at
    from market.assets as asset
    cross join lateral (
        select bar.price, bar.at
        from treasury.close_at(asset.id, (p_day + 1)::timestamp at time zone 'UTC', true) as bar
        union all
        select latest.price, latest.as_of
        from market.latest_prices as latest
        where latest.asset_id = asset.id and latest.as_of < (p_day + 1)::timestamp at time zone 'UTC'
    ) as known
    where asset.id = p_asset_id
    order by known.at desc
    limit 1
$$;
comment on function treasury.price_on is 'The last price that was known at the end of a day, and the moment it is of; in today''s shares.';

create or replace function treasury.valued_fields() returns text[]
language sql immutable parallel safe
return array['current_holdings', 'market_cap', 'shares_basic', 'shares_assumed_diluted', 'shares_fully_diluted', 'total_debt',
    'preferred_equity', 'cash'];
comment on function treasury.valued_fields is 'The fields that what the market pays is computed from, as overrides call them.';
grant execute on function treasury.valued_fields() to holdfast_api, holdfast_jobs;

create or replace function treasury.mnav_on(p_day date)
returns setof treasury.mnav_snapshots
language sql stable
as $$
    with moment as materialized (
        select (p_day + 1)::timestamp at time zone 'UTC' as at
    ), rates as materialized (
        select usd.currency, usd.rate from moment cross join lateral treasury.rates_at(moment.at) as usd
    ), assets as materialized (
        select company.asset_id as id from treasury.companies as company where company.is_active
        union
        select company.share_asset_id from treasury.companies as company where company.is_active
    ), prices as materialized (
        select assets.id, known.*, usd.rate
        from assets
        cross join lateral treasury.price_on(assets.id, p_day) as known
        left join rates as usd on usd.currency = known.currency
    )
    select held.company_id, p_day, held.holdings, figure.coin_price_usd, figure.share_price_usd, figure.holdings_value,
        figure.market_cap_usd, figure.market_cap_method, figure.mnav_basic, figure.mnav_diluted, figure.mnav_ev,
        coalesce((select jsonb_object_agg(own.name, figure.reasons -> own.reason)
                  from (values ('coin_price_usd', 'coin_price_usd'), ('share_price_usd', 'share_price_usd'),
                            ('holdings_value_usd', 'holdings_value'), ('market_cap_usd', 'market_cap_usd'),
                            ('mnav_basic', 'mnav_basic'), ('mnav_diluted', 'mnav_diluted'), ('mnav_ev', 'mnav_ev')
                       ) as own (name, reason)
                  where figure.reasons ? own.reason), '{}'), now(),
        case when held.overridden = '{}' then held.overridden else coalesce((
            select jsonb_object_agg(own.key, own.value) from jsonb_each(held.overridden) as own
            where own.key = any (treasury.valued_fields())), '{}') end
    from moment
    cross join lateral treasury.companies_at(moment.at, p_day) as held
    left join prices as coin on coin.id = held.asset_id
    left join prices as share on share.id = held.share_asset_id
    left join rates as cap_rate on cap_rate.currency = held.market_cap_currency
    left join rates as debt_rate on debt_rate.currency = held.total_debt_currency
    left join rates as preferred_rate on preferred_rate.currency = held.preferred_equity_currency
    left join rates as cash_rate on cash_rate.currency = held.cash_currency
    cross join lateral treasury.figures(
        moment.at, held.holdings, held.snapshot_date, coin.price, coin.priced_at, coin.rate, null, null,
        share.price, share.priced_at, share.rate, held.shares_basic, held.shares_basic_date,
        held.shares_assumed_diluted, held.shares_assumed_diluted_date, held.shares_fully_diluted, held.shares_fully_diluted_date,
        held.market_cap, held.market_cap_date, cap_rate.rate, held.total_debt, held.total_debt_date, debt_rate.rate,
        held.preferred_equity, held.preferred_equity_date, preferred_rate.rate, held.cash, held.cash_date, cash_rate.rate,
        null, null, null) as figure
    where held.holdings is not null
$$;
comment on function treasury.mnav_on is
'mNAV at the end of a day (UTC) of companies that held something by then: that day''s prices, and what was in force.';

create or replace function treasury.snapshot_mnav(p_day date)
returns bigint
language sql
as $$
    with stored as (
        insert into treasury.mnav_snapshots as held
        select * from treasury.mnav_on(p_day)
        on conflict (company_id, day) do update
            set holdings = excluded.holdings, coin_price_usd = excluded.coin_price_usd,
                share_price_usd = excluded.share_price_usd, holdings_value_usd = excluded.holdings_value_usd,
                market_cap_usd = excluded.market_cap_usd, market_cap_method = excluded.market_cap_method,
                mnav_basic = excluded.mnav_basic, mnav_diluted = excluded.mnav_diluted, mnav_ev = excluded.mnav_ev,
                reasons = excluded.reasons, overridden = excluded.overridden, created_at = now()
            where (held.holdings, held.coin_price_usd, held.share_price_usd, held.holdings_value_usd, held.market_cap_usd,
                   held.market_cap_method, held.mnav_basic, held.mnav_diluted, held.mnav_ev, held.reasons, held.overridden)
                is distinct from (
                    excluded.holdings, excluded.coin_price_usd, excluded.share_price_usd, excluded.holdings_value_usd,
                    excluded.market_cap_usd, excluded.market_cap_method, excluded.mnav_basic, excluded.mnav_diluted,
                    excluded.mnav_ev, excluded.reasons, excluded.overridden)
        returning 1
    ), gone as (
        -- what held something by then when the day was taken first, and does not any more (a snapshot was rejected)
        delete from treasury.mnav_snapshots as held
        using treasury.companies as company
        where held.day = p_day and company.id = held.company_id and company.is_active
            and not exists (select from treasury.mnav_on(p_day) as now_known where now_known.company_id = held.company_id)
        returning 1
    )
    select (select count(*) from stored) + (select count(*) from gone)
$$;
comment on function treasury.snapshot_mnav is 'Keeps the mNAV of a day; may be run again for any day. Returns the rows that changed.';

grant execute on function treasury.yield_reason(boolean, boolean, boolean, numeric),
    treasury.growth_percent(numeric, numeric, numeric, numeric), treasury.yields(bigint), treasury.price_on(bigint, date)
to holdfast_api, holdfast_jobs;
grant execute on function treasury.mnav_on(date), treasury.snapshot_mnav(date) to holdfast_jobs;
grant select on treasury.v_company_holdings, treasury.v_company_yields, treasury.v_holdings_history, treasury.v_purchases,
    treasury.v_pending_holdings
to holdfast_api, holdfast_jobs;

drop aggregate if exists treasury.product(numeric); -- app.product serves everybody
