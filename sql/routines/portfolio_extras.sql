-- Dividends fallen due, as proposals to the portfolios that held the asset on the day before ex_date.
--
-- Run again for any moment: it ends in the same rows. Looked at are the dividends of the last forty days, all dividends of
-- portfolios whose transactions changed in the last two (somebody imported ten years), and all open proposals. A proposal
-- follows its holding until it is booked or dismissed; it goes when the holding goes, or when the payment has been entered.

create or replace function portfolio.propose_dividends(p_as_of timestamptz, p_portfolio_id bigint default null)
returns bigint
language plpgsql
set timezone = 'UTC'
as $$
declare
    v_today constant date := p_as_of::date;
    v_changed bigint;
begin
    with changed as (
        select distinct trade.portfolio_id from portfolio.transactions as trade
        where trade.updated_at > p_as_of - interval '2 days'
    ), looked_at as (
        select position.portfolio_id, action.id as corporate_action_id, action.asset_id, action.ex_date, action.pay_date,
            action.amount, action.currency
        from market.corporate_actions as action
        join portfolio.portfolio_positions as position on position.asset_id = action.asset_id
        where action.action_type = 'dividend' and action.ex_date <= v_today
            and (p_portfolio_id is null or position.portfolio_id = p_portfolio_id)
            and (p_portfolio_id is not null
                 or action.ex_date > v_today - 40 or action.created_at > p_as_of - interval '40 days'
                 or position.portfolio_id in (select portfolio_id from changed)
                 or exists (
                     select from portfolio.dividend_proposals as open
                     where open.portfolio_id = position.portfolio_id and open.corporate_action_id = action.id
                         and open.status = 'proposed'))
    ), due as materialized (
        select looked_at.portfolio_id, looked_at.corporate_action_id, looked_at.currency, held.quantity,
            trim_scale(held.quantity * looked_at.amount) as amount
        from looked_at
        cross join lateral (
            select sum(entry.amount) as quantity
            from portfolio.entries as entry
            where entry.portfolio_id = looked_at.portfolio_id and entry.asset_id = looked_at.asset_id
                and entry.kind = 'holding' and entry.day < looked_at.ex_date
        ) as held
        where held.quantity > 0
            -- the payment has been entered already, by hand or by an import: about then, and about as much. In another
            -- currency the amount says nothing.
            and not exists (
                select from portfolio.transactions as paid
                where paid.portfolio_id = looked_at.portfolio_id and paid.asset_id = looked_at.asset_id
                    and paid.transaction_type = 'dividend'
                    and paid.timestamp >= coalesce(looked_at.pay_date - 3, looked_at.ex_date)
                    and paid.timestamp < coalesce(looked_at.pay_date + 11, looked_at.ex_date + 46)
                    and (paid.currency <> looked_at.currency
                         or paid.quantity * paid.price between held.quantity * looked_at.amount * 0.6
                                                           and held.quantity * looked_at.amount * 1.4))
    ), gone as (
        delete from portfolio.dividend_proposals as open
        using market.corporate_actions as action
        where action.id = open.corporate_action_id and action.ex_date <= v_today
            and open.status = 'proposed' and (p_portfolio_id is null or open.portfolio_id = p_portfolio_id)
            and not exists (
                select from due
                where due.portfolio_id = open.portfolio_id and due.corporate_action_id = open.corporate_action_id)
        returning 1
    ), proposed as (
        insert into portfolio.dividend_proposals as held (portfolio_id, corporate_action_id, quantity, amount, currency)
        select portfolio_id, corporate_action_id, quantity, amount, currency
        from due
        order by portfolio_id, corporate_action_id
        on conflict (portfolio_id, corporate_action_id) do update
            set quantity = excluded.quantity, amount = excluded.amount, currency = excluded.currency
            where held.status = 'proposed'
                and (held.quantity, held.amount, held.currency) is distinct from
                    (excluded.quantity, excluded.amount, excluded.currency)
        returning 1
    )
    select (select count(*) from gone) + (select count(*) from proposed) into v_changed;
    return v_changed;
end
$$;
comment on function portfolio.propose_dividends is
'Proposes dividends to those who held the asset on the day before ex_date; returns how many proposals changed.';
grant execute on function portfolio.propose_dividends(timestamptz, bigint) to holdfast_jobs;
