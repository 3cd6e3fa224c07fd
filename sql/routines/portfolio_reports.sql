-- What portfolios are worth, for all of them at once: midnight snapshots and the performance cache.
--
-- The rules of prices and rates are those of chalicelib/portfolio/valuation.py, which values one portfolio on many days;
-- this values many portfolios on few days (a test holds the two against each other). The price of a day is its bar's close
-- or, where it has none, the last close not more than ten days old, and none after the last bar of an asset that is not
-- active any more; the latest quote stands for the close of its day until that day has a bar. The rate of a day is the last
-- one before its end, at most seven days old. What is not known is null.

create or replace function portfolio.dollars_on(p_currency text, p_day date)
returns table (rate numeric)
language sql stable
as $$
    select 1::numeric where p_currency = 'USD'
    union all
    (select held.rate_to_usd
     from market.exchange_rates as held
     where held.currency_code = p_currency and p_currency <> 'USD'
         and held.timestamp < (p_day + 1)::timestamp at time zone 'UTC'
         and held.timestamp >= (p_day + 1)::timestamp at time zone 'UTC' - interval '7 days'
     order by held.timestamp desc limit 1)
$$;
comment on function portfolio.dollars_on is 'US dollars for one unit of a currency at the end of a day; no row where not known.';

-- The price of assets on days, in the units of those days, with the rate of their currency to the US dollar.
create or replace function portfolio.prices_on(p_days date[])
returns table (asset_id bigint, day date, currency text, price numeric, rate numeric)
language sql stable
as $$
    select asset.id, wanted.day, asset.native_currency,
        case when quote.day > bar.day or bar.day is null then quote.price
             when asset.is_active or bar.day = wanted.day or following.is_there then bar.close end
            * coalesce(split.factor, 1),
        usd.rate
    from market.assets as asset
    cross join unnest(p_days) as wanted (day)
    left join lateral (
        select (held.timestamp at time zone 'UTC')::date as day, held.close
        from market.asset_prices as held
        where held.asset_id = asset.id and held.timestamp < (wanted.day + 1)::timestamp at time zone 'UTC'
            and held.timestamp >= (wanted.day - 10)::timestamp at time zone 'UTC'
        order by held.timestamp desc limit 1
    ) as bar on true
    left join lateral (
        select (latest.as_of at time zone 'UTC')::date as day, latest.price
        from market.latest_prices as latest
        where latest.asset_id = asset.id
            and (latest.as_of at time zone 'UTC')::date between wanted.day - 10 and wanted.day
    ) as quote on true
    left join lateral (
        select true as is_there
        from market.asset_prices as held
        where held.asset_id = asset.id and not asset.is_active
            and held.timestamp >= (wanted.day + 1)::timestamp at time zone 'UTC'
        limit 1
    ) as following on true
    left join lateral (
        select app.product(action.ratio) as factor
        from market.corporate_actions as action
        where action.asset_id = asset.id and action.action_type = 'split' and action.history_adjusted
            and action.ex_date > wanted.day
    ) as split on true
    left join lateral portfolio.dollars_on(asset.native_currency, wanted.day) as usd on true
    -- from one asset to the next in the index: there are a thousand times as many positions as assets
    where asset.id = any (array(
        with recursive held as (
            (select position.asset_id from portfolio.portfolio_positions as position order by position.asset_id limit 1)
            union all
            select (select position.asset_id from portfolio.portfolio_positions as position
                    where position.asset_id > held.asset_id order by position.asset_id limit 1)
            from held
            where held.asset_id is not null
        )
        select held.asset_id from held where held.asset_id is not null))
$$;
comment on function portfolio.prices_on is 'Prices on some days of every asset that anybody ever held.';


-- What one position (or amount of cash) was at the end of a day: what it is now, less what came since. For yesterday that
-- reads a few entries and not all of history, and for any day it is the sum of the entries up to it. Where nothing came since,
-- p_booked_since is false, and as a constant takes the join with it.
--
-- One row for each portfolio that had begun by that day. A position is a list of what "columns" names: a million positions a
-- night need not each repeat seven names. They are put together as text that is made JSON of once for each portfolio, which
-- takes a quarter of what jsonb_build_array and jsonb_agg take.
drop function if exists portfolio.snapshots_of(date, bigint[]);
create or replace function portfolio.snapshots_of(
    p_day date, p_portfolios bigint[], p_after bigint, p_up_to bigint, p_booked_since boolean)
returns table (portfolio_id bigint, total_value_usd numeric, positions_snapshot jsonb)
language sql stable
as $$
    with priced as materialized (
        select on_day.asset_id, on_day.price * on_day.rate as dollars,
            format('[%s,%s,%s,"%s",%s,"', on_day.asset_id, to_json(asset.symbol),
                   coalesce('"' || trim_scale(on_day.price) || '"', 'null'), on_day.currency,
                   coalesce('"' || trim_scale(on_day.rate) || '"', 'null')) as head
        from portfolio.prices_on(array[p_day]) as on_day
        join market.assets as asset on asset.id = on_day.asset_id
    ), since as (
        select entry.portfolio_id, entry.kind, entry.asset_id, entry.currency, sum(entry.amount) as amount
        from portfolio.entries as entry
        where entry.day > p_day and entry.kind in ('holding', 'cash')
            and entry.portfolio_id > p_after and entry.portfolio_id <= p_up_to
            and (p_portfolios is null or entry.portfolio_id = any (p_portfolios))
        group by 1, 2, 3, 4
    ), positions as (
        select position.portfolio_id, position.asset_id, priced.head, priced.dollars,
            coalesce(position.quantity - since.amount, position.quantity) as quantity
        from portfolio.portfolio_positions as position
        join priced on priced.asset_id = position.asset_id
        left join since on p_booked_since and since.portfolio_id = position.portfolio_id and since.kind = 'holding'
            and since.asset_id = position.asset_id
        where position.portfolio_id > p_after and position.portfolio_id <= p_up_to
            and (p_portfolios is null or position.portfolio_id = any (p_portfolios))
    ), valued as (
        select portfolio_id, head, quantity, round(quantity * dollars, 8) as value
        from positions
        where quantity <> 0
        order by portfolio_id, asset_id -- also so that a snapshot taken again is told from one that changed
        offset 0 -- what is computed here is computed once
    ), held as (
        select valued.portfolio_id, sum(value) as value, bool_or(value is null) as unknown,
            string_agg(head || quantity || coalesce('","' || value || '"]', '",null]'), ',') as positions
        from valued
        group by 1
    ), currencies as materialized (
        select distinct balance.currency, usd.rate
        from (select distinct currency from portfolio.cash_balances) as balance
        left join lateral portfolio.dollars_on(balance.currency, p_day) as usd on true
    ), balances as (
        select balance.portfolio_id, balance.currency, coalesce(balance.amount - since.amount, balance.amount) as amount,
            currencies.rate
        from portfolio.cash_balances as balance
        join currencies on currencies.currency = balance.currency
        left join since on p_booked_since and since.portfolio_id = balance.portfolio_id and since.kind = 'cash'
            and since.currency = balance.currency
        where balance.portfolio_id > p_after and balance.portfolio_id <= p_up_to
            and (p_portfolios is null or balance.portfolio_id = any (p_portfolios))
    ), cash as (
        select balances.portfolio_id, sum(round(amount * rate, 8)) as value, bool_or(rate is null) as unknown,
            string_agg('{"currency":"' || currency || '","amount":"' || amount || '","rate":'
                       || coalesce('"' || rate || '","value":"' || round(amount * rate, 8) || '"}', 'null,"value":null}'),
                       ',' order by currency) as balances
        from balances
        where amount <> 0
        group by 1
    )
    select portfolio.id,
        case when (held.unknown or cash.unknown) is not true
            then coalesce(held.value, 0) + coalesce(cash.value, 0) end,
        ('{"columns":["asset_id","symbol","price","currency","rate","quantity","value"],"positions":['
         || coalesce(held.positions, '') || '],"cash":[' || coalesce(cash.balances, '') || ']}')::jsonb
    from portfolio.portfolios as portfolio
    left join held on held.portfolio_id = portfolio.id
    left join cash on cash.portfolio_id = portfolio.id
    where portfolio.id > p_after and portfolio.id <= p_up_to
        and (p_portfolios is null or portfolio.id = any (p_portfolios))
        and (held.portfolio_id is not null or cash.portfolio_id is not null or (
            -- not exists (…), for which the entries of everybody may be gathered first
            select true from portfolio.entries as entry
            where entry.portfolio_id = portfolio.id and entry.day <= p_day
            limit 1))
$$;
comment on function portfolio.snapshots_of is 'Value and positions at the end of a day, in US dollars; the total is null where something is not known.';

-- With the owner's rights, for the planner's sake: behind the jobs' policy it expects one row of two hundred, and plans for
-- that. Compiling the statement (jit) takes longer than running it; sorting the positions in memory takes half of what hashing
-- a hundred thousand growing texts takes; and what was booked since the day is more than the planner knows of before the
-- tables are analysed again: a nested loop would go through it once for each position.
drop function if exists portfolio.take_snapshots(date, bigint[]);
create or replace function portfolio.take_snapshots(
    p_day date, p_portfolios bigint[] default null, p_after bigint default 0, p_up_to bigint default 9223372036854775807)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog
set jit = off
set work_mem = '192MB'
set enable_hashagg = off
set enable_nestloop = off
as $$
declare
    v_booked_since boolean;
    v_rows bigint;
begin
    if coalesce(app.role(), '') <> 'job' then
        raise exception 'snapshots are taken by a job' using errcode = 'insufficient_privilege';
    end if;
    v_booked_since := exists (
        select from portfolio.entries
        where day > p_day and kind in ('holding', 'cash') and portfolio_id > p_after and portfolio_id <= p_up_to
            and (p_portfolios is null or portfolio_id = any (p_portfolios)));
    if not exists (
            select from portfolio.portfolio_snapshots
            where snapshot_date = p_day and portfolio_id > p_after and portfolio_id <= p_up_to limit 1) then
        -- the usual night: nothing there to compare with
        insert into portfolio.portfolio_snapshots (portfolio_id, snapshot_date, total_value_usd, positions_snapshot)
        select portfolio_id, p_day, total_value_usd, positions_snapshot
        from portfolio.snapshots_of(p_day, p_portfolios, p_after, p_up_to, v_booked_since);
        get diagnostics v_rows = row_count;
        return v_rows;
    end if;
    insert into portfolio.portfolio_snapshots as held (portfolio_id, snapshot_date, total_value_usd, positions_snapshot)
    select portfolio_id, p_day, total_value_usd, positions_snapshot
    from portfolio.snapshots_of(p_day, p_portfolios, p_after, p_up_to, v_booked_since)
    on conflict (portfolio_id, snapshot_date) do update
        set total_value_usd = excluded.total_value_usd, positions_snapshot = excluded.positions_snapshot, created_at = now()
        where (held.total_value_usd, held.positions_snapshot)
            is distinct from (excluded.total_value_usd, excluded.positions_snapshot);
    get diagnostics v_rows = row_count;
    return v_rows;
end
$$;
comment on function portfolio.take_snapshots is
'Stores the snapshots of a day, of all portfolios or of those whose numbers lie above p_after and up to p_up_to; returns how many are
new or changed. May be run again for any day.';

-- ---------------------------------------------------------------------------------------------------------------
-- The performance cache: value and net contributions in US dollars; changes in per cent of the average capital invested
-- (Modified Dietz, as chalicelib/portfolio/returns.py has it), in the portfolio's own currency, since its beginning and over
-- a day, a week, a month and a year up to today. A share that cannot be told is null.
--
-- The rows are locked before anything is read: whoever changes entries meanwhile waits to invalidate them, so that a row is
-- never valid without having seen what came before.
create or replace function portfolio.refresh_performance(p_portfolios bigint[], p_now timestamptz)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog
set jit = off
as $$
declare
    v_today constant date := (p_now at time zone 'UTC')::date;
    v_openings constant date[] := array[
        v_today - 1, v_today - 7, (v_today - interval '1 month')::date, (v_today - interval '1 year')::date];
    v_days constant date[] := v_openings || v_today;
    v_rows bigint;
begin
    insert into portfolio.portfolio_performance_cache (portfolio_id)
    select portfolio.id from portfolio.portfolios as portfolio where portfolio.id = any (p_portfolios) order by 1
    on conflict (portfolio_id) do nothing;
    perform from portfolio.portfolio_performance_cache where portfolio_id = any (p_portfolios)
    order by portfolio_id for update;

    with wanted as materialized (
        select portfolio.id, portfolio.currency,
            (select min(entry.day) from portfolio.entries as entry where entry.portfolio_id = portfolio.id) as first_day
        from portfolio.portfolios as portfolio
        where portfolio.id = any (p_portfolios)
    ), prices as materialized (
        select on_day.asset_id, on_day.day, on_day.price * on_day.rate as dollars from portfolio.prices_on(v_days) as on_day
    ), rates as materialized (
        select known.currency, wanted_day.day, usd.rate
        from (select balance.currency from portfolio.cash_balances as balance where balance.portfolio_id = any (p_portfolios)
              union select wanted.currency from wanted) as known
        cross join unnest(v_days) as wanted_day (day)
        left join lateral portfolio.dollars_on(known.currency, wanted_day.day) as usd on true
    ), since as materialized (
        select entry.portfolio_id, entry.kind, entry.asset_id, entry.currency, wanted_day.day, sum(entry.amount) as amount
        from portfolio.entries as entry
        join unnest(v_days) as wanted_day (day) on entry.day > wanted_day.day
        where entry.portfolio_id = any (p_portfolios) and entry.kind in ('holding', 'cash') and entry.day > v_openings[4]
        group by 1, 2, 3, 4, 5
    ), amounts as (
        select position.portfolio_id, prices.day, position.quantity - coalesce(since.amount, 0) as amount, prices.dollars
        from portfolio.portfolio_positions as position
        join prices on prices.asset_id = position.asset_id
        left join since on since.portfolio_id = position.portfolio_id and since.kind = 'holding'
            and since.asset_id = position.asset_id and since.day = prices.day
        where position.portfolio_id = any (p_portfolios)
        union all
        select balance.portfolio_id, rates.day, balance.amount - coalesce(since.amount, 0), rates.rate
        from portfolio.cash_balances as balance
        join rates on rates.currency = balance.currency
        left join since on since.portfolio_id = balance.portfolio_id and since.kind = 'cash'
            and since.currency = balance.currency and since.day = rates.day
        where balance.portfolio_id = any (p_portfolios)
    ), sums as (
        select portfolio_id, day, sum(amount * dollars) as dollars, bool_or(amount <> 0 and dollars is null) as unknown
        from amounts group by 1, 2
    ), worth as materialized (
        select wanted.id, wanted_day.day,
            case when sums.unknown is not true then coalesce(sums.dollars, 0) end as dollars,
            case when sums.unknown is not true then coalesce(sums.dollars, 0) / base.rate end as own
        from wanted
        cross join unnest(v_days) as wanted_day (day)
        left join sums on sums.portfolio_id = wanted.id and sums.day = wanted_day.day
        left join rates as base on base.currency = wanted.currency and base.day = wanted_day.day
    ), moved as materialized (
        select entry.portfolio_id, entry.day, entry.currency, wanted.currency as base, sum(greatest(entry.amount, 0)) as inflow,
            sum(greatest(- entry.amount, 0)) as outflow
        from portfolio.entries as entry
        join wanted on wanted.id = entry.portfolio_id
        where entry.kind in ('flow', 'implied') and entry.day <= v_today
        group by 1, 2, 3, 4
    ), flow_rates as materialized (
        select known.currency, known.day, usd.rate
        from (select moved.currency, moved.day from moved union select moved.base, moved.day from moved) as known
        left join lateral portfolio.dollars_on(known.currency, known.day) as usd on true
    ), flows as materialized (
        select moved.portfolio_id, moved.day, moved.inflow * usd.rate as inflow, moved.outflow * usd.rate as outflow,
            base.rate as base_rate
        from moved
        join flow_rates as usd on usd.currency = moved.currency and usd.day = moved.day
        join flow_rates as base on base.currency = moved.base and base.day = moved.day
    ), windows as (
        -- from the first day on: before it there was nothing
        select wanted.id, span.name, greatest(span.opening, wanted.first_day - 1) as opening,
            case when span.opening >= wanted.first_day then worth.own else 0 end as value
        from wanted
        cross join (values ('day', v_openings[1]), ('week', v_openings[2]), ('month', v_openings[3]),
                           ('year', v_openings[4]), ('total', null)) as span (name, opening)
        left join worth on worth.id = wanted.id and worth.day = span.opening
    ), measured as (
        select windows.id, windows.name, closing.own - windows.value - coalesce(flow.net, 0) as gain,
            windows.value + coalesce(flow.weighted, 0) / nullif(v_today - windows.opening, 0) as capital,
            coalesce(flow.unknown, false) as unknown
        from windows
        join worth as closing on closing.id = windows.id and closing.day = v_today
        left join lateral (
            select sum((inflow - outflow) / base_rate) as net,
                sum((inflow * (v_today - flows.day + 1) - outflow * (v_today - flows.day)) / base_rate) as weighted,
                bool_or(inflow is null or base_rate is null) as unknown
            from flows
            where flows.portfolio_id = windows.id and flows.day > windows.opening
        ) as flow on true
    ), shares as (
        select id, name,
            case when unknown then null when capital > 0 then round(gain / capital * 100, 6)
                 when capital = 0 and gain = 0 then 0 end as share
        from measured
    ), invested as (
        select portfolio_id, case when bool_and(inflow is not null) then sum(inflow - outflow) end as dollars
        from flows group by 1
    )
    update portfolio.portfolio_performance_cache as held
    set current_value_usd = round(worth.dollars, 8),
        total_invested_usd = case when invested.portfolio_id is null then 0 else round(invested.dollars, 8) end,
        total_return_pct = share.total, day_change_pct = share.day, week_change_pct = share.week,
        month_change_pct = share.month, year_change_pct = share.year, valid = true, last_updated = p_now
    from worth
    join (
        select id, max(share) filter (where name = 'total') as total, max(share) filter (where name = 'day') as day,
            max(share) filter (where name = 'week') as week, max(share) filter (where name = 'month') as month,
            max(share) filter (where name = 'year') as year
        from shares group by id
    ) as share on share.id = worth.id
    left join invested on invested.portfolio_id = worth.id
    where worth.day = v_today and held.portfolio_id = worth.id;
    get diagnostics v_rows = row_count;
    return v_rows;
end
$$;
comment on function portfolio.refresh_performance is 'Computes the cache rows of some portfolios anew; returns how many.';

-- Which rows are due: those that a change made invalid and those that never were, then those older than p_older_than.
create or replace function portfolio.due_performance(p_older_than timestamptz, p_limit integer)
returns setof bigint
language sql stable
as $$
    select due.id
    from (
        select portfolio.id, coalesce(cache.last_updated, '-infinity') as last_updated, coalesce(cache.valid, false) as valid
        from portfolio.portfolios as portfolio
        left join portfolio.portfolio_performance_cache as cache on cache.portfolio_id = portfolio.id
    ) as due
    where not due.valid or due.last_updated < p_older_than
    order by due.valid, due.last_updated
    limit p_limit
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- A transaction of the past makes the snapshots from its day on untrue: which ones is noted in the same transaction, and a
-- job takes them again. (Snapshots of the day itself are taken after it has ended, so today's transactions touch none.)
-- The row is written in any case, also one that is invalid: whoever is computing it at this moment holds its lock, and must
-- not make it valid without having seen this transaction.

create or replace function portfolio.note_stale_snapshots()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    if current_setting('portfolio.writing_ledger', true) = 'on' then
        return null; -- only what follows from the transactions is being written
    end if;
    if tg_op in ('INSERT', 'UPDATE') then
        perform portfolio.stale_from(portfolio_id, min(timestamp)) from new_rows group by portfolio_id;
    end if;
    if tg_op in ('UPDATE', 'DELETE') then
        perform portfolio.stale_from(portfolio_id, min(timestamp)) from old_rows group by portfolio_id;
    end if;
    return null;
end
$$;

create or replace function portfolio.stale_from(p_portfolio_id bigint, p_since timestamptz)
returns void
language sql
as $$
    update portfolio.portfolio_performance_cache as held
    set valid = false,
        snapshots_stale_from = case
            when exists (
                select from portfolio.portfolio_snapshots as taken
                where taken.portfolio_id = p_portfolio_id and taken.snapshot_date >= (p_since at time zone 'UTC')::date)
                then least(held.snapshots_stale_from, (p_since at time zone 'UTC')::date)
            else held.snapshots_stale_from end
    where held.portfolio_id = p_portfolio_id
$$;

create or replace trigger stale_after_insert after insert on portfolio.transactions
referencing new table as new_rows for each statement execute function portfolio.note_stale_snapshots();
create or replace trigger stale_after_update after update on portfolio.transactions
referencing old table as old_rows new table as new_rows for each statement execute function portfolio.note_stale_snapshots();
create or replace trigger stale_after_delete after delete on portfolio.transactions
referencing old table as old_rows for each statement execute function portfolio.note_stale_snapshots();

-- Takes again what has become untrue, for a number of portfolios; returns how many snapshots changed.
create or replace function portfolio.retake_stale_snapshots(p_limit integer)
returns bigint
language plpgsql
as $$
declare
    v_portfolios bigint[];
    v_day record;
    v_changed bigint := 0;
begin
    select array_agg(portfolio_id) into v_portfolios
    from (select portfolio_id from portfolio.portfolio_performance_cache where snapshots_stale_from is not null
          order by portfolio_id limit p_limit for update) as stale;
    for v_day in
        select taken.snapshot_date as day, array_agg(taken.portfolio_id) as portfolios
        from portfolio.portfolio_snapshots as taken
        join portfolio.portfolio_performance_cache as held
            on held.portfolio_id = taken.portfolio_id and taken.snapshot_date >= held.snapshots_stale_from
        where held.portfolio_id = any (v_portfolios)
        group by 1
    loop
        -- of a portfolio that had not begun by then, now, there is nothing to be told
        delete from portfolio.portfolio_snapshots as taken
        where taken.snapshot_date = v_day.day and taken.portfolio_id = any (v_day.portfolios) and not exists (
            select from portfolio.entries as entry where entry.portfolio_id = taken.portfolio_id and entry.day <= v_day.day);
        v_changed := v_changed + portfolio.take_snapshots(v_day.day, v_day.portfolios);
    end loop;
    update portfolio.portfolio_performance_cache set snapshots_stale_from = null where portfolio_id = any (v_portfolios);
    return v_changed;
end
$$;

grant execute on function portfolio.dollars_on(text, date), portfolio.prices_on(date[]),
    portfolio.snapshots_of(date, bigint[], bigint, bigint, boolean),
    portfolio.take_snapshots(date, bigint[], bigint, bigint),
    portfolio.retake_stale_snapshots(integer), portfolio.due_performance(timestamptz, integer) to holdfast_jobs;
grant execute on function portfolio.refresh_performance(bigint[], timestamptz) to holdfast_jobs, holdfast_api;

drop aggregate if exists portfolio.product(numeric); -- app.product serves everybody
