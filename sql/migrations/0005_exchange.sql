-- The exchange: vehicles and their shares, cash and its ledger, orders, trades, holdings, auctions, statistics.
-- Money is in dollars and whole cents, shares are whole, prices are whole cents: a share's value is exact.

create schema exchange;

-- ---------------------------------------------------------------------------------------------------------------
-- The price of trading. These two stand here because columns are computed by them.

-- In PL/pgSQL: an SQL function is either planned anew with each statement that writes a row, or called at five times the cost.

create function exchange.commission(p_value numeric) returns numeric
language plpgsql immutable strict parallel safe
as $$
begin
    -- a cent is due for every 50, the nearest; half-even differs from half-up only where 25 of 100 cents are left
    return (div(p_value * 100 + 25, 50) - (mod(p_value, 1) = 0.25)::integer) * 0.01;
end
$$;
comment on function exchange.commission is '2 % of a trade''s value, rounded half-even to the cent.';

create function exchange.cost_at_most(p_price numeric, p_shares bigint, p_lot_size bigint) returns numeric
language plpgsql immutable strict parallel safe
as $$
begin
    return p_price * p_shares + case
        when p_shares = p_lot_size or mod(p_price * 100 * p_lot_size, 50) = 0 then exchange.commission(p_price * p_shares)
        else floor(p_price * p_shares * 2 + 0.5 * (p_shares / p_lot_size)) * 0.01
    end;
end
$$;
comment on function exchange.cost_at_most is
'What buying so many shares can cost at most, at a price or better: the value, and 2 % commission, which is rounded on each trade by
itself. Where 2 % of a lot is not whole cents, every lot may round up by half a cent.';

-- ---------------------------------------------------------------------------------------------------------------
-- What is traded

create table exchange.vehicles (
    id bigint generated always as identity primary key,
    name text not null constraint vehicles_name check (length(name) between 1 and 255),
    description text constraint vehicles_description check (length(description) <= 4000),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint vehicles_name_key unique (name)
);

create table exchange.vehicle_offerings (
    id bigint generated always as identity primary key,
    vehicle_id bigint not null references exchange.vehicles (id),
    symbol text not null constraint vehicle_offerings_symbol check (symbol ~ '^[A-Z][A-Z0-9.]{0,11}$'),
    status text not null default 'trading'
        constraint vehicle_offerings_status check (status in ('trading', 'halted', 'closed')),
    status_note text constraint vehicle_offerings_status_note check (length(status_note) <= 500),
    hours text not null default 'always' constraint vehicle_offerings_hours check (hours in ('always', 'session')),
    shares_issued bigint not null,
    issue_price numeric not null constraint vehicle_offerings_issue_price check (issue_price > 0 and issue_price <= 1e9),
    tick_size numeric not null default 0.01,
    lot_size bigint not null default 1,
    -- the next auction: from calls_from on orders collect, until it has been held
    next_auction text not null
        constraint vehicle_offerings_next_auction check (next_auction in ('opening_auction', 'closing_auction')),
    next_auction_day date not null,
    next_auction_at timestamptz not null,
    calls_from timestamptz not null,
    -- the market as it stands, kept by every trade and order
    current_share_price numeric,
    opening_price numeric,
    closing_price numeric,
    previous_close numeric,
    total_trades bigint not null default 0,
    total_volume_shares bigint not null default 0,
    total_volume_usd numeric(20, 2) not null default 0,
    highest_bid numeric,
    lowest_ask numeric,
    bid_ask_spread numeric generated always as (lowest_ask - highest_bid) stored,
    last_trade_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint vehicle_offerings_symbol_key unique (symbol),
    constraint vehicle_offerings_tick_size check (tick_size between 0.01 and 1e6 and mod(tick_size, 0.01) = 0),
    constraint vehicle_offerings_lot_size check (lot_size between 1 and 1000000),
    constraint vehicle_offerings_shares_issued
        check (shares_issued between 1 and 1000000000000 and mod(shares_issued, lot_size) = 0),
    constraint vehicle_offerings_issue_price_tick check (mod(issue_price, tick_size) = 0),
    constraint vehicle_offerings_call check (calls_from < next_auction_at)
) with (fillfactor = 40); -- every order changes its offering's row: room for the new version beside the old one
comment on column exchange.vehicle_offerings.hours is
'always: continuous trading around the clock but for the calls before auctions; session: outside the session orders only collect.';
comment on column exchange.vehicle_offerings.current_share_price is 'Of the last trade; null before the first: then holdings are marked at issue_price.';
comment on column exchange.vehicle_offerings.highest_bid is 'Of what rests in the book for continuous trading; null where nothing does.';
comment on column exchange.vehicle_offerings.closing_price is 'Of the last closing auction, or the last trade before it where nothing crossed.';
create index vehicle_offerings_vehicle on exchange.vehicle_offerings (vehicle_id);
create index vehicle_offerings_next_auction on exchange.vehicle_offerings (next_auction_at) where status <> 'closed';

-- ---------------------------------------------------------------------------------------------------------------
-- Cash, by double entry

create table exchange.cash_accounts (
    id bigint generated always as identity primary key,
    kind text not null constraint cash_accounts_kind check (kind in ('user', 'commission', 'outside')),
    user_id uuid references identity.users (id),
    offering_id bigint references exchange.vehicle_offerings (id),
    balance numeric(20, 2) not null default 0,
    reserved numeric(20, 2) not null default 0,
    created_at timestamptz not null default now(),
    constraint cash_accounts_user_id_key unique (user_id),
    constraint cash_accounts_offering_id_key unique (offering_id),
    constraint cash_accounts_owner check (
        case kind when 'user' then user_id is not null and offering_id is null
                  when 'commission' then user_id is null and offering_id is not null
                  else user_id is null and offering_id is null end),
    constraint cash_accounts_balance check (balance >= 0 or kind = 'outside'),
    constraint cash_accounts_reserved check (reserved >= 0 and (reserved <= balance or reserved = 0))
) with (fillfactor = 70);
comment on table exchange.cash_accounts is
'Everybody''s cash; per offering the commission the house earned (one row for all would be where all trades of all offerings wait
for one another); and the world outside, whose balance is what was paid out less what was paid in.';
comment on column exchange.cash_accounts.reserved is 'Held for open buy orders and requested withdrawals.';
create unique index cash_accounts_outside on exchange.cash_accounts (kind) where kind = 'outside';
insert into exchange.cash_accounts (kind) values ('outside');

create table exchange.cash_transfers (
    id bigint generated always as identity primary key,
    user_id uuid not null references identity.users (id),
    kind text not null constraint cash_transfers_kind check (kind in ('deposit', 'withdrawal')),
    amount numeric(20, 2) not null constraint cash_transfers_amount check (amount > 0 and amount <= 1e12),
    status text not null default 'pending'
        constraint cash_transfers_status check (status in ('pending', 'confirmed', 'rejected', 'cancelled')),
    reference text constraint cash_transfers_reference check (length(reference) between 1 and 200),
    note text constraint cash_transfers_note check (length(note) <= 500),
    requested_at timestamptz not null default now(),
    decided_at timestamptz,
    decided_by uuid references identity.users (id),
    constraint cash_transfers_decided check ((status = 'pending') = (decided_at is null))
);
create index cash_transfers_user on exchange.cash_transfers (user_id, id);
create index cash_transfers_pending on exchange.cash_transfers (id) where status = 'pending';
create index cash_transfers_decided_by on exchange.cash_transfers (decided_by) where decided_by is not null;

create table exchange.ledger_transfers (
    id bigint generated always as identity primary key,
    debit_account_id bigint not null references exchange.cash_accounts (id),
    credit_account_id bigint not null references exchange.cash_accounts (id),
    amount numeric(20, 2) not null constraint ledger_transfers_amount check (amount > 0),
    kind text not null constraint ledger_transfers_kind check (kind in ('deposit', 'withdrawal', 'trade', 'commission')),
    trade_id bigint,
    cash_transfer_id bigint references exchange.cash_transfers (id),
    created_at timestamptz not null,
    constraint ledger_transfers_sides check (debit_account_id <> credit_account_id),
    constraint ledger_transfers_reason check (
        case when kind in ('trade', 'commission') then trade_id is not null and cash_transfer_id is null
             else trade_id is null and cash_transfer_id is not null end)
);
comment on table exchange.ledger_transfers is
'Every movement of cash: so much from one account (debit) to another (credit), so that each row balances by itself. Immutable.';
create index ledger_transfers_debit on exchange.ledger_transfers (debit_account_id, id);
create index ledger_transfers_credit on exchange.ledger_transfers (credit_account_id, id);
create unique index ledger_transfers_cash_transfer on exchange.ledger_transfers (cash_transfer_id) where cash_transfer_id is not null;
create index ledger_transfers_created on exchange.ledger_transfers using brin (created_at);

-- ---------------------------------------------------------------------------------------------------------------
-- Orders

create sequence exchange.priorities cache 1;

create table exchange.market_orders (
    id bigint generated always as identity primary key,
    offering_id bigint not null references exchange.vehicle_offerings (id),
    user_id uuid not null references identity.users (id),
    order_type text not null constraint market_orders_order_type check (order_type in ('buy', 'sell')),
    pricing text not null constraint market_orders_pricing check (pricing in ('limit', 'market')),
    time_in_force text not null
        constraint market_orders_time_in_force check (time_in_force in ('day', 'gtc', 'ioc', 'fok', 'at_open', 'at_close')),
    status text not null default 'active'
        constraint market_orders_status check (status in ('active', 'partially_filled', 'filled', 'cancelled')),
    shares_requested bigint not null constraint positive_request check (shares_requested > 0),
    shares_filled bigint not null default 0,
    price_per_share numeric constraint positive_price check (price_per_share > 0 and price_per_share <= 1e9),
    lot_size bigint not null,
    priority bigint not null default nextval('exchange.priorities'),
    filled_value numeric(20, 2) not null default 0,
    commission numeric(20, 2) not null default 0,
    average_fill_price numeric generated always as (round(filled_value / nullif(shares_filled, 0), 6)) stored,
    is_open boolean not null generated always as (status in ('active', 'partially_filled')) stored,
    reserved_cash numeric(20, 2) not null generated always as (
        case when order_type = 'buy' and status in ('active', 'partially_filled')
            then exchange.cost_at_most(price_per_share, shares_requested - shares_filled, lot_size) else 0 end) stored,
    client_order_id text constraint market_orders_client_order_id check (length(client_order_id) between 1 and 64),
    cancel_reason text constraint market_orders_cancel_reason check (cancel_reason in (
        'user', 'immediate_or_cancel', 'fill_or_kill', 'expired', 'auction_over', 'offering_closed', 'admin')),
    created_at timestamptz not null,
    updated_at timestamptz not null,
    -- for the keys of trades; and "my orders, the newest first"
    constraint market_orders_user_id_id_offering_id_key unique (user_id, id, offering_id),
    constraint valid_status_transition check (
        (status = 'active' and shares_filled = 0)
        or (status = 'partially_filled' and shares_filled > 0 and shares_filled < shares_requested)
        or (status = 'filled' and shares_filled = shares_requested)
        or (status = 'cancelled' and shares_filled < shares_requested)),
    constraint market_orders_filled check (shares_filled between 0 and shares_requested),
    constraint market_orders_lots check (mod(shares_requested, lot_size) = 0 and mod(shares_filled, lot_size) = 0),
    constraint market_orders_price check (price_per_share is not null or (pricing = 'market' and order_type = 'sell')),
    constraint market_orders_market_force check (pricing = 'limit' or time_in_force in ('ioc', 'fok', 'at_open', 'at_close')),
    constraint market_orders_value check (shares_requested * coalesce(price_per_share, 0.01) <= 1e12),
    constraint market_orders_cancelled check ((status = 'cancelled') = (cancel_reason is not null))
) with (fillfactor = 80);
comment on column exchange.market_orders.price_per_share is
'The limit; of a market buy the most it may pay a share; null for a market sell.';
comment on column exchange.market_orders.priority is 'Time priority: given when placed, and anew when an amendment loses it.';
comment on column exchange.market_orders.is_open is 'What indexes are about: it stays the same through partial fills, so that those move no index entry.';
create unique index market_orders_client_order_id_key on exchange.market_orders (user_id, client_order_id) where client_order_id is not null;
create index market_orders_bids on exchange.market_orders (offering_id, price_per_share desc, priority)
where is_open and order_type = 'buy' and time_in_force in ('day', 'gtc');
create index market_orders_asks on exchange.market_orders (offering_id, price_per_share, priority)
where is_open and order_type = 'sell' and time_in_force in ('day', 'gtc');
create index market_orders_for_auctions on exchange.market_orders (offering_id, time_in_force, priority)
where is_open and time_in_force in ('at_open', 'at_close');
create index market_orders_open_of_user on exchange.market_orders (user_id, offering_id, order_type, price_per_share) where is_open;
create index market_orders_day on exchange.market_orders (offering_id, created_at) where is_open and time_in_force = 'day';

create table exchange.waiting_orders (
    id bigint generated always as identity primary key,
    offering_id bigint not null references exchange.vehicle_offerings (id),
    user_id uuid not null references identity.users (id) on delete cascade,
    request jsonb not null,
    request_key text,
    result jsonb,
    created_at timestamptz not null default now(),
    constraint waiting_orders_request_key_key unique (user_id, request_key)
);
comment on table exchange.waiting_orders is
'Orders that came while the book was busy: whoever gets the book next takes all of them. The result is the answer to each.';
create index waiting_orders_waiting on exchange.waiting_orders (offering_id, id) where result is null;
create index waiting_orders_created on exchange.waiting_orders (created_at);

-- ---------------------------------------------------------------------------------------------------------------
-- Trades: immutable, also for the owner (triggers in routines/exchange.sql)

create table exchange.price_discovery_events (
    id bigint generated always as identity primary key,
    offering_id bigint not null references exchange.vehicle_offerings (id),
    event_type text not null
        constraint price_discovery_events_type check (event_type in ('opening_auction', 'closing_auction')),
    auction_day date not null,
    scheduled_at timestamptz not null,
    executed_at timestamptz not null,
    equilibrium_price numeric,
    reference_price numeric,
    bids_collected bigint not null,
    asks_collected bigint not null,
    bid_shares bigint not null,
    ask_shares bigint not null,
    orders_matched bigint not null,
    trades bigint not null,
    shares_matched bigint not null,
    surplus_side text constraint price_discovery_events_surplus_side check (surplus_side in ('buy', 'sell')),
    surplus_shares bigint not null default 0,
    constraint price_discovery_events_once unique (offering_id, event_type, auction_day),
    constraint price_discovery_events_price check ((equilibrium_price is null) = (shares_matched = 0))
);
comment on column exchange.price_discovery_events.equilibrium_price is 'Null: nothing crossed, and the offering opened or closed without a price.';
comment on column exchange.price_discovery_events.surplus_side is 'Which side had shares left at the price that nobody took.';

create table exchange.market_trades (
    id bigint generated always as identity,
    offering_id bigint not null,
    buyer_id uuid not null,
    seller_id uuid not null,
    buy_order_id bigint not null,
    sell_order_id bigint not null,
    shares_traded bigint not null constraint positive_trade check (shares_traded > 0),
    price_per_share numeric not null constraint positive_trade_price check (price_per_share > 0),
    total_value numeric(20, 2) not null generated always as (shares_traded * price_per_share) stored,
    nuke_commission_pct numeric not null default 2.0,
    nuke_commission_amount numeric(20, 2) not null
        generated always as (exchange.commission(shares_traded * price_per_share)) stored,
    trade_type text not null constraint market_trades_type check (trade_type in ('continuous', 'opening', 'closing')),
    taker text constraint market_trades_taker check (taker in ('buy', 'sell')),
    seller_cost numeric not null,
    executed_at timestamptz not null,
    primary key (id, executed_at),
    constraint fixed_commission check (nuke_commission_pct = 2.0),
    constraint market_trades_two_people check (buyer_id <> seller_id),
    constraint market_trades_taker_known check ((trade_type = 'continuous') = (taker is not null)),
    -- the order exists, is of that person and in that offering
    constraint fk_buy_order foreign key (buyer_id, buy_order_id, offering_id)
        references exchange.market_orders (user_id, id, offering_id) on delete restrict,
    constraint fk_sell_order foreign key (seller_id, sell_order_id, offering_id)
        references exchange.market_orders (user_id, id, offering_id) on delete restrict
) partition by range (executed_at);
comment on column exchange.market_trades.seller_cost is 'What the sold shares had cost the seller (average cost): value less this is the realised gain.';
comment on column exchange.market_trades.taker is 'Whose order came second; in an auction nobody''s.';
create index market_trades_offering on exchange.market_trades (offering_id, id desc);
create index market_trades_buyer on exchange.market_trades (buyer_id, id desc);
create index market_trades_seller on exchange.market_trades (seller_id, id desc);
create index market_trades_executed on exchange.market_trades using brin (executed_at);
do $$
declare
    v_month timestamptz := date_trunc('month', now() - interval '1 month', 'UTC');
begin
    for v_count in 0 .. 4 loop -- from then on by a job
        execute format(
            'create table exchange.market_trades_%s partition of exchange.market_trades for values from (%L) to (%L)',
            to_char(v_month at time zone 'UTC', 'YYYY_MM'), v_month,
            date_trunc('month', v_month + interval '40 days', 'UTC'));
        v_month := date_trunc('month', v_month + interval '40 days', 'UTC');
    end loop;
end
$$;
create table exchange.market_trades_default partition of exchange.market_trades default;

-- ---------------------------------------------------------------------------------------------------------------
-- Holdings, candles, statistics

create table exchange.share_holdings (
    offering_id bigint not null references exchange.vehicle_offerings (id),
    holder_id uuid not null references identity.users (id),
    shares_owned bigint not null constraint positive_shares check (shares_owned >= 0),
    shares_reserved bigint not null default 0,
    cost numeric not null default 0 constraint share_holdings_cost check (cost >= 0),
    entry_price numeric generated always as (round(cost / nullif(shares_owned, 0), 6)) stored,
    realised_gain numeric not null default 0,
    updated_at timestamptz not null default now(),
    primary key (offering_id, holder_id),
    constraint share_holdings_reserved check (shares_reserved between 0 and shares_owned),
    constraint share_holdings_empty check (shares_owned > 0 or cost = 0)
) with (fillfactor = 70);
comment on column exchange.share_holdings.cost is 'What the shares held cost in all, without commission; selling takes the average share of it.';
comment on column exchange.share_holdings.shares_reserved is 'Offered in open sell orders.';
create index idx_share_holdings_holder on exchange.share_holdings (holder_id);

create table exchange.market_snapshots (
    offering_id bigint not null references exchange.vehicle_offerings (id),
    snapshot_hour timestamptz not null,
    open_price numeric not null,
    high_price numeric not null,
    low_price numeric not null,
    close_price numeric not null,
    volume_shares bigint not null,
    volume_usd numeric(20, 2) not null,
    trade_count bigint not null,
    primary key (offering_id, snapshot_hour),
    constraint market_snapshots_range check (
        low_price > 0 and low_price <= high_price
        and open_price between low_price and high_price and close_price between low_price and high_price)
) with (fillfactor = 70);
create index market_snapshots_hour on exchange.market_snapshots (snapshot_hour, offering_id);

create table exchange.user_trading_stats (
    user_id uuid not null references identity.users (id),
    stat_date date not null,
    trades_executed bigint not null,
    shares_bought bigint not null,
    shares_sold bigint not null,
    value_bought numeric(20, 2) not null,
    value_sold numeric(20, 2) not null,
    commission numeric(20, 2) not null,
    realised_gain numeric not null,
    unrealised_change numeric not null,
    opening_equity numeric not null,
    closing_equity numeric not null,
    net_deposits numeric(20, 2) not null,
    daily_gain_loss numeric not null,
    daily_gain_loss_pct numeric,
    win_rate_pct numeric,
    computed_at timestamptz not null default now(),
    primary key (user_id, stat_date),
    constraint user_trading_stats_gain check (daily_gain_loss = realised_gain + unrealised_change - commission),
    constraint user_trading_stats_equity check (daily_gain_loss = closing_equity - opening_equity - net_deposits)
);
comment on table exchange.user_trading_stats is
'Of one trading day, which ends a quarter of an hour after the close of the session. The gain is said twice, by what was gained and
by what everything was worth, and the two must agree.';
comment on column exchange.user_trading_stats.daily_gain_loss_pct is 'Of the day''s opening equity; null where there was none.';
comment on column exchange.user_trading_stats.win_rate_pct is 'Of the sales, how many gained; null without sales.';
create index user_trading_stats_date on exchange.user_trading_stats (stat_date, user_id);

create table exchange.trading_days (
    day date primary key,
    starts_after timestamptz not null,
    ends_at timestamptz not null,
    closed_at timestamptz not null,
    traders bigint not null,
    trades bigint not null,
    volume_usd numeric(20, 2) not null,
    constraint trading_days_hours check (starts_after < ends_at and ends_at <= closed_at)
);
comment on table exchange.trading_days is 'Days whose statistics and leaderboard are computed: what is missing here is caught up.';

create table exchange.leaderboard_snapshots (
    snapshot_date date not null,
    rank bigint not null constraint leaderboard_snapshots_rank check (rank > 0),
    user_id uuid not null references identity.users (id),
    display_name text,
    daily_gain_loss numeric not null,
    daily_gain_loss_pct numeric,
    portfolio_value numeric not null,
    consecutive_profitable_days bigint not null,
    primary key (snapshot_date, rank),
    constraint leaderboard_snapshots_user_key unique (user_id, snapshot_date)
);

create table exchange.current_market_state (
    offering_id bigint primary key references exchange.vehicle_offerings (id),
    current_share_price numeric,
    previous_close numeric,
    buy_side_depth bigint not null,
    sell_side_depth bigint not null,
    buy_side_shares bigint not null,
    sell_side_shares bigint not null,
    holders bigint not null,
    volume_shares_24h bigint not null,
    volume_usd_24h numeric(20, 2) not null,
    trades_24h bigint not null,
    market_value numeric not null,
    refreshed_at timestamptz not null
);
comment on table exchange.current_market_state is
'Each offering at a glance, counted by a job and not on every read. A table and not a materialised view, which could have no row security.';

do $$
declare
    v_table text;
begin
    for v_table in select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'exchange' loop
        execute 'alter table ' || v_table || ' enable row level security';
        execute 'alter table ' || v_table || ' force row level security';
    end loop;
end
$$;
