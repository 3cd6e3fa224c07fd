-- What a trading day brought everybody who held shares or traded, and the ranking by it. Whatever moment it is computed at, the
-- result is of the day: what was owned at a moment is what is owned now, less what trades and the ledger say came since.

-- ---------------------------------------------------------------------------------------------------------------
-- Most offerings have traded in the hour before a day ends, and the index by time finds that hour at once: from the newest trade
-- back to the moment it is as many trades as came since. The last is by id, which is the order of the book; moments are of many
-- machines' clocks.

create or replace function exchange.marks_at(p_moment timestamptz)
returns table (offering_id bigint, price_per_share numeric)
language sql stable parallel safe
as $$
    select offering.id, coalesce(recent.price_per_share, earlier.price_per_share, offering.issue_price)
    from exchange.vehicle_offerings as offering
    left join (
        select distinct on (trade.offering_id) trade.offering_id, trade.price_per_share
        from exchange.market_trades as trade
        where trade.executed_at > p_moment - interval '1 hour' and trade.executed_at <= p_moment
        order by trade.offering_id, trade.id desc
    ) as recent on recent.offering_id = offering.id
    left join lateral (
        select trade.price_per_share from exchange.market_trades as trade
        where recent.offering_id is null and trade.offering_id = offering.id and trade.executed_at <= p_moment
        order by trade.id desc limit 1
    ) as earlier on true
    where offering.created_at <= p_moment
$$;
comment on function exchange.marks_at is
'What a share of each offering listed by a moment was worth then: the last trade''s price up to it, or the issue price before any.';

-- ---------------------------------------------------------------------------------------------------------------
-- One statement, so that all of it is of one moment. A trading day begins after p_starts_after and ends with p_ends_at.
--   equity       cash, and shares at their mark
--   net_deposits deposits less withdrawals, and shares issued to the person that day, at the issue price
--   gain         once by what was gained (realised, change of unrealised, less commission), once by what everything was worth:
--                the table's constraints hold the two equal
-- What came since is taken off person by person, not holding by holding: what all shares of a person are worth is a sum, which each
-- trade changes by its shares at the mark. Holdings are never below zero and prices above it: who held shares held some worth.

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
        -- before its listing an offering is nobody's: it opens at nothing, and was issued that day
        select closing.offering_id, opening.offering_id is null as issued, coalesce(opening.price_per_share, 0) as opening,
            closing.price_per_share as closing
        from exchange.marks_at(p_ends_at) as closing
        left join exchange.marks_at(p_starts_after) as opening on opening.offering_id = closing.offering_id
    ), trade as materialized (
        -- of a trade after the day only what its shares were worth at the day's marks is asked
        select since.buyer_id, since.seller_id, since.executed_at <= p_ends_at as within, mark.issued,
            since.shares_traded as shares,
            case when since.executed_at <= p_ends_at or mark.issued then since.total_value end as value,
            since.nuke_commission_amount as commission, since.seller_cost as cost,
            since.shares_traded * mark.opening as at_opening,
            case when since.executed_at > p_ends_at then since.shares_traded * mark.closing end as at_closing
        from exchange.market_trades as since
        join mark on mark.offering_id = since.offering_id
        where since.executed_at > p_starts_after
    ), bought as (
        select buyer_id as user_id, count(*) filter (where within) as trades, sum(shares) filter (where within) as shares,
            sum(value) filter (where within) as value, sum(commission) filter (where within) as commission,
            sum(at_opening) as at_opening, sum(at_closing) as at_closing, sum(value) filter (where issued) as cost_of_issued
        from trade
        group by buyer_id
    ), sold as (
        select seller_id as user_id, count(*) filter (where within) as trades, sum(shares) filter (where within) as shares,
            sum(value) filter (where within) as value, sum(cost) filter (where within) as cost,
            count(*) filter (where within and value > cost) as gaining,
            sum(at_opening) as at_opening, sum(at_closing) as at_closing, sum(cost) filter (where issued) as cost_of_issued
        from trade
        group by seller_id
    ), held as (
        select holding.holder_id as user_id, sum(holding.shares_owned * mark.opening) as at_opening,
            sum(holding.shares_owned * mark.closing) as at_closing, sum(holding.cost) filter (where mark.issued) as cost_of_issued
        from exchange.share_holdings as holding
        join mark on mark.offering_id = holding.offering_id
        group by holding.holder_id
    ), person as (
        select held.user_id, coalesce(bought.trades, 0) as buys, coalesce(sold.trades, 0) as sales,
            coalesce(sold.gaining, 0) as gaining_sales, coalesce(bought.shares, 0)::bigint as shares_bought,
            coalesce(sold.shares, 0)::bigint as shares_sold, coalesce(bought.value, 0) as value_bought,
            coalesce(sold.value, 0) as value_sold, coalesce(sold.cost, 0) as cost_sold,
            coalesce(bought.commission, 0) as commission,
            held.at_opening - coalesce(bought.at_opening, 0) + coalesce(sold.at_opening, 0) as opening_value,
            held.at_closing - coalesce(bought.at_closing, 0) + coalesce(sold.at_closing, 0) as closing_value,
            coalesce(held.cost_of_issued, 0) - coalesce(bought.cost_of_issued, 0) + coalesce(sold.cost_of_issued, 0) as issued
        from held
        left join bought on bought.user_id = held.user_id
        left join sold on sold.user_id = held.user_id
    ), entry as (
        select account_id, sum(amount) as since_start,
            coalesce(sum(amount) filter (where created_at > p_ends_at), 0) as since_end,
            coalesce(sum(amount) filter (where created_at <= p_ends_at and kind in ('deposit', 'withdrawal')), 0) as deposited
        from exchange.ledger_entries
        where created_at > p_starts_after
        group by account_id
    )
    select person.user_id, person.buys + person.sales, person.shares_bought, person.shares_sold, person.value_bought,
        person.value_sold, person.commission, person.value_sold - person.cost_sold,
        -- less what the shares that came had cost
        person.closing_value - person.opening_value - (person.value_bought - person.cost_sold + person.issued),
        coalesce(account.balance, 0) - coalesce(entry.since_start, 0) + person.opening_value,
        coalesce(account.balance, 0) - coalesce(entry.since_end, 0) + person.closing_value,
        coalesce(entry.deposited, 0) + person.issued, person.sales, person.gaining_sales
    from person
    left join exchange.cash_accounts as account on account.user_id = person.user_id
    left join entry on entry.account_id = account.id
    where person.opening_value > 0 or person.closing_value > 0 or person.buys + person.sales > 0
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
set enable_nestloop = off -- the planner's statistics do not know a day just written: it would expect one row, not everybody's
as $$
declare
    v_ranking exchange.leaderboard_snapshots[];
    v_changed bigint;
    v_rows bigint;
begin
    select array_agg(row(
        p_day, ranked.rank, ranked.user_id,
        coalesce(held.display_name, (select display_name from identity.profiles where id = ranked.user_id)), ranked.daily_gain_loss,
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
language sql stable parallel safe
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
language sql stable parallel safe
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
