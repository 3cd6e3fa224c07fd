-- squawk-ignore-file ban-drop-constraint, ban-drop-function, require-concurrent-index-creation, require-concurrent-index-deletion
-- The orders that trades name are checked once for each statement that writes trades, and no longer row by row, as the ledger's
-- accounts are: two foreign keys of three columns each took a sixth of the time of a large auction, and needed a unique index of
-- their own, into which every order that was filled wrote an entry. What they stood for stays: the order exists, is of that person
-- and in that offering, and stays so. That it keeps its number, its owner and its offering is what the trigger "forward" sees to.

create function exchange.check_trade_orders() returns trigger
language plpgsql
as $$
declare
    v_wrong record;
begin
    -- "offset 0": each order is looked up by its key, be it for one trade or for an auction's; the keys of all orders of many
    -- years would otherwise be read to compare them with an auction's
    select named.order_id, named.person, named.offering_id into v_wrong
    from (
        select buy_order_id as order_id, buyer_id as person, offering_id from added
        union
        select sell_order_id, seller_id, offering_id from added
    ) as named
    left join lateral (
        select held.user_id, held.offering_id from exchange.market_orders as held where held.id = named.order_id offset 0
    ) as held on true
    where (held.user_id = named.person and held.offering_id = named.offering_id) is not true
    limit 1;
    if found then
        raise exception 'there is no order % of % in offering %, which the trade would name',
            v_wrong.order_id, v_wrong.person, v_wrong.offering_id
            using errcode = 'foreign_key_violation', schema = tg_table_schema, table = tg_table_name;
    end if;
    return null;
end
$$;
comment on function exchange.check_trade_orders is
'Refuses trades of which one names an order that does not exist, is somebody else''s, or is in another offering.';

create function exchange.keep_order() returns trigger
language plpgsql
as $$
begin
    raise exception 'orders are not removed: trades name them' using errcode = 'restrict_violation';
end
$$;
comment on function exchange.keep_order is 'Refuses DELETE and TRUNCATE, whoever asks.';

alter table exchange.market_trades drop constraint fk_buy_order;
alter table exchange.market_trades drop constraint fk_sell_order;
-- what is written to the table; each partition has the same trigger for what is written there directly (routines/exchange.sql)
create trigger orders_exist after insert on exchange.market_trades
referencing new table as added
for each statement execute function exchange.check_trade_orders();
alter table exchange.market_trades enable always trigger orders_exist;

create trigger kept before delete on exchange.market_orders
for each row execute function exchange.keep_order();
create trigger kept_whole before truncate on exchange.market_orders
for each statement execute function exchange.keep_order();
alter table exchange.market_orders enable always trigger kept;
alter table exchange.market_orders enable always trigger kept_whole;

-- "My orders, the newest first" is what is left for the unique index to serve. An order that is filled or cancelled leaves the indexes
-- of what is open, and so gets a second entry: there is room for it, or every page would be split.
alter table exchange.market_orders drop constraint market_orders_user_id_id_offering_id_key;
create index market_orders_user on exchange.market_orders (user_id, id) with (fillfactor = 50);

-- Functions whose arguments change with this; the routines bring their successors.
drop function if exists exchange.settle(
    bigint, text, timestamptz, uuid[], numeric[], bigint[], bigint[], bigint[], integer[], integer[], bigint[], numeric[], text[],
    bigint[], integer[], bigint[], numeric[], numeric[], text, numeric, numeric);
drop function if exists exchange.best_price(bigint, text);
drop function if exists exchange.auction_lines(bigint, text, numeric, bigint);
