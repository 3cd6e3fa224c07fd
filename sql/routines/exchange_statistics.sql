-- What a trading day brought everybody who held shares or traded, and the ranking by it. Whatever moment it is computed at, the
-- result is of the day: what was owned at a moment is what is owned now, less what trades and the ledger say came since.

-- ---------------------------------------------------------------------------------------------------------------
-- One statement, so that all of it is of one moment. A trading day begins after p_starts_after and ends with p_ends_at.
--   equity       cash, and shares at their mark: the last trade's price at that moment, or the issue price before any
--   net_deposits deposits less withdrawals, and shares issued to the person that day, at the issue price
--   gain         once by what was gained (realised, change of unrealised, less commission), once by what everything was worth:
--                the table's constraints hold the two equal

create or replace function exchange.daily_results(p_starts_after timestamptz, p_ends_at timestamptz)
returns table (
    user_id uuid, trades_executed bigint, shares_bought bigint, shares_sold bigint, value_bought numeric, value_sold numeric,
    commission numeric, realised_gain numeric, unrealised_change numeric, opening_equity numeric, closing_equity numeric,
    net_deposits numeric, sales bigint, gaining_sales bigint)
language sql stable
-- a plan for any day reads every trade
set plan_cache_mode = force_custom_plan
as $$
    with mark as materialized (
        select offering.id as offering_id,
            offering.created_at <= p_starts_after as listed_before,
            coalesce(opening.price_per_share, offering.issue_price) as opening,
            coalesce(closing.price_per_share, offering.issue_price) as closing
        from exchange.vehicle_offerings as offering
        left join lateral (
            select trade.price_per_share from exchange.market_trades as trade
            where trade.offering_id = offering.id and trade.executed_at <= p_starts_after
            order by trade.id desc limit 1
        ) as opening on true
        left join lateral (
            select trade.price_per_share from exchange.market_trades as trade
            where trade.offering_id = offering.id and trade.executed_at <= p_ends_at
            order by trade.id desc limit 1
        ) as closing on true
        where offering.created_at <= p_ends_at
    ), bought as materialized (
        select trade.buyer_id as user_id, trade.offering_id, trade.executed_at <= p_ends_at as within, count(*) as trades,
            sum(trade.shares_traded)::bigint as shares, sum(trade.total_value) as value,
            sum(trade.nuke_commission_amount) as commission
        from exchange.market_trades as trade
        where trade.executed_at > p_starts_after
        group by 1, 2, 3
    ), sold as materialized (
        select trade.seller_id as user_id, trade.offering_id, trade.executed_at <= p_ends_at as within, count(*) as trades,
            count(*) filter (where trade.total_value > trade.seller_cost) as gaining,
            sum(trade.shares_traded)::bigint as shares, sum(trade.total_value) as value, sum(trade.seller_cost) as cost
        from exchange.market_trades as trade
        where trade.executed_at > p_starts_after
        group by 1, 2, 3
    ), moved as (
        select user_id, offering_id,
            sum(shares)::bigint as shares_since_start, coalesce(sum(shares) filter (where not within), 0)::bigint as shares_since_end,
            sum(cost) as cost_since_start, coalesce(sum(cost) filter (where not within), 0) as cost_since_end
        from (
            select user_id, offering_id, within, shares, value as cost from bought
            union all
            select user_id, offering_id, within, -shares, -cost from sold
        ) as change
        group by user_id, offering_id
    ), position as (
        -- before its listing an offering is nobody's; what its holders had before all trades was issued to them
        select holding.holder_id as user_id, mark.opening, mark.closing,
            case when not mark.listed_before then 0
                 when moved.user_id is null then holding.shares_owned
                 else holding.shares_owned - moved.shares_since_start end as opening_shares,
            case when not mark.listed_before then 0
                 when moved.user_id is null then holding.cost
                 else holding.cost - moved.cost_since_start end as opening_cost,
            case when moved.user_id is null then holding.shares_owned
                 else holding.shares_owned - moved.shares_since_end end as closing_shares,
            case when moved.user_id is null then holding.cost
                 else holding.cost - moved.cost_since_end end as closing_cost,
            case when not mark.listed_before then holding.cost - coalesce(moved.cost_since_start, 0) end as issued
        from exchange.share_holdings as holding
        join mark on mark.offering_id = holding.offering_id
        left join moved on moved.offering_id = holding.offering_id and moved.user_id = holding.holder_id
        where moved.user_id is not null or holding.shares_owned > 0
    ), holder as (
        select user_id, bool_or(opening_shares > 0 or closing_shares > 0) as held,
            sum(opening_shares * opening) as opening_value, sum(opening_cost) as opening_cost,
            sum(closing_shares * closing) as closing_value, sum(closing_cost) as closing_cost, coalesce(sum(issued), 0) as issued
        from position
        group by user_id
    ), activity as (
        select user_id, sum(trades)::bigint as trades, sum(shares_bought)::bigint as shares_bought,
            sum(shares_sold)::bigint as shares_sold, sum(value_bought) as value_bought, sum(value_sold) as value_sold,
            sum(commission) as commission, sum(value_sold - cost_sold) as realised_gain, sum(sales)::bigint as sales,
            sum(gaining)::bigint as gaining_sales
        from (
            select user_id, trades, shares as shares_bought, 0 as shares_sold, value as value_bought, 0 as value_sold,
                commission, 0 as cost_sold, 0 as sales, 0 as gaining
            from bought where within
            union all
            select user_id, trades, 0, shares, 0, value, 0, cost, trades, gaining from sold where within
        ) as side
        group by user_id
    ), entry as (
        select account_id, sum(amount) as since_start,
            coalesce(sum(amount) filter (where created_at > p_ends_at), 0) as since_end,
            coalesce(sum(amount) filter (where created_at <= p_ends_at and kind in ('deposit', 'withdrawal')), 0) as deposited
        from exchange.ledger_entries
        where created_at > p_starts_after
        group by account_id
    )
    select holder.user_id, coalesce(activity.trades, 0), coalesce(activity.shares_bought, 0), coalesce(activity.shares_sold, 0),
        coalesce(activity.value_bought, 0), coalesce(activity.value_sold, 0), coalesce(activity.commission, 0),
        coalesce(activity.realised_gain, 0),
        (holder.closing_value - holder.closing_cost) - (holder.opening_value - holder.opening_cost),
        coalesce(account.balance, 0) - coalesce(entry.since_start, 0) + holder.opening_value,
        coalesce(account.balance, 0) - coalesce(entry.since_end, 0) + holder.closing_value,
        coalesce(entry.deposited, 0) + holder.issued,
        coalesce(activity.sales, 0), coalesce(activity.gaining_sales, 0)
    from holder
    left join activity on activity.user_id = holder.user_id
    left join exchange.cash_accounts as account on account.user_id = holder.user_id
    left join entry on entry.account_id = account.id
    where holder.held or activity.trades > 0
$$;
comment on function exchange.daily_results is
'What a day brought everybody who held shares at its beginning or end, or traded: whoever buys has a holding from then on.';

-- ---------------------------------------------------------------------------------------------------------------
-- The ranking: by gain, then by per cent (those without are last), then by user. A run of profitable days goes on from the
-- trading day before. Names are those of the first ranking, as people presented themselves that day.

create or replace function exchange.rank_day(p_day date)
returns bigint
language plpgsql
set search_path = pg_catalog
as $$
declare
    v_ranking exchange.leaderboard_snapshots[];
    v_changed bigint;
    v_rows bigint;
begin
    select array_agg(row(
        p_day, ranked.rank, ranked.user_id, coalesce(held.display_name, profile.display_name), ranked.daily_gain_loss,
        ranked.daily_gain_loss_pct, ranked.closing_equity,
        case when ranked.daily_gain_loss > 0 then coalesce(earlier.consecutive_profitable_days, 0) + 1 else 0 end
    )::exchange.leaderboard_snapshots)
    into v_ranking
    from (
        select user_id, daily_gain_loss, daily_gain_loss_pct, closing_equity, row_number() over (
            order by daily_gain_loss desc, daily_gain_loss_pct desc nulls last, user_id) as rank
        from exchange.user_trading_stats
        where stat_date = p_day
    ) as ranked
    left join identity.profiles as profile on profile.id = ranked.user_id
    left join exchange.leaderboard_snapshots as held on held.user_id = ranked.user_id and held.snapshot_date = p_day
    left join exchange.leaderboard_snapshots as earlier on earlier.user_id = ranked.user_id
        and earlier.snapshot_date = (select max(day) from exchange.trading_days where day < p_day);

    -- what stays is as it should be, so nothing that is added has its rank or user
    delete from exchange.leaderboard_snapshots as held
    where held.snapshot_date = p_day and not exists (
        select from unnest(v_ranking) as wanted
        where wanted.rank = held.rank
            and (wanted.user_id, wanted.display_name, wanted.daily_gain_loss, wanted.daily_gain_loss_pct, wanted.portfolio_value,
                 wanted.consecutive_profitable_days)
                is not distinct from (held.user_id, held.display_name, held.daily_gain_loss, held.daily_gain_loss_pct,
                                      held.portfolio_value, held.consecutive_profitable_days));
    get diagnostics v_changed = row_count;
    insert into exchange.leaderboard_snapshots
    select * from unnest(v_ranking) on conflict (snapshot_date, rank) do nothing;
    get diagnostics v_rows = row_count;
    return v_changed + v_rows;
end
$$;
comment on function exchange.rank_day is 'Ranks everybody in a day''s statistics; returns how many rows of the ranking are not as they were.';

create or replace function exchange.close_trading_day(
    p_day date, p_starts_after timestamptz, p_ends_at timestamptz, p_now timestamptz)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog
set jit = off -- compiling takes longer than running
set work_mem = '64MB'
as $$
declare
    v_changed bigint;
    v_ranked bigint;
    v_later date;
    v_day exchange.trading_days;
begin
    if not (app.is_admin() or app.role() = 'job') then
        raise exception 'only a job or an administrator closes a trading day' using errcode = 'insufficient_privilege';
    end if;
    if p_now < p_ends_at then
        raise exception 'the trading day % ends at %', p_day, p_ends_at using errcode = 'invalid_parameter_value';
    end if;
    perform pg_advisory_xact_lock(1164, 0); -- one day at a time: each builds on the ranking before

    with result as materialized (
        select * from exchange.daily_results(p_starts_after, p_ends_at)
    ), written as (
        insert into exchange.user_trading_stats as held (
            user_id, stat_date, trades_executed, shares_bought, shares_sold, value_bought, value_sold, commission, realised_gain,
            unrealised_change, opening_equity, closing_equity, net_deposits, daily_gain_loss, daily_gain_loss_pct, win_rate_pct,
            computed_at)
        select user_id, p_day, trades_executed, shares_bought, shares_sold, value_bought, value_sold, commission, realised_gain,
            unrealised_change, opening_equity, closing_equity, net_deposits, closing_equity - opening_equity - net_deposits,
            round((closing_equity - opening_equity - net_deposits) * 100 / nullif(opening_equity, 0), 4),
            round(gaining_sales * 100.0 / nullif(sales, 0), 2), p_now
        from result
        on conflict (user_id, stat_date) do update
        set trades_executed = excluded.trades_executed, shares_bought = excluded.shares_bought, shares_sold = excluded.shares_sold,
            value_bought = excluded.value_bought, value_sold = excluded.value_sold, commission = excluded.commission,
            realised_gain = excluded.realised_gain, unrealised_change = excluded.unrealised_change,
            opening_equity = excluded.opening_equity, closing_equity = excluded.closing_equity,
            net_deposits = excluded.net_deposits, daily_gain_loss = excluded.daily_gain_loss,
            daily_gain_loss_pct = excluded.daily_gain_loss_pct, win_rate_pct = excluded.win_rate_pct,
            computed_at = excluded.computed_at
        where (held.trades_executed, held.shares_bought, held.shares_sold, held.value_bought, held.value_sold, held.commission,
               held.realised_gain, held.unrealised_change, held.opening_equity, held.closing_equity, held.net_deposits,
               held.win_rate_pct)
            is distinct from
              (excluded.trades_executed, excluded.shares_bought, excluded.shares_sold, excluded.value_bought, excluded.value_sold,
               excluded.commission, excluded.realised_gain, excluded.unrealised_change, excluded.opening_equity,
               excluded.closing_equity, excluded.net_deposits, excluded.win_rate_pct)
        returning 1
    ), removed as (
        delete from exchange.user_trading_stats as held
        where held.stat_date = p_day and not exists (select from result where result.user_id = held.user_id)
        returning 1
    ), closed as (
        insert into exchange.trading_days as held (day, starts_after, ends_at, closed_at, traders, trades, volume_usd)
        select p_day, p_starts_after, p_ends_at, p_now, count(*) filter (where trades_executed > 0),
            coalesce(sum(trades_executed), 0) / 2, coalesce(sum(value_bought), 0) -- every trade has a buyer and a seller
        from result
        on conflict (day) do update
        set starts_after = excluded.starts_after, ends_at = excluded.ends_at, closed_at = excluded.closed_at,
            traders = excluded.traders, trades = excluded.trades, volume_usd = excluded.volume_usd
    )
    select (select count(*) from written) + (select count(*) from removed) into v_changed;
    select * into strict v_day from exchange.trading_days where day = p_day;

    v_ranked := exchange.rank_day(p_day);
    if v_ranked > 0 then
        perform app.publish('exchange-leaderboard', 'leaderboard', exchange.leaderboard_event(v_day));
        for v_later in select day from exchange.trading_days where day > p_day order by day loop
            exit when exchange.rank_day(v_later) = 0; -- runs of profitable days go through the day that changed
        end loop;
    end if;
    return jsonb_build_object(
        'changed', v_changed, 'ranked', v_ranked,
        'day', to_jsonb(v_day) || jsonb_build_object('volume_usd', v_day.volume_usd::text));
end
$$;
comment on function exchange.close_trading_day is
'Computes a day''s statistics and ranking, writes what is new or different, and publishes a ranking that changed. May be run again for
any day: whatever happened since, the result is the same.';

create or replace function exchange.leaderboard_event(p_day exchange.trading_days) returns jsonb
language sql stable
return jsonb_build_object(
    'day', p_day.day, 'traders', p_day.traders, 'trades', p_day.trades, 'volume_usd', p_day.volume_usd::text,
    'leaders', (
        select coalesce(jsonb_agg(jsonb_build_object(
            'rank', rank, 'user_id', user_id, 'display_name', display_name, 'daily_gain_loss', daily_gain_loss::text,
            'daily_gain_loss_pct', daily_gain_loss_pct::text) order by rank), '[]')
        from exchange.leaderboard_snapshots where snapshot_date = p_day.day and rank <= 10));
comment on function exchange.leaderboard_event is 'What everybody is told of a day: how much was traded, and the first ten of the ranking.';

grant execute on function exchange.close_trading_day(date, timestamptz, timestamptz, timestamptz) to holdfast_api, holdfast_jobs;

-- ---------------------------------------------------------------------------------------------------------------
-- Day orders end with their day.

create or replace function exchange.offerings_with_day_orders(p_placed_until timestamptz)
returns setof bigint
language sql stable
as $$
    select offering.id
    from exchange.vehicle_offerings as offering
    cross join lateral (
        select from exchange.market_orders as held
        where held.offering_id = offering.id and held.is_open and held.time_in_force = 'day' and held.created_at <= p_placed_until
        limit 1
    ) as due
    order by offering.id
$$;
comment on function exchange.offerings_with_day_orders is 'Where day orders are open that were placed up to a moment.';

create or replace function exchange.expire_day_orders(p_offering_id bigint, p_placed_until timestamptz, p_now timestamptz)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
    v_ids bigint[];
begin
    perform exchange.lock_book(p_offering_id);
    select array_agg(id) into v_ids from exchange.market_orders
    where offering_id = p_offering_id and is_open and time_in_force = 'day' and created_at <= p_placed_until;
    if v_ids is null then
        return 0;
    end if;
    perform exchange.cancel_and_publish(p_offering_id, v_ids, 'expired', p_now);
    return cardinality(v_ids);
end
$$;
comment on function exchange.expire_day_orders is
'Cancels an offering''s day orders that were placed up to a moment, frees what they held, and tells; returns how many.';
grant execute on function exchange.offerings_with_day_orders(timestamptz),
    exchange.expire_day_orders(bigint, timestamptz, timestamptz) to holdfast_jobs;
