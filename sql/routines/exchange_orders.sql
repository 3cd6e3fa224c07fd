-- What a preview of an order may see of the book: prices and shares, never whose they are.

create or replace function exchange.preview_fills(p_offering_id bigint, p_order_type text, p_price numeric, p_shares bigint)
returns table (price numeric, shares bigint)
language plpgsql
stable
security definer
set search_path = pg_catalog
as $$
declare
    v_offering exchange.vehicle_offerings;
begin
    select * into v_offering from exchange.vehicle_offerings where id = p_offering_id;
    return query
    select fill.price, fill.shares
    from exchange.meet(v_offering, p_order_type, p_price, p_shares, false) as met
    cross join lateral unnest(met.prices, met.shares) with ordinality as fill (price, shares, place)
    order by fill.place;
end
$$;
comment on function exchange.preview_fills is
'The shares that an order would meet in the book now, order by order: the best price first, then the oldest. Without a lock.';
grant execute on function exchange.preview_fills(bigint, text, numeric, bigint) to holdfast_api;
