-- The exchange's security page: who sees what, what nobody changes, what is audited; and the few functions that all its
-- writes stand on: locks, phases, accounts, the release of orders. Every write goes through functions with the owner's rights.

call app.clear_security('exchange');
call app.let_jobs('exchange');

-- ---------------------------------------------------------------------------------------------------------------
-- Who sees what. The API's role writes nothing here by itself, and the jobs' role only what is derived.

do $$
declare
    v_table text;
begin
    foreach v_table in array array[
        'vehicles', 'vehicle_offerings', 'market_snapshots', 'price_discovery_events', 'leaderboard_snapshots',
        'current_market_state', 'trading_days']
    loop
        execute format('grant select on exchange.%I to holdfast_api', v_table);
        execute format('create policy everybody_reads on exchange.%I for select to holdfast_api using (true)', v_table);
    end loop;
    -- What orders, trades and cash are made of changes by the functions that keep the books, for jobs as for everyone.
    foreach v_table in array array[
        'vehicles', 'vehicle_offerings', 'cash_accounts', 'cash_transfers', 'ledger_transfers', 'market_orders',
        'market_trades', 'share_holdings', 'market_snapshots', 'price_discovery_events']
    loop
        execute format('revoke insert, update, delete, truncate on exchange.%I from holdfast_jobs', v_table);
    end loop;
end
$$;

-- A query for somebody's own rows names the user besides: with "or an administrator" no index serves a policy.
grant select on exchange.market_orders, exchange.market_trades, exchange.share_holdings, exchange.user_trading_stats,
    exchange.cash_accounts, exchange.cash_transfers, exchange.ledger_transfers, exchange.waiting_orders to holdfast_api;
create policy own_or_admin on exchange.market_orders for select to holdfast_api
using (user_id = (select app.user_id()) or (select app.is_admin()));
create policy parties_or_admin on exchange.market_trades for select to holdfast_api
using (buyer_id = (select app.user_id()) or seller_id = (select app.user_id()) or (select app.is_admin()));
create policy own_or_admin on exchange.share_holdings for select to holdfast_api
using (holder_id = (select app.user_id()) or (select app.is_admin()));
create policy own_or_admin on exchange.user_trading_stats for select to holdfast_api
using (user_id = (select app.user_id()) or (select app.is_admin()));
create policy own_or_admin on exchange.cash_accounts for select to holdfast_api
using (user_id = (select app.user_id()) or (select app.is_admin()));
create policy own_or_admin on exchange.cash_transfers for select to holdfast_api
using (user_id = (select app.user_id()) or (select app.is_admin()));
create policy own_or_admin on exchange.ledger_transfers for select to holdfast_api
using (debit_account_id = (select id from exchange.cash_accounts where user_id = (select app.user_id()))
       or credit_account_id = (select id from exchange.cash_accounts where user_id = (select app.user_id()))
       or (select app.is_admin()));
create policy own on exchange.waiting_orders for select to holdfast_api using (user_id = (select app.user_id()));

grant execute on function exchange.commission(numeric), exchange.cost_at_most(numeric, bigint, bigint)
to holdfast_api, holdfast_jobs;

-- ---------------------------------------------------------------------------------------------------------------
-- Trades and the ledger are final, for everyone who can log in and for the owner. The triggers fire always: also while
-- session_replication_role turns ordinary ones off. A partition inherits row triggers; that against TRUNCATE it gets here, and that
-- which checks the orders of trades that are written into it directly.

create or replace function exchange.refuse_change()
returns trigger
language plpgsql
as $$
begin
    raise exception 'rows of %.% are final: they are neither changed nor removed', tg_table_schema, tg_table_name
        using errcode = 'restrict_violation';
end
$$;
comment on function exchange.refuse_change is 'Refuses UPDATE, DELETE and TRUNCATE, whoever asks.';

create or replace trigger final before update or delete on exchange.market_trades
for each row execute function exchange.refuse_change();
create or replace trigger final_whole before truncate on exchange.market_trades
for each statement execute function exchange.refuse_change();
create or replace trigger final before update or delete on exchange.ledger_transfers
for each row execute function exchange.refuse_change();
create or replace trigger final_whole before truncate on exchange.ledger_transfers
for each statement execute function exchange.refuse_change();
alter table exchange.market_trades enable always trigger final;
alter table exchange.market_trades enable always trigger final_whole;
alter table exchange.ledger_transfers enable always trigger final;
alter table exchange.ledger_transfers enable always trigger final_whole;

-- An order goes forward: what is filled of it stays so, and once it is filled or cancelled it is over. Whose it is, of what and which
-- side never changes. For the owner too; the condition is looked at with every order, the function is called for none. After the
-- row: a trigger before it would fetch and lock every order that changes.

create or replace function exchange.refuse_going_back()
returns trigger
language plpgsql
as $$
begin
    raise exception 'order % is % and cannot become % again, or another order', old.id, old.status, new.status
        using errcode = 'restrict_violation';
end
$$;
comment on function exchange.refuse_going_back is 'Refuses to open an order again, to unfill it, or to make it another one.';

create or replace trigger forward after update on exchange.market_orders
for each row when (
    (old.status in ('filled', 'cancelled') and new.status <> old.status) or new.shares_filled < old.shares_filled
    or new.id <> old.id or new.offering_id <> old.offering_id or new.user_id <> old.user_id or new.order_type <> old.order_type)
execute function exchange.refuse_going_back();
alter table exchange.market_orders enable always trigger forward;

create or replace function exchange.make_trade_partitions(p_from timestamptz, p_until timestamptz)
returns integer
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_made constant integer := app.make_partitions('exchange.market_trades', 'month', p_from, p_until);
    v_partition regclass;
begin
    for v_partition in
        select tree.relid from pg_partition_tree('exchange.market_trades') as tree
        where tree.isleaf and not exists (select from pg_trigger where tgrelid = tree.relid and tgname = 'orders_exist')
    loop
        execute format('create or replace trigger final_whole before truncate on %s for each statement '
                       'execute function exchange.refuse_change()', v_partition);
        execute format('create trigger orders_exist after insert on %s referencing new table as added for each statement '
                       'execute function exchange.check_trade_orders()', v_partition);
        execute format('alter table %s enable always trigger final_whole, enable always trigger orders_exist', v_partition);
    end loop;
    return v_made;
end
$$;
comment on function exchange.make_trade_partitions is
'Makes the missing months of market_trades, each as final and as well checked as the table itself; returns how many.';
grant execute on function exchange.make_trade_partitions(timestamptz, timestamptz) to holdfast_jobs;
select exchange.make_trade_partitions(now(), now() + interval '3 months');

-- ---------------------------------------------------------------------------------------------------------------
-- Audit: what administrators decide. Trades and the ledger are their own record, and orders keep theirs; an offering's row
-- changes with every trade, of which the audit log hears nothing.

create or replace trigger touch before update on exchange.vehicles
for each row execute function app.touch_updated_at();
create or replace trigger audit after insert or update or delete on exchange.vehicles
for each row execute function app.audit('id');
create or replace trigger audit after insert or delete on exchange.vehicle_offerings
for each row execute function app.audit('id');
create or replace trigger audit_decisions
after update of vehicle_id, symbol, status, status_note, hours, shares_issued, issue_price, tick_size, lot_size
on exchange.vehicle_offerings
for each row when (
    (old.vehicle_id, old.symbol, old.status, old.status_note, old.hours, old.shares_issued, old.issue_price, old.tick_size,
     old.lot_size) is distinct from
    (new.vehicle_id, new.symbol, new.status, new.status_note, new.hours, new.shares_issued, new.issue_price, new.tick_size,
     new.lot_size))
execute function app.audit('id');
create or replace trigger audit after insert or update or delete on exchange.cash_transfers
for each row execute function app.audit('id');

-- ---------------------------------------------------------------------------------------------------------------
-- What all writes stand on. LOCKS: a book first (one for each transaction, unless ascending by offering), then cash accounts
-- in the order of their ids, all of one operation at once.

create or replace function exchange.lock_book(p_offering_id bigint) returns void
language sql
as $$ select pg_catalog.pg_advisory_xact_lock(1163, (p_offering_id % 2147483647)::integer) $$;
comment on function exchange.lock_book is
'Waits for an offering''s book, for this transaction. Its orders, holdings and market columns change under this lock only.';

create or replace function exchange.try_lock_book(p_offering_id bigint) returns boolean
language sql
as $$ select pg_catalog.pg_try_advisory_xact_lock(1163, (p_offering_id % 2147483647)::integer) $$;
comment on function exchange.try_lock_book is 'Takes an offering''s book if it is free, without waiting.';

create or replace function exchange.phase(p_offering exchange.vehicle_offerings, p_now timestamptz) returns text
language sql immutable
return case when (p_offering).status <> 'trading' then (p_offering).status
            when p_now >= (p_offering).calls_from then 'call'
            else 'continuous' end;
comment on function exchange.phase is
'continuous; call: orders collect for the auction at next_auction_at; halted; closed. A call lasts until its auction was held.';
grant execute on function exchange.phase(exchange.vehicle_offerings, timestamptz) to holdfast_api, holdfast_jobs;

create or replace function exchange.problem(p_code text, p_detail text, p_more jsonb default '{}') returns jsonb
language sql immutable
return jsonb_build_object('problem', jsonb_build_object('code', p_code, 'detail', p_detail) || p_more);
comment on function exchange.problem is 'A refusal, as functions answer it: {"problem": {code, detail, …}}.';

create or replace function exchange.account_of(p_user_id uuid) returns bigint
language plpgsql
set search_path = pg_catalog
as $$
declare
    v_id bigint;
begin
    select id into v_id from exchange.cash_accounts where user_id = p_user_id;
    if not found then
        insert into exchange.cash_accounts (kind, user_id) values ('user', p_user_id)
        on conflict (user_id) do nothing;
        select id into v_id from exchange.cash_accounts where user_id = p_user_id;
    end if;
    return v_id;
end
$$;
comment on function exchange.account_of is 'A user''s cash account, made at first use.';

create or replace function exchange.commission_account_of(p_offering_id bigint) returns bigint
language plpgsql
as $$
declare
    v_id bigint;
begin
    select id into v_id from exchange.cash_accounts where offering_id = p_offering_id;
    if not found then
        insert into exchange.cash_accounts (kind, offering_id) values ('commission', p_offering_id)
        on conflict (offering_id) do nothing;
        select id into v_id from exchange.cash_accounts where offering_id = p_offering_id;
    end if;
    return v_id;
end
$$;
comment on function exchange.commission_account_of is 'Where the house''s commission on an offering''s trades goes.';

create or replace function exchange.cancel_open_orders(p_offering_id bigint, p_ids bigint[], p_reason text, p_now timestamptz)
returns setof exchange.market_orders
language plpgsql
set search_path = pg_catalog
as $$
begin
    if p_ids is null then -- found by a statement of its own, which has the index that serves it
        p_ids := array(
            select held.id from exchange.market_orders as held
            where held.offering_id = p_offering_id and held.is_open order by held.id);
    end if;
    perform from exchange.cash_accounts
    where user_id in (
        select held.user_id from exchange.market_orders as held
        where held.id = any (p_ids) and held.offering_id = p_offering_id and held.is_open and held.order_type = 'buy')
    order by id for no key update;

    return query
    with cancelled as (
        update exchange.market_orders as held
        set status = 'cancelled', cancel_reason = p_reason, updated_at = p_now
        where held.id = any (p_ids) and held.offering_id = p_offering_id and held.is_open
        returning old.* -- as they were: what was reserved is known
    ), shares_freed as (
        update exchange.share_holdings as held
        set shares_reserved = held.shares_reserved - freed.shares, updated_at = p_now
        from (select user_id, sum(shares_requested - shares_filled)::bigint as shares
              from cancelled where order_type = 'sell' group by user_id) as freed
        where held.offering_id = p_offering_id and held.holder_id = freed.user_id
    ), cash_freed as (
        update exchange.cash_accounts as held
        set reserved = held.reserved - freed.cash
        from (select user_id, sum(reserved_cash) as cash
              from cancelled where order_type = 'buy' group by user_id) as freed
        where held.user_id = freed.user_id
    )
    select * from cancelled;
end
$$;
comment on function exchange.cancel_open_orders is
'Cancels open orders of an offering (null: all) and frees what they reserved; returns them as they were. The caller holds the
book, refreshes the quote and publishes.';

-- ---------------------------------------------------------------------------------------------------------------
-- Marks, derived when read: a trade changes one price in the offering's row, however many hold its shares.

create or replace view exchange.marked_holdings with (security_invoker = true) as
select marked.*,
    marked.market_value - marked.cost as unrealized_gain_loss,
    round((marked.market_value - marked.cost) * 100 / nullif(marked.cost, 0), 2) as unrealized_gain_loss_pct
from (
    select holding.holder_id, holding.offering_id, offering.symbol, holding.shares_owned, holding.shares_reserved,
        holding.cost, holding.entry_price, holding.realised_gain,
        coalesce(offering.current_share_price, offering.issue_price) as current_mark,
        holding.shares_owned * coalesce(offering.current_share_price, offering.issue_price) as market_value,
        offering.last_trade_at, holding.updated_at
    from exchange.share_holdings as holding
    join exchange.vehicle_offerings as offering on offering.id = holding.offering_id
) as marked;
comment on view exchange.marked_holdings is
'Holdings at the last trade''s price, or before any trade at the issue price. Gains leave out commission.';

create or replace view exchange.portfolio_positions with (security_invoker = true) as
select held.*,
    held.total_market_value - held.total_value_at_cost as unrealized_gain_loss,
    round((held.total_market_value - held.total_value_at_cost) * 100 / nullif(held.total_value_at_cost, 0), 2)
        as unrealized_gain_loss_pct
from (
    select holder_id as user_id,
        count(*) filter (where shares_owned > 0) as total_positions,
        sum(shares_owned) as total_shares_owned,
        sum(cost) as total_value_at_cost,
        sum(market_value) as total_market_value,
        sum(realised_gain) as realised_gain
    from exchange.marked_holdings
    group by holder_id
) as held;
comment on view exchange.portfolio_positions is 'What each holder''s shares cost and are worth in all.';

create or replace view exchange.ledger_entries with (security_invoker = true) as
select id, credit_account_id as account_id, kind, amount, trade_id, cash_transfer_id, created_at
from exchange.ledger_transfers
union all
select id, debit_account_id, kind, -amount, trade_id, cash_transfer_id, created_at
from exchange.ledger_transfers;
comment on view exchange.ledger_entries is
'The ledger as each account sees it: positive is what came in. Ask for one account_id: an index then gives the newest first.';

grant select on exchange.marked_holdings, exchange.portfolio_positions, exchange.ledger_entries
to holdfast_api, holdfast_jobs;
