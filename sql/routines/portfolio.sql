-- The portfolios' security page, the functions that write what follows from transactions, and what tells of a change.

call app.clear_security('portfolio');
call app.let_jobs('portfolio');

-- ---------------------------------------------------------------------------------------------------------------
-- Who sees what: everyone their own portfolios and what is in them; administrators too, and no more. What follows from
-- transactions (entries, lots, positions, cash) is written by portfolio.write_ledger only.

grant select, delete on portfolio.portfolios to holdfast_api;
grant insert (user_id, name, currency, cost_method, cash_mode, allow_short),
    update (name, currency, cost_method, cash_mode, allow_short) on portfolio.portfolios to holdfast_api;
create policy own_portfolios on portfolio.portfolios to holdfast_api
using (user_id = (select app.user_id())) with check (user_id = (select app.user_id()));

-- The caller's portfolios are looked up once a statement, whatever it reads.
do $$
declare
    v_table text;
begin
    foreach v_table in array array[
        'transactions', 'entries', 'lots', 'portfolio_positions', 'cash_balances', 'portfolio_snapshots',
        'portfolio_performance_cache', 'rule_settings', 'dividend_proposals']
    loop
        execute format('grant select on portfolio.%I to holdfast_api', v_table);
        execute format(
            'create policy own_portfolios on portfolio.%1$I to holdfast_api '
            'using (portfolio_id in (select id from portfolio.portfolios where user_id = (select app.user_id()))) '
            'with check (portfolio_id in (select id from portfolio.portfolios where user_id = (select app.user_id())))',
            v_table);
    end loop;
end
$$;

grant delete,
    insert (portfolio_id, asset_id, transaction_type, quantity, price, currency, fee, fee_currency, tax, timestamp,
            notes, external_id),
    update (asset_id, transaction_type, quantity, price, currency, fee, fee_currency, tax, timestamp, notes, external_id,
            updated_at)
on portfolio.transactions to holdfast_api;
grant insert, update, delete on portfolio.rule_settings to holdfast_api;
grant update (status, transaction_id) on portfolio.dividend_proposals to holdfast_api;

create or replace trigger touch before update on portfolio.portfolios
for each row execute function app.touch_updated_at();

-- ---------------------------------------------------------------------------------------------------------------
-- A new portfolio has a row in the performance cache, which waits to be computed.

create or replace function portfolio.prepare_portfolio()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    insert into portfolio.portfolio_performance_cache (portfolio_id) values (new.id);
    return null;
end
$$;
create or replace trigger prepare after insert on portfolio.portfolios
for each row execute function portfolio.prepare_portfolio();

-- ---------------------------------------------------------------------------------------------------------------
-- Whatever happens to transactions is told on the channel transaction_created, and the performance cache of their
-- portfolios is invalid, in the same transaction. Once a statement: an import of ten thousand rows updates the cache once.

create or replace function portfolio.notify_transaction_created()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    if current_setting('portfolio.writing_ledger', true) = 'on' then
        return null; -- only what follows from the transactions is being written
    end if;
    if tg_op <> 'DELETE' then
        perform pg_notify('transaction_created', json_build_object(
            'transaction_id', id, 'asset_id', asset_id, 'timestamp', timestamp, 'operation', lower(tg_op))::text)
        from new_rows;
        update portfolio.portfolio_performance_cache set valid = false
        where portfolio_id in (select portfolio_id from new_rows);
    else
        perform pg_notify('transaction_created', json_build_object(
            'transaction_id', id, 'asset_id', asset_id, 'timestamp', timestamp, 'operation', 'delete')::text)
        from old_rows;
        update portfolio.portfolio_performance_cache set valid = false
        where portfolio_id in (select portfolio_id from old_rows);
    end if;
    return null;
end
$$;
comment on function portfolio.notify_transaction_created is
'Tells listeners about transactions and invalidates the performance cache of their portfolios.';

create or replace trigger transaction_created_trigger after insert on portfolio.transactions
referencing new table as new_rows for each statement execute function portfolio.notify_transaction_created();
create or replace trigger transaction_changed_trigger after update on portfolio.transactions
referencing new table as new_rows for each statement execute function portfolio.notify_transaction_created();
create or replace trigger transaction_deleted_trigger after delete on portfolio.transactions
referencing old table as old_rows for each statement execute function portfolio.notify_transaction_created();

create or replace function portfolio.invalidate_cache(p_portfolio_id bigint)
returns void
language sql
security definer
set search_path = pg_catalog
as $$
    update portfolio.portfolio_performance_cache as cached set valid = false
    from portfolio.portfolios as portfolio
    where cached.portfolio_id = p_portfolio_id and portfolio.id = p_portfolio_id
        and (portfolio.user_id = app.user_id() or app.role() = 'job')
$$;
comment on function portfolio.invalidate_cache is 'For changes that are not of transactions: the cost method, a split.';
grant execute on function portfolio.invalidate_cache(bigint) to holdfast_api, holdfast_jobs;

-- ---------------------------------------------------------------------------------------------------------------
-- Writing what follows from transactions. p_changes:
--   transactions  [[id, place, realised, implied], …]: outcomes that changed; their entries are replaced
--   entries       [[place, transaction, day, kind, asset, currency, amount], …]: of those transactions (and of splits)
--   lots          [[asset, place, transaction, opened at, quantity, cost, currency], …]
--   lots_gone     [[asset, place], …]
--   positions     [[asset, quantity, average price, cost, currency, first purchase, realised, dividends], …]
--   cash          [[currency, amount], …]
--   whole         true: lots, positions and cash are all there are, and split entries are replaced; what is stored already
--                 as it is, is not touched
-- The caller holds the lock on the portfolio's row.

create or replace function portfolio.write_ledger(p_portfolio_id bigint, p_changes jsonb)
returns void
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_whole constant boolean := (p_changes ->> 'whole')::boolean;
begin
    if coalesce(app.role(), '') <> 'job' and not exists (
        select from portfolio.portfolios where id = p_portfolio_id and user_id = app.user_id())
    then
        raise exception 'one may only write one''s own portfolio' using errcode = 'insufficient_privilege';
    end if;
    perform set_config('portfolio.writing_ledger', 'on', true);

    -- entries of transactions that are gone went with them (on delete cascade)
    delete from portfolio.entries as old
    using jsonb_array_elements(p_changes -> 'transactions') as item
    where old.transaction_id = (item ->> 0)::bigint and old.portfolio_id = p_portfolio_id;
    if v_whole then
        delete from portfolio.entries where portfolio_id = p_portfolio_id and transaction_id is null;
    end if;

    update portfolio.transactions as held
    set place = (item ->> 1)::bigint, realised_gain = (item ->> 2)::numeric, implied = nullif(item -> 3, 'null')
    from jsonb_array_elements(p_changes -> 'transactions') as item
    where held.id = (item ->> 0)::bigint and held.portfolio_id = p_portfolio_id;

    insert into portfolio.entries (portfolio_id, place, transaction_id, day, kind, asset_id, currency, amount)
    select p_portfolio_id, (item ->> 0)::bigint, (item ->> 1)::bigint, (item ->> 2)::date, item ->> 3,
        (item ->> 4)::bigint, item ->> 5, (item ->> 6)::numeric
    from jsonb_array_elements(p_changes -> 'entries') as item;

    if v_whole then
        delete from portfolio.lots as old
        where old.portfolio_id = p_portfolio_id and (old.asset_id, old.place) not in (
            select (item ->> 0)::bigint, (item ->> 1)::bigint from jsonb_array_elements(p_changes -> 'lots') as item);
        delete from portfolio.portfolio_positions as old
        where old.portfolio_id = p_portfolio_id and old.asset_id not in (
            select (item ->> 0)::bigint from jsonb_array_elements(p_changes -> 'positions') as item);
        delete from portfolio.cash_balances as old
        where old.portfolio_id = p_portfolio_id and old.currency not in (
            select item ->> 0 from jsonb_array_elements(p_changes -> 'cash') as item);
    else
        delete from portfolio.lots as old
        using jsonb_array_elements(p_changes -> 'lots_gone') as item
        where old.portfolio_id = p_portfolio_id and old.asset_id = (item ->> 0)::bigint
            and old.place = (item ->> 1)::bigint;
    end if;

    insert into portfolio.lots as held
        (portfolio_id, asset_id, place, transaction_id, opened_at, quantity, cost, currency)
    select p_portfolio_id, (item ->> 0)::bigint, (item ->> 1)::bigint, (item ->> 2)::bigint, (item ->> 3)::timestamptz,
        (item ->> 4)::numeric, (item ->> 5)::numeric, item ->> 6
    from jsonb_array_elements(p_changes -> 'lots') as item
    on conflict (portfolio_id, asset_id, place) do update
        set transaction_id = excluded.transaction_id, opened_at = excluded.opened_at, quantity = excluded.quantity,
            cost = excluded.cost, currency = excluded.currency
        where (held.transaction_id, held.opened_at, held.quantity, held.cost, held.currency) is distinct from
            (excluded.transaction_id, excluded.opened_at, excluded.quantity, excluded.cost, excluded.currency);

    insert into portfolio.portfolio_positions as held (
        portfolio_id, asset_id, quantity, average_buy_price, cost, currency, first_purchase_date, realised_gain, dividends)
    select p_portfolio_id, (item ->> 0)::bigint, (item ->> 1)::numeric, (item ->> 2)::numeric, (item ->> 3)::numeric,
        item ->> 4, (item ->> 5)::date, (item ->> 6)::numeric, (item ->> 7)::numeric
    from jsonb_array_elements(p_changes -> 'positions') as item
    on conflict (portfolio_id, asset_id) do update
        set quantity = excluded.quantity, average_buy_price = excluded.average_buy_price, cost = excluded.cost,
            currency = excluded.currency, first_purchase_date = excluded.first_purchase_date,
            realised_gain = excluded.realised_gain, dividends = excluded.dividends, last_updated = now()
        where (held.quantity, held.average_buy_price, held.cost, held.currency, held.first_purchase_date,
               held.realised_gain, held.dividends) is distinct from
            (excluded.quantity, excluded.average_buy_price, excluded.cost, excluded.currency,
             excluded.first_purchase_date, excluded.realised_gain, excluded.dividends);

    insert into portfolio.cash_balances as held (portfolio_id, currency, amount)
    select p_portfolio_id, item ->> 0, (item ->> 1)::numeric
    from jsonb_array_elements(p_changes -> 'cash') as item
    on conflict (portfolio_id, currency) do update set amount = excluded.amount
        where held.amount is distinct from excluded.amount;

    perform set_config('portfolio.writing_ledger', '', true);
end
$$;
comment on function portfolio.write_ledger is 'Replaces what follows from changed transactions, set by set, in one call.';
grant execute on function portfolio.write_ledger(bigint, jsonb) to holdfast_api, holdfast_jobs;

-- ---------------------------------------------------------------------------------------------------------------
-- Splits that a portfolio's entries lack although it held the asset: those booked since it was last written.

create or replace function portfolio.lacking_splits(p_action_id bigint, p_portfolio_id bigint)
returns table (portfolio_id bigint, corporate_action_id bigint)
language sql stable
as $$
    select position.portfolio_id, action.id
    from market.corporate_actions as action
    join portfolio.portfolio_positions as position
        on position.asset_id = action.asset_id and position.first_purchase_date < action.ex_date
    where action.action_type = 'split' and action.applied_at is not null
        and (p_action_id is null or action.id = p_action_id)
        and (p_portfolio_id is null or position.portfolio_id = p_portfolio_id)
        and not exists (
            select from portfolio.entries as entry
            where entry.portfolio_id = position.portfolio_id and entry.day = action.ex_date and entry.kind = 'split'
                and entry.asset_id = action.asset_id)
        and (
            select coalesce(sum(entry.amount), 0) <> 0 from portfolio.entries as entry
            where entry.portfolio_id = position.portfolio_id and entry.day < action.ex_date and entry.kind = 'holding'
                and entry.asset_id = action.asset_id)
$$;
comment on function portfolio.lacking_splits is 'Portfolios that held an asset at a split which they have not booked; null: any.';
grant execute on function portfolio.lacking_splits(bigint, bigint) to holdfast_api, holdfast_jobs;
