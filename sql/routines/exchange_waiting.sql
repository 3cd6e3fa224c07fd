-- A busy book: orders that find it taken are written down and wait. Whoever gets the book next takes all of them at once.

create or replace function exchange.place_order(p_offering_id bigint, p_order jsonb, p_key text, p_now timestamptz)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
    v_user constant uuid := app.user_id();
    v_id bigint;
    v_same boolean;
    v_led bigint;
begin
    if p_key is not null then
        select id, offering_id = p_offering_id and request = p_order into v_id, v_same
        from exchange.waiting_orders where user_id = v_user and request_key = p_key;
        if v_same then
            return jsonb_build_object('waiting', v_id);
        elsif v_id is not null then -- of a request so old that its key is free again
            update exchange.waiting_orders set request_key = null where id = v_id;
        end if;
    end if;
    if exchange.try_lock_book(p_offering_id) then
        v_led := exchange.lead(p_offering_id, p_now);
        return jsonb_build_object('result', exchange.place_one(p_offering_id, v_user, p_order, p_now), 'led', v_led);
    end if;
    -- The commit of whoever matches it comes later in the same log, and is waited for: this one need not be.
    perform set_config('synchronous_commit', 'off', true);
    insert into exchange.waiting_orders (offering_id, user_id, request, request_key)
    values (p_offering_id, v_user, p_order, p_key)
    on conflict (user_id, request_key) do nothing
    returning id into v_id;
    if v_id is null then
        select id into strict v_id from exchange.waiting_orders where user_id = v_user and request_key = p_key;
    end if;
    return jsonb_build_object('waiting', v_id);
end
$$;
comment on function exchange.place_order is
'Places the caller''s order if the book is free, after all that wait: {"result": …, "led": how many those were}. Otherwise it waits:
{"waiting": id}, to be awaited after a commit. So it does where the same request waits or waited under the same key.';
grant execute on function exchange.place_order(bigint, jsonb, text, timestamptz) to holdfast_api;

create or replace function exchange.await_order(p_waiting_id bigint, p_now timestamptz)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
    v_user constant uuid := app.user_id();
    v_offering_id bigint;
    v_result jsonb;
begin
    select offering_id, result into v_offering_id, v_result from exchange.waiting_orders where id = p_waiting_id and user_id = v_user;
    if v_offering_id is null then
        return exchange.problem('order_unknown', 'No order of yours waits here.');
    end if;
    if v_result is null then
        perform exchange.lock_book(v_offering_id);
        select result into v_result from exchange.waiting_orders where id = p_waiting_id;
    end if;
    if v_result is null then
        perform exchange.lead(v_offering_id, p_now);
        select result into strict v_result from exchange.waiting_orders where id = p_waiting_id;
    end if;
    return v_result;
end
$$;
comment on function exchange.await_order is
'Waits for an order that was put down because the book was busy; places it, and all others that wait, if nobody has. Its result.';
grant execute on function exchange.await_order(bigint, timestamptz) to holdfast_api;

create or replace function exchange.lead(p_offering_id bigint, p_now timestamptz)
returns bigint
language plpgsql
as $$
declare
    v_waiting exchange.waiting_orders;
    v_result jsonb;
    v_done bigint := 0;
begin
    for v_waiting in
        select * from exchange.waiting_orders where offering_id = p_offering_id and result is null order by id
    loop
        v_result := exchange.place_one(p_offering_id, v_waiting.user_id, v_waiting.request, p_now, true);
        -- what is refused leaves its key free
        update exchange.waiting_orders
        set result = v_result, request_key = case when v_result ? 'problem' then null else request_key end
        where id = v_waiting.id;
        v_done := v_done + 1;
    end loop;
    return v_done;
end
$$;
comment on function exchange.lead is 'Places all orders that wait for a book, each for its own user; how many. The caller holds the book.';

create or replace function exchange.serve_waiting(p_offering_id bigint, p_now timestamptz)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
begin
    perform exchange.lock_book(p_offering_id);
    return exchange.lead(p_offering_id, p_now);
end
$$;
comment on function exchange.serve_waiting is 'Places the orders that wait for a book because whoever placed them has gone; how many.';
grant execute on function exchange.serve_waiting(bigint, timestamptz) to holdfast_jobs;
