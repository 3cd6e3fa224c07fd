-- A busy book: orders that find it taken are written down and wait. Whoever gets the book next leads: takes all that wait, matches
-- them in one go, and writes everybody's results behind one commit.

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
begin
    if p_key is not null then
        select id, request = p_order and offering_id = p_offering_id into v_id, v_same
        from exchange.waiting_orders where user_id = v_user and request_key = p_key;
        if v_same then
            return jsonb_build_object('waiting', v_id);
        elsif v_id is not null then -- keys are forgotten after a time, and may come again with another request
            update exchange.waiting_orders set request_key = null where id = v_id;
        end if;
    end if;
    if exchange.try_lock_book(p_offering_id) then
        if not exists (select from exchange.waiting_orders where offering_id = p_offering_id and result is null) then
            return jsonb_build_object('result', exchange.place_one(p_offering_id, v_user, p_order, p_now), 'led', false);
        end if;
        return jsonb_build_object('result', exchange.lead(p_offering_id, p_now, v_user, p_order), 'led', true);
    end if;
    -- The commit of whoever matches it comes later in the same log, and is waited for: this one need not be.
    perform set_config('synchronous_commit', 'off', true);
    insert into exchange.waiting_orders (offering_id, user_id, request, request_key)
    select id, v_user, p_order, p_key from exchange.vehicle_offerings where id = p_offering_id
    on conflict (user_id, request_key) where request_key is not null do nothing
    returning id into v_id;
    if v_id is null then -- the same request came twice at the same moment, or there is no such offering
        select id into v_id from exchange.waiting_orders where user_id = v_user and request_key = p_key;
        if not found then
            return jsonb_build_object('result', exchange.problem_unknown_offering(), 'led', false);
        end if;
    end if;
    return jsonb_build_object('waiting', v_id);
end
$$;
comment on function exchange.place_order is
'Places the caller''s order if the book is free: {"result": …, "led": whether orders of others were placed before it, so that this must be
committed even if the result is a problem}. Otherwise it waits: {"waiting": id}, to be awaited after a commit.';
grant execute on function exchange.place_order(bigint, jsonb, text, timestamptz) to holdfast_api;

create or replace function exchange.place_order_as(
    p_user_id uuid, p_role text, p_origin text, p_offering_id bigint, p_order jsonb, p_now timestamptz) returns jsonb
language plpgsql
as $$
begin
    perform app.act_as(p_user_id, p_role, p_origin);
    return exchange.place_order(p_offering_id, p_order, null, p_now);
end
$$;
comment on function exchange.place_order_as is
'Places somebody''s order as a transaction of its own, in one round trip. With the caller''s rights: whoever calls it could act as them
anyway.';
grant execute on function exchange.place_order_as(uuid, text, text, bigint, jsonb, timestamptz) to holdfast_api;

-- Who is first among those that wait stands for the group: one of its members takes the lock with that number and waits for the
-- book, the others wait for that lock. All of them wake when that one is done; then somebody else is first, so that the old lock,
-- which each holds until it has its answer, is in nobody's way.
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
    v_first bigint;
    v_group bigint; -- whose lock this holds together with others
begin
    loop
        select held.offering_id, held.result,
            (select id from exchange.waiting_orders where offering_id = held.offering_id and result is null order by id limit 1)
        into v_offering_id, v_result, v_first
        from exchange.waiting_orders as held where held.id = p_waiting_id and held.user_id = v_user;
        if not found then
            return exchange.problem('order_unknown', 'No order of yours waits under this number.');
        end if;
        if v_result is not null or v_first = v_group then
            return v_result; -- null: who was to place that group has failed, and nobody can while this holds its lock
        end if;
        if pg_try_advisory_xact_lock(1164, (v_first % 2147483647)::integer) then
            perform exchange.lock_book(v_offering_id);
            select result into v_result from exchange.waiting_orders where id = p_waiting_id;
            if v_result is not null then
                return v_result;
            end if;
            perform exchange.lead(v_offering_id, p_now);
        else
            v_group := v_first;
            perform pg_advisory_xact_lock_shared(1164, (v_first % 2147483647)::integer);
        end if;
    end loop;
end
$$;
comment on function exchange.await_order is
'The result of an order that was put down because the book was busy; places it, with all others that wait, if nobody has. Null: it waits
still, and is to be awaited again after a commit.';
grant execute on function exchange.await_order(bigint, timestamptz) to holdfast_api;

create or replace function exchange.await_order_as(
    p_user_id uuid, p_role text, p_origin text, p_waiting_id bigint, p_now timestamptz) returns jsonb
language plpgsql
as $$
begin
    perform app.act_as(p_user_id, p_role, p_origin);
    return exchange.await_order(p_waiting_id, p_now);
end
$$;
comment on function exchange.await_order_as is
'Awaits somebody''s order as a transaction of its own, in one round trip; with the caller''s rights, like place_order_as.';
grant execute on function exchange.await_order_as(uuid, text, text, bigint, timestamptz) to holdfast_api;

drop function if exists exchange.lead(bigint, timestamptz, uuid, jsonb); -- as it answered once
create or replace function exchange.lead(
    p_offering_id bigint, p_now timestamptz, p_user_id uuid default null, p_order jsonb default null) returns jsonb
language plpgsql
as $$
declare
    v_ids bigint[];
    v_users uuid[];
    v_requests jsonb;
    v_results jsonb;
begin
    select array_agg(id order by id), array_agg(user_id order by id), jsonb_agg(request order by id)
    into v_ids, v_users, v_requests
    from (select held.id, held.user_id, held.request from exchange.waiting_orders as held
          where held.offering_id = p_offering_id and held.result is null order by held.id limit 1000) as waiting;
    if p_order is not null then
        v_users := v_users || p_user_id;
        v_requests := coalesce(v_requests, '[]') || p_order;
    elsif v_ids is null then
        return null;
    end if;
    begin
        v_results := case when cardinality(v_users) = 1
            then jsonb_build_array(exchange.place_one(p_offering_id, v_users[1], v_requests -> 0, p_now))
            else exchange.place_many(p_offering_id, v_users, v_requests, p_now) end;
    exception
        when lock_not_available or deadlock_detected then
            raise;
        when others then -- one of them cannot be placed: which, shows by itself, and stops no other
            raise warning 'orders that waited for a book are placed one by one: % (%)', sqlerrm, sqlstate;
            v_results := '[]';
            for v_place in 1 .. cardinality(v_users) loop
                v_results := v_results || exchange.place_alone(p_offering_id, v_users[v_place], v_requests -> v_place - 1, p_now);
            end loop;
    end;
    update exchange.waiting_orders as held
    set result = done.result
    from unnest(v_ids, array(select jsonb_array_elements(v_results))) as done (id, result)
    where held.id = done.id;
    return case when p_order is not null then v_results -> -1 end;
end
$$;
comment on function exchange.lead is
'Places all orders that wait for a book, each for its own user, and last this one, whose result it returns. The caller holds the book.';

create or replace function exchange.place_alone(p_offering_id bigint, p_user_id uuid, p_order jsonb, p_now timestamptz) returns jsonb
language plpgsql
as $$
begin
    return exchange.place_one(p_offering_id, p_user_id, p_order, p_now);
exception
    when lock_not_available or deadlock_detected then
        raise;
    when others then
        raise warning 'an order that waited for a book cannot be placed: % (%)', sqlerrm, sqlstate;
        return exchange.problem('order_failed', 'This order could not be placed, and nothing of it remains. Look it over and send it anew.');
end
$$;
comment on function exchange.place_alone is 'Places an order so that, whatever is wrong with it, the others that wait go on.';

create or replace function exchange.serve_waiting(p_offering_id bigint, p_now timestamptz)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
    v_count bigint;
begin
    perform exchange.lock_book(p_offering_id);
    select count(*) into v_count from exchange.waiting_orders where offering_id = p_offering_id and result is null;
    perform exchange.lead(p_offering_id, p_now);
    return least(v_count, 1000);
end
$$;
comment on function exchange.serve_waiting is
'Places orders that wait for a book because whoever asked for them is gone; how many (at most 1,000 at a time).';
grant execute on function exchange.serve_waiting(bigint, timestamptz) to holdfast_jobs;
