-- People's portfolios: what was done (transactions), what follows from it (entries, lots, positions), what it was worth.

create table market.corporate_actions (
    id bigint generated always as identity primary key,
    asset_id bigint not null references market.assets (id),
    action_type text not null constraint corporate_actions_type check (action_type in ('split', 'dividend')),
    ex_date date not null,
    pay_date date,
    ratio numeric constraint corporate_actions_ratio check (ratio > 0 and ratio < 'Infinity' and ratio <> 1),
    amount numeric constraint corporate_actions_amount check (amount > 0 and amount < 'Infinity'),
    currency text constraint corporate_actions_currency check (currency ~ '^[A-Z]{3}$'),
    source text not null,
    history_adjusted boolean not null default false,
    applied_at timestamptz,
    created_at timestamptz not null default now(),
    constraint corporate_actions_asset_id_action_type_ex_date_key unique (asset_id, action_type, ex_date),
    constraint corporate_actions_fields check (
        case action_type
            when 'split' then ratio is not null and amount is null and currency is null
            else ratio is null and amount is not null and currency is not null
        end)
);
comment on column market.corporate_actions.ratio is 'New shares for one old: 10 for a 10:1 split, 0.125 for a 1:8 reverse split.';
comment on column market.corporate_actions.history_adjusted is
'Whether the stored bars before ex_date are in new shares already (by their source, or by us).';
comment on column market.corporate_actions.applied_at is
'When its day had come and our prices were brought into new shares: from then on portfolios count it. Splits only.';
create index corporate_actions_due on market.corporate_actions (ex_date) where action_type = 'split' and applied_at is null;

create schema portfolio;

create table portfolio.portfolios (
    id bigint generated always as identity primary key,
    user_id uuid not null references identity.users (id) on delete cascade,
    name text not null constraint portfolios_name check (length(name) between 1 and 255),
    currency text not null default 'USD' constraint portfolios_currency check (currency ~ '^[A-Z]{3}$'),
    cost_method text not null default 'average'
        constraint portfolios_cost_method check (cost_method in ('average', 'fifo')),
    cash_mode text not null default 'automatic'
        constraint portfolios_cash_mode check (cash_mode in ('automatic', 'strict')),
    allow_short boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint portfolios_user_id_name_key unique (user_id, name)
);
comment on column portfolio.portfolios.cash_mode is
'automatic: a purchase beyond the cash at hand implies a deposit of what is missing; strict: it is refused.';

create table portfolio.transactions (
    id bigint generated always as identity primary key,
    portfolio_id bigint not null references portfolio.portfolios (id) on delete cascade,
    asset_id bigint references market.assets (id),
    transaction_type text not null constraint transactions_type check (transaction_type in (
        'buy', 'sell', 'dividend', 'interest', 'fee', 'tax', 'deposit', 'withdrawal', 'transfer_in', 'transfer_out')),
    quantity numeric not null constraint transactions_quantity check (quantity > 0 and quantity < 'Infinity'),
    price numeric not null constraint transactions_price check (price >= 0 and price < 'Infinity'),
    currency text not null constraint transactions_currency check (currency ~ '^[A-Z]{3}$'),
    fee numeric not null default 0 constraint transactions_fee check (fee >= 0 and fee < 'Infinity'),
    fee_currency text not null constraint transactions_fee_currency check (fee_currency ~ '^[A-Z]{3}$'),
    tax numeric not null default 0 constraint transactions_tax check (tax >= 0 and tax < 'Infinity'),
    timestamp timestamptz not null,
    notes text constraint transactions_notes check (length(notes) <= 2000),
    external_id text constraint transactions_external_id check (length(external_id) between 1 and 200),
    -- what the ledger made of it (portfolio.write_ledger)
    place bigint,
    realised_gain numeric,
    implied jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint transactions_portfolio_id_external_id_key unique (portfolio_id, external_id),
    constraint transactions_asset check (
        asset_id is not null or transaction_type not in ('buy', 'sell', 'dividend', 'transfer_in', 'transfer_out'))
);
comment on table portfolio.transactions is 'What happened, as it was traded then: never adjusted for later splits.';
comment on column portfolio.transactions.quantity is 'Shares or coins; for movements of cash the amount, with a price of 1.';
comment on column portfolio.transactions.tax is 'Withheld or paid with it, in currency.';
comment on column portfolio.transactions.realised_gain is 'Of what closed a holding: proceeds less cost, in the currency of the position; null where unknown.';
comment on column portfolio.transactions.place is 'The first of its places in portfolio.entries: its rank by (timestamp, id).';
comment on column portfolio.transactions.implied is 'Deposits that it implied in automatic cash mode: {currency: amount}.';
create index idx_transactions_portfolio_date on portfolio.transactions (portfolio_id, timestamp, id);
create index transactions_asset on portfolio.transactions (portfolio_id, asset_id, timestamp, id);

create table portfolio.entries (
    portfolio_id bigint not null references portfolio.portfolios (id) on delete cascade,
    place bigint not null,
    transaction_id bigint references portfolio.transactions (id) on delete cascade,
    day date not null,
    kind text not null constraint entries_kind check (kind in (
        'holding', 'cash', 'flow', 'implied', 'realised', 'dividend', 'interest', 'fee', 'tax', 'split')),
    asset_id bigint references market.assets (id),
    currency text,
    amount numeric not null,
    primary key (portfolio_id, place),
    constraint entries_of_something check (asset_id is not null or currency is not null)
);
comment on table portfolio.entries is
'What follows from the transactions, in order: holdings (asset, quantity), cash (currency, amount), and what it was for.';
create index entries_day on portfolio.entries (portfolio_id, day, kind) include (asset_id, currency, amount);
create index entries_transaction on portfolio.entries (transaction_id);

create table portfolio.lots (
    portfolio_id bigint not null references portfolio.portfolios (id) on delete cascade,
    asset_id bigint not null references market.assets (id),
    place bigint not null,
    transaction_id bigint references portfolio.transactions (id) on delete cascade,
    opened_at timestamptz not null,
    quantity numeric not null constraint lots_quantity check (quantity <> 0),
    cost numeric,
    currency text not null,
    primary key (portfolio_id, asset_id, place)
);
comment on table portfolio.lots is 'What is still open, oldest first; by average cost there is one lot per asset. Cost is of the whole lot, null where unknown.';
comment on column portfolio.lots.place is 'The place of what opened it. Short: quantity and cost are negative.';
create index lots_transaction on portfolio.lots (transaction_id);

create table portfolio.portfolio_positions (
    id bigint generated always as identity primary key,
    portfolio_id bigint not null references portfolio.portfolios (id) on delete cascade,
    asset_id bigint not null references market.assets (id),
    quantity numeric not null,
    average_buy_price numeric,
    cost numeric,
    currency text not null,
    first_purchase_date date not null,
    realised_gain numeric default 0,
    dividends numeric default 0,
    last_updated timestamptz not null default now(),
    constraint portfolio_positions_portfolio_id_asset_id_key unique (portfolio_id, asset_id)
);
comment on table portfolio.portfolio_positions is 'One row per asset ever held; quantity 0 once it is closed.';
comment on column portfolio.portfolio_positions.average_buy_price is
'Cost without fees and taxes per share; null once closed, or where the rate of a purchase in another currency is unknown.';
comment on column portfolio.portfolio_positions.currency is 'Of its first purchase: cost, gains and dividends are in it.';
create index positions_asset on portfolio.portfolio_positions (asset_id, portfolio_id);

create table portfolio.cash_balances (
    portfolio_id bigint not null references portfolio.portfolios (id) on delete cascade,
    currency text not null constraint cash_balances_currency check (currency ~ '^[A-Z]{3}$'),
    amount numeric not null,
    primary key (portfolio_id, currency)
);

create table portfolio.settled_splits (
    corporate_action_id bigint primary key references market.corporate_actions (id) on delete cascade,
    settled_at timestamptz not null default now(),
    portfolios bigint not null
);
comment on table portfolio.settled_splits is 'Splits that have reached every portfolio that held the asset.';

create table portfolio.portfolio_snapshots (
    id bigint generated always as identity primary key,
    portfolio_id bigint not null references portfolio.portfolios (id) on delete cascade,
    total_value_usd numeric,
    snapshot_date date not null,
    positions_snapshot jsonb not null,
    created_at timestamptz not null default now(),
    constraint portfolio_snapshots_portfolio_id_snapshot_date_key unique (portfolio_id, snapshot_date)
);
comment on column portfolio.portfolio_snapshots.total_value_usd is 'Null where a price or rate was not known; the positions say which.';

create table portfolio.portfolio_performance_cache (
    portfolio_id bigint primary key references portfolio.portfolios (id) on delete cascade,
    current_value_usd numeric,
    total_invested_usd numeric,
    total_return_pct numeric,
    day_change_pct numeric,
    week_change_pct numeric,
    month_change_pct numeric,
    year_change_pct numeric,
    valid boolean not null default false,
    snapshots_stale_from date,
    last_updated timestamptz not null default now()
);
comment on column portfolio.portfolio_performance_cache.snapshots_stale_from is
'The first day at which transactions were changed after its snapshot; null: all snapshots are true.';
create index snapshots_stale on portfolio.portfolio_performance_cache (portfolio_id) where snapshots_stale_from is not null;
create index performance_cache_stale on portfolio.portfolio_performance_cache (last_updated) where not valid;

create table portfolio.rule_settings (
    portfolio_id bigint not null references portfolio.portfolios (id) on delete cascade,
    rule text not null constraint rule_settings_rule check (rule in (
        'single_position', 'currency_cluster', 'fee_ratio', 'emergency_cash')),
    threshold numeric not null constraint rule_settings_threshold check (threshold >= 0 and threshold < 'Infinity'),
    enabled boolean not null default true,
    primary key (portfolio_id, rule)
);

create table portfolio.dividend_proposals (
    id bigint generated always as identity primary key,
    portfolio_id bigint not null references portfolio.portfolios (id) on delete cascade,
    corporate_action_id bigint not null references market.corporate_actions (id) on delete cascade,
    quantity numeric not null,
    amount numeric not null constraint dividend_proposals_amount check (amount > 0),
    currency text not null,
    status text not null default 'proposed'
        constraint dividend_proposals_status check (status in ('proposed', 'booked', 'dismissed')),
    transaction_id bigint references portfolio.transactions (id) on delete set null,
    created_at timestamptz not null default now(),
    constraint dividend_proposals_action_key unique (portfolio_id, corporate_action_id)
);
create index dividend_proposals_action on portfolio.dividend_proposals (corporate_action_id);
create index dividend_proposals_transaction on portfolio.dividend_proposals (transaction_id);

alter table market.corporate_actions enable row level security;
alter table market.corporate_actions force row level security;
alter table portfolio.portfolios enable row level security;
alter table portfolio.portfolios force row level security;
alter table portfolio.transactions enable row level security;
alter table portfolio.transactions force row level security;
alter table portfolio.entries enable row level security;
alter table portfolio.entries force row level security;
alter table portfolio.lots enable row level security;
alter table portfolio.lots force row level security;
alter table portfolio.portfolio_positions enable row level security;
alter table portfolio.portfolio_positions force row level security;
alter table portfolio.cash_balances enable row level security;
alter table portfolio.cash_balances force row level security;
alter table portfolio.settled_splits enable row level security;
alter table portfolio.settled_splits force row level security;
alter table portfolio.portfolio_snapshots enable row level security;
alter table portfolio.portfolio_snapshots force row level security;
alter table portfolio.portfolio_performance_cache enable row level security;
alter table portfolio.portfolio_performance_cache force row level security;
alter table portfolio.rule_settings enable row level security;
alter table portfolio.rule_settings force row level security;
alter table portfolio.dividend_proposals enable row level security;
alter table portfolio.dividend_proposals force row level security;
