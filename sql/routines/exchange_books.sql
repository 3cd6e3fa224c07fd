-- The check of the books: what is kept with every order and trade, computed once more from what it follows from. Stable, so that
-- all of it looks at one moment; with the reader's rights, so that it can be believed only of who sees every row.

create or replace function exchange.wrong_candles(p_from timestamptz, p_until timestamptz)
returns table (offering_id bigint, snapshot_hour timestamptz, expected numeric[], found numeric[])
language sql stable
as $$
    select coalesce(candle.offering_id, traded.offering_id), coalesce(candle.snapshot_hour, traded.hour), traded.figures, candle.figures
    from (
        select held.offering_id, held.snapshot_hour, array[held.open_price, held.high_price, held.low_price, held.close_price,
            held.volume_shares, held.volume_usd, held.trade_count] as figures
        from exchange.market_snapshots as held
        where held.snapshot_hour >= date_trunc('hour', p_from, 'UTC') and held.snapshot_hour <= p_until
    ) as candle
    full join (
        select trade.offering_id, date_trunc('hour', trade.executed_at, 'UTC') as hour,
            array[(array_agg(trade.price_per_share order by trade.id))[1], max(trade.price_per_share), min(trade.price_per_share),
                  (array_agg(trade.price_per_share order by trade.id desc))[1], sum(trade.shares_traded), sum(trade.total_value),
                  count(*)] as figures
        from exchange.market_trades as trade
        where trade.executed_at >= date_trunc('hour', p_from, 'UTC')
            and trade.executed_at < date_trunc('hour', p_until, 'UTC') + interval '1 hour'
        group by 1, 2
    ) as traded on traded.offering_id = candle.offering_id and traded.hour = candle.snapshot_hour
    where candle.figures is distinct from traded.figures
$$;
comment on function exchange.wrong_candles is
'Candles from the hour of one moment to that of another that are not what the trades make of them: open, high, low, close, shares,
value, trades.';
grant execute on function exchange.wrong_candles(timestamptz, timestamptz) to holdfast_api, holdfast_jobs;

create or replace function exchange.check_books(p_now timestamptz default now())
returns table (rule text, subject text, expected text, found text)
language sql stable
set work_mem = '64MB' -- every row is sorted or hashed once; on disk that takes ten times as long
as $$
    -- cash
    select 'balance_is_ledger', format('account %s', account.id), coalesce(entries.total, 0)::text, account.balance::text
    from exchange.cash_accounts as account
    left join (
        select account_id, sum(amount) as total from exchange.ledger_entries group by account_id
    ) as entries on entries.account_id = account.id
    where account.balance <> coalesce(entries.total, 0)

    union all
    select 'balances_sum_to_zero', 'all accounts', '0', sum(balance)::text
    from exchange.cash_accounts having sum(balance) <> 0

    union all
    select 'reserved_cash', format('account %s', account.id), coalesce(needs.total, 0)::text, account.reserved::text
    from exchange.cash_accounts as account
    left join (
        select user_id, sum(amount) as total
        from (
            select user_id, reserved_cash as amount from exchange.market_orders where is_open and order_type = 'buy'
            union all
            select user_id, amount from exchange.cash_transfers where status = 'pending' and kind = 'withdrawal'
        ) as need
        group by user_id
    ) as needs on needs.user_id = account.user_id
    where account.reserved <> coalesce(needs.total, 0)

    union all
    select 'transfer_is_in_ledger', format('transfer %s', transfer.id),
        case when transfer.status = 'confirmed' then transfer.kind || ' ' || transfer.amount end,
        entry.kind || ' ' || entry.amount
    from exchange.cash_transfers as transfer
    left join exchange.ledger_transfers as entry on entry.cash_transfer_id = transfer.id
    left join exchange.cash_accounts as account
        on account.id = case transfer.kind when 'deposit' then entry.credit_account_id else entry.debit_account_id end
    where (transfer.status = 'confirmed') <> (entry.id is not null)
        or (entry.kind, entry.amount, account.user_id) is distinct from (transfer.kind, transfer.amount, transfer.user_id)
            and entry.id is not null

    union all
    select 'trade_is_in_ledger', format('trade %s', coalesce(trade.id, entry.trade_id)), trade.expected, entry.found
    from (
        select trade.id,
            format('trade %s from %s to %s', trade.total_value, buyer.id, seller.id)
                || case when trade.nuke_commission_amount > 0
                        then format(', commission %s from %s to %s', trade.nuke_commission_amount, buyer.id, house.id)
                        else '' end as expected
        from exchange.market_trades as trade
        left join exchange.cash_accounts as buyer on buyer.user_id = trade.buyer_id
        left join exchange.cash_accounts as seller on seller.user_id = trade.seller_id
        left join exchange.cash_accounts as house on house.offering_id = trade.offering_id
    ) as trade
    full join (
        select trade_id, string_agg(
            format('%s %s from %s to %s', kind, amount, debit_account_id, credit_account_id), ', ' order by kind desc) as found
        from exchange.ledger_transfers where trade_id is not null group by trade_id
    ) as entry on entry.trade_id = trade.id
    where trade.expected is distinct from entry.found

    -- shares
    union all
    select 'shares_issued', format('offering %s', offering.id), offering.shares_issued::text, coalesce(held.total, 0)::text
    from exchange.vehicle_offerings as offering
    left join (
        select offering_id, sum(shares_owned) as total from exchange.share_holdings group by offering_id
    ) as held on held.offering_id = offering.id
    where offering.shares_issued <> coalesce(held.total, 0)

    union all
    select 'reserved_shares', format('offering %s, holder %s', coalesce(held.offering_id, sells.offering_id),
        coalesce(held.holder_id, sells.user_id)), coalesce(sells.total, 0)::text, coalesce(held.shares_reserved, 0)::text
    from exchange.share_holdings as held
    full join (
        select offering_id, user_id, sum(shares_requested - shares_filled) as total
        from exchange.market_orders where is_open and order_type = 'sell' group by offering_id, user_id
    ) as sells on sells.offering_id = held.offering_id and sells.user_id = held.holder_id
    where coalesce(held.shares_reserved, 0) <> coalesce(sells.total, 0)

    -- What a holding has that its trades do not explain was issued: to one holder, all of it, at the issue price.
    union all
    select 'holding_is_issue_and_trades', format('offering %s, holder %s', rest.offering_id, rest.holder_id),
        'the issue or nothing', format('%s shares, cost %s, realised %s', rest.shares, rest.cost, rest.realised)
    from (
        select moved.offering_id, moved.holder_id, sum(moved.shares) as shares, sum(moved.cost) as cost,
            sum(moved.realised) as realised,
            count(nullif(sum(moved.shares), 0)) over (partition by moved.offering_id) as issued_to
        from (
            select offering_id, holder_id, shares_owned::numeric as shares, cost, realised_gain as realised
            from exchange.share_holdings
            union all
            select offering_id, buyer_id, -sum(shares_traded), -sum(total_value), 0
            from exchange.market_trades group by offering_id, buyer_id
            union all
            select offering_id, seller_id, sum(shares_traded), sum(seller_cost), -sum(total_value - seller_cost)
            from exchange.market_trades group by offering_id, seller_id
        ) as moved
        group by moved.offering_id, moved.holder_id
    ) as rest
    join exchange.vehicle_offerings as offering on offering.id = rest.offering_id
    where rest.realised <> 0
        or (rest.shares, rest.cost) <> (0, 0)
            and ((rest.shares, rest.cost) <> (offering.shares_issued, offering.shares_issued * offering.issue_price)
                 or rest.issued_to <> 1)

    -- orders
    union all
    select 'order_is_its_trades', format('order %s', orders.id),
        format('%s shares, value %s, commission %s', coalesce(fills.shares, 0), coalesce(fills.value, 0),
               coalesce(fills.commission, 0)),
        format('%s shares, value %s, commission %s', orders.shares_filled, orders.filled_value, orders.commission)
    from exchange.market_orders as orders
    left join (
        select buy_order_id as order_id, sum(shares_traded) as shares, sum(total_value) as value,
            sum(nuke_commission_amount) as commission
        from exchange.market_trades group by buy_order_id
        union all
        select sell_order_id, sum(shares_traded), sum(total_value), 0 from exchange.market_trades group by sell_order_id
    ) as fills on fills.order_id = orders.id
    where (orders.shares_filled, orders.filled_value, orders.commission)
        <> (coalesce(fills.shares, 0), coalesce(fills.value, 0), coalesce(fills.commission, 0))

    union all
    select 'own_orders_never_cross', format('offering %s, user %s', offering_id, user_id), null,
        format('buys up to %s, sells from %s', max(price_per_share) filter (where order_type = 'buy'),
               min(coalesce(price_per_share, 0)) filter (where order_type = 'sell'))
    from exchange.market_orders where is_open
    group by offering_id, user_id
    having max(price_per_share) filter (where order_type = 'buy')
        >= min(coalesce(price_per_share, 0)) filter (where order_type = 'sell')

    union all
    select 'nothing_open_once_closed', format('order %s', orders.id), 'cancelled', orders.status
    from exchange.market_orders as orders
    join exchange.vehicle_offerings as offering on offering.id = orders.offering_id
    where orders.is_open and offering.status = 'closed'

    -- A book that is at a day has none of the days before; and where nobody touched it, the job has been there within ten minutes.
    union all
    select 'day_order_of_an_ended_day', format('order %s', orders.id), 'expired', orders.status
    from exchange.market_orders as orders
    join exchange.vehicle_offerings as offering on offering.id = orders.offering_id
    where orders.is_open and orders.time_in_force = 'day'
        and orders.created_at <= greatest(offering.day_starts_after, (
            select max(ends_at) from exchange.trading_calendar where ends_at < p_now - interval '10 minutes'))

    -- the market as it stands
    union all
    select 'quote_is_book', format('offering %s', offering.id), format('bid %s, ask %s', book.bid, book.ask),
        format('bid %s, ask %s', offering.highest_bid, offering.lowest_ask)
    from exchange.vehicle_offerings as offering
    left join (
        select offering_id, max(price_per_share) filter (where order_type = 'buy') as bid,
            min(price_per_share) filter (where order_type = 'sell') as ask
        from exchange.market_orders where is_open and time_in_force in ('day', 'gtc')
        group by offering_id
    ) as book on book.offering_id = offering.id
    where (offering.highest_bid, offering.lowest_ask) is distinct from (book.bid, book.ask)

    union all
    select 'continuous_book_never_crosses', format('offering %s', offering.id), null,
        format('bid %s, ask %s', highest_bid, lowest_ask)
    from exchange.vehicle_offerings as offering
    where highest_bid >= lowest_ask and exchange.phase(offering, p_now) = 'continuous'

    union all
    select 'totals_are_trades', format('offering %s', offering.id),
        format('%s trades, %s shares, value %s, last at %s', coalesce(traded.trades, 0), coalesce(traded.shares, 0),
               coalesce(traded.value, 0), last.price),
        format('%s trades, %s shares, value %s, last at %s', total_trades, total_volume_shares, total_volume_usd,
               current_share_price)
    from exchange.vehicle_offerings as offering
    left join (
        select offering_id, count(*) as trades, sum(shares_traded) as shares, sum(total_value) as value
        from exchange.market_trades group by offering_id
    ) as traded on traded.offering_id = offering.id
    left join lateral (
        select price_per_share as price from exchange.market_trades
        where offering_id = offering.id order by id desc limit 1
    ) as last on true
    where (total_trades, total_volume_shares, total_volume_usd, current_share_price) is distinct from
        (coalesce(traded.trades, 0), coalesce(traded.shares, 0), coalesce(traded.value, 0), last.price)

    union all
    select 'candle_is_trades', format('offering %s, hour %s', offering_id, snapshot_hour), expected::text, found::text
    from exchange.wrong_candles('-infinity', 'infinity')
$$;
comment on function exchange.check_books is
'Whatever of cash, ledger, shares, orders, trades, quotes and candles does not agree: the rule, of what, what should be, what is.';
grant execute on function exchange.check_books(timestamptz) to holdfast_api, holdfast_jobs;
