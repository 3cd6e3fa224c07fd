-- Trading days: which one a moment belongs to, and that day orders leave a book before anything is done in it on a later day.

grant select on exchange.trading_calendar to holdfast_api;
create policy everybody_reads on exchange.trading_calendar for select to holdfast_api using (true);
revoke insert, update, delete, truncate on exchange.trading_calendar from holdfast_jobs;

create or replace function exchange.trading_day_at(p_moment timestamptz) returns exchange.trading_calendar
language plpgsql stable
as $$
declare
    v_day exchange.trading_calendar;
begin
    select * into v_day from exchange.trading_calendar where ends_at >= p_moment order by ends_at limit 1;
    if v_day.starts_after < p_moment then
        return v_day;
    end if;
    raise exception 'The trading day of % is not known, so it cannot be said which day orders have ended.', p_moment
        using errcode = 'check_violation', constraint = 'trading_calendar_known';
end
$$;
comment on function exchange.trading_day_at is
'The trading day that a moment belongs to. Raises check_violation (trading_calendar_known) where the calendar does not say.';

create or replace function exchange.owners_of_open_orders(p_offering_id bigint) returns uuid[]
language sql stable
return array(
    -- one branch for each partial index
    select user_id from exchange.market_orders
    where offering_id = p_offering_id and is_open and order_type = 'buy' and time_in_force in ('day', 'gtc')
    union
    select user_id from exchange.market_orders
    where offering_id = p_offering_id and is_open and order_type = 'sell' and time_in_force in ('day', 'gtc')
    union
    select user_id from exchange.market_orders
    where offering_id = p_offering_id and is_open and time_in_force in ('at_open', 'at_close'));
comment on function exchange.owners_of_open_orders is 'Everybody who has an open order in this offering.';

-- Every function that lets orders into a book or trades in it compares its moment with day_starts_after and day_ends_at first, and
-- calls this where it does not lie between: mostly after the day's end. It may lie before its beginning too, because moments are those of
-- many machines: then the day is turned back, so that whoever comes next finds an order of the day before.
create or replace function exchange.turn_day(p_offering_id bigint, p_moment timestamptz, p_now timestamptz, p_users uuid[])
returns exchange.vehicle_offerings
language plpgsql
as $$
declare
    v_day constant exchange.trading_calendar := exchange.trading_day_at(p_moment);
    v_ids bigint[];
    v_offering exchange.vehicle_offerings;
begin
    update exchange.vehicle_offerings set day_starts_after = v_day.starts_after, day_ends_at = v_day.ends_at
    where id = p_offering_id;
    v_ids := array(
        select id from exchange.market_orders
        where offering_id = p_offering_id and is_open and time_in_force = 'day' and created_at <= v_day.starts_after);
    if cardinality(v_ids) > 0 then
        -- Accounts are locked once in a transaction: those of everybody who could be concerned by what comes after this.
        perform exchange.lock_cash(exchange.owners_of_open_orders(p_offering_id) || p_users);
        perform exchange.cancel_and_publish(p_offering_id, v_ids, 'expired', p_now);
    end if;
    select * into strict v_offering from exchange.vehicle_offerings where id = p_offering_id;
    return v_offering;
end
$$;
comment on function exchange.turn_day is
'Begins the trading day of p_moment in a book: day orders placed before it expire, and their owners are told. The offering as it is
then. p_users: who is going to act. The caller holds the book, and no cash account.';

create or replace function exchange.keep_calendar(
    p_first date, p_last date, p_days date[], p_starts_after timestamptz[], p_ends_at timestamptz[])
returns bigint
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_removed bigint;
    v_written bigint;
    v_offering bigint;
begin
    if not (app.is_admin() or app.role() = 'job') then
        raise exception 'only a job or an administrator keeps the calendar' using errcode = 'insufficient_privilege';
    end if;
    delete from exchange.trading_calendar where day between p_first and p_last and day <> all (p_days);
    get diagnostics v_removed = row_count;
    insert into exchange.trading_calendar as held (day, starts_after, ends_at)
    select * from unnest(p_days, p_starts_after, p_ends_at)
    on conflict (day) do update set starts_after = excluded.starts_after, ends_at = excluded.ends_at
        where (held.starts_after, held.ends_at) <> (excluded.starts_after, excluded.ends_at);
    get diagnostics v_written = row_count;
    -- A closing that was announced late: a day that is under way ends at another time than its book was told.
    if v_removed + v_written > 0 then
        for v_offering in
            select offering.id from exchange.vehicle_offerings as offering
            where offering.day_ends_at is not null and not exists (
                select from exchange.trading_calendar as held
                where held.starts_after = offering.day_starts_after and held.ends_at = offering.day_ends_at)
            order by offering.id
        loop
            perform exchange.lock_book(v_offering);
            update exchange.vehicle_offerings set day_starts_after = null, day_ends_at = null where id = v_offering;
        end loop;
    end if;
    return v_removed + v_written;
end
$$;
comment on function exchange.keep_calendar is
'Sets the trading days from p_first to p_last: these and no others. Returns how many were not as they should be.';
grant execute on function exchange.keep_calendar(date, date, date[], timestamptz[], timestamptz[]) to holdfast_api, holdfast_jobs;
