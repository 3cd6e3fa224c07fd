-- One catalogue of assets and one price history for every domain.

create schema market;

create table market.assets (
    id bigint generated always as identity primary key,
    symbol text not null constraint assets_symbol check (symbol = upper(symbol) and length(symbol) between 1 and 50),
    name text not null constraint assets_name check (length(name) between 1 and 255),
    asset_type text not null
        constraint assets_asset_type check (asset_type in ('stock', 'crypto', 'commodity', 'bond', 'cash')),
    exchange text constraint assets_exchange check (length(exchange) between 1 and 50),
    native_currency text not null constraint assets_native_currency check (native_currency ~ '^[A-Z]{3}$'),
    is_active boolean not null default true,
    coingecko_id text constraint assets_coingecko_id_key unique,
    binance_symbol text constraint assets_binance_symbol_key unique,
    alpaca_symbol text constraint assets_alpaca_symbol_key unique,
    price_sources text[] not null default '{}'
        constraint assets_price_sources check (price_sources <@ array['binance', 'coingecko', 'alpaca']),
    metadata jsonb not null default '{}',
    search tsvector not null generated always as (to_tsvector('simple', name || ' ' || symbol)) stored,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint assets_symbol_exchange_key unique nulls not distinct (symbol, exchange)
);
comment on column market.assets.price_sources is 'Where its prices come from, the preferred source first; empty: imports only.';
create index idx_assets_search on market.assets using gin (search);
create index idx_assets_symbol on market.assets (lower(symbol) text_pattern_ops);
create index idx_assets_name on market.assets (lower(name) text_pattern_ops);
create index idx_assets_type on market.assets (asset_type, symbol, id);

-- The bar's own key is the primary key: a surrogate id would add a second index to every row and let a bar in twice.
create table market.asset_prices (
    asset_id bigint not null references market.assets (id),
    timestamp timestamptz not null,
    open numeric,
    high numeric,
    low numeric,
    -- below Infinity also keeps NaN out, which PostgreSQL sorts above everything
    close numeric not null constraint asset_prices_close check (close > 0 and close < 'Infinity'),
    volume numeric constraint asset_prices_volume check (volume >= 0 and volume < 'Infinity'),
    source text not null,
    primary key (asset_id, timestamp),
    constraint asset_prices_range
        check (low > 0 and low <= high and high < 'Infinity' and open between low and high and close between low and high)
) partition by range (timestamp);
comment on table market.asset_prices is 'Daily bars in the asset''s own currency, at 00:00 UTC of the trading date; only close past two years.';

create table market.asset_prices_before_2010 partition of market.asset_prices
for values from (minvalue) to ('2010-01-01 00:00:00+00');
do $$
begin
    for year in 2010 .. extract(year from now())::int + 1 loop
        execute format(
            'create table market.asset_prices_%s partition of market.asset_prices '
            'for values from (''%s-01-01 00:00:00+00'') to (''%s-01-01 00:00:00+00'')', year, year, year + 1);
        execute format('alter table market.asset_prices_%s enable row level security', year);
        execute format('alter table market.asset_prices_%s force row level security', year);
    end loop;
end
$$;
create table market.asset_prices_default partition of market.asset_prices default;

create table market.price_flags (
    id bigint generated always as identity primary key,
    asset_id bigint not null references market.assets (id),
    timestamp timestamptz not null,
    kind text not null constraint price_flags_kind check (kind in ('impossible_bar', 'large_move')),
    reason text not null,
    source text not null,
    bar jsonb not null,
    previous_close numeric,
    status text not null default 'open' constraint price_flags_status check (status in ('open', 'kept', 'removed')),
    created_at timestamptz not null default now(),
    resolved_at timestamptz,
    resolved_by uuid,
    constraint price_flags_bar_key unique (asset_id, timestamp, kind, source)
);
comment on table market.price_flags is 'Bars that need a person: impossible ones (not stored) and moves over 50 % (stored).';
create index price_flags_open on market.price_flags (id) where status = 'open';

create table market.latest_prices (
    asset_id bigint primary key references market.assets (id),
    price numeric not null constraint latest_prices_price check (price > 0 and price < 'Infinity'),
    currency text not null,
    as_of timestamptz not null,
    change_24h numeric,
    change_percentage_24h numeric,
    high_24h numeric,
    low_24h numeric,
    volume_24h numeric,
    volume_24h_value numeric,
    market_cap numeric,
    source text not null,
    updated_at timestamptz not null default now()
);
comment on column market.latest_prices.volume_24h is 'In units of the asset; volume_24h_value is in its currency.';

create table market.exchange_rates (
    currency_code text not null constraint exchange_rates_currency_code check (currency_code ~ '^[A-Z]{3}$'),
    timestamp timestamptz not null,
    rate_to_usd numeric not null constraint exchange_rates_rate check (rate_to_usd > 0 and rate_to_usd < 'Infinity'),
    source text not null,
    primary key (currency_code, timestamp)
);
comment on column market.exchange_rates.rate_to_usd is 'US dollars for one unit of the currency.';

create table market.tracked_assets (
    asset_id bigint primary key references market.assets (id),
    first_tracked_at timestamptz not null default now(),
    last_tracked_at timestamptz,
    tracking_users integer not null default 0 constraint tracked_assets_users check (tracking_users >= 0),
    last_price_update timestamptz
);
create index idx_tracked_assets_active on market.tracked_assets (asset_id) where tracking_users > 0;

create table market.asset_holders (
    asset_id bigint not null references market.assets (id),
    user_id uuid not null references identity.users (id) on delete cascade,
    kind text not null constraint asset_holders_kind check (kind ~ '^[a-z_]{1,30}$'),
    since date not null,
    created_at timestamptz not null default now(),
    primary key (asset_id, user_id, kind)
);
comment on table market.asset_holders is 'Who holds (or watches) what, and since when; tracked_assets counts its distinct users.';
create index asset_holders_user on market.asset_holders (user_id, asset_id);

create table market.backfill_queue (
    id bigint generated always as identity primary key,
    asset_id bigint not null references market.assets (id),
    start_date date not null,
    end_date date not null,
    status text not null default 'pending' constraint backfill_queue_status
        check (status in ('pending', 'in_progress', 'rate_limited', 'completed', 'failed')),
    reason text not null default 'holder' constraint backfill_queue_reason check (reason in ('holder', 'gap', 'admin')),
    next_date date not null,
    source text,
    retry_after timestamptz,
    leased_until timestamptz,
    rung_at timestamptz,
    attempts integer not null default 0 constraint backfill_queue_attempts check (attempts >= 0),
    claims bigint not null default 0,
    max_attempts integer not null default 5,
    rows_landed bigint not null default 0,
    rows_flagged bigint not null default 0,
    error_message text,
    note text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    completed_at timestamptz,
    constraint backfill_queue_range check (start_date <= end_date),
    constraint backfill_queue_progress check (next_date between start_date and end_date + 1),
    constraint backfill_queue_completed check ((status = 'completed') = (completed_at is not null)),
    constraint backfill_queue_leased check ((status = 'in_progress') = (leased_until is not null))
);
comment on column market.backfill_queue.note is 'What a completed row still lacks, such as days that no source serves.';
comment on column market.backfill_queue.next_date is 'The first day not yet fetched: where a worker resumes.';
comment on column market.backfill_queue.rung_at is 'When the queue was last told; the sweep rings again for what stays undone.';
comment on column market.backfill_queue.leased_until is 'A worker that is not heard of until then is taken for dead.';
comment on column market.backfill_queue.claims is 'How often it was claimed: a worker with an old number lost its lease.';
create index idx_backfill_queue_due on market.backfill_queue (id)
where status in ('pending', 'in_progress', 'rate_limited');
create index idx_backfill_queue_asset on market.backfill_queue (asset_id, start_date);

create table market.source_health (
    source text primary key,
    last_success_at timestamptz,
    last_failure_at timestamptz,
    last_error text,
    consecutive_failures integer not null default 0
);
comment on table market.source_health is 'When each outside source last answered, and what it last failed with.';

alter table market.assets enable row level security;
alter table market.assets force row level security;
alter table market.asset_prices enable row level security;
alter table market.asset_prices force row level security;
alter table market.asset_prices_before_2010 enable row level security;
alter table market.asset_prices_before_2010 force row level security;
alter table market.asset_prices_default enable row level security;
alter table market.asset_prices_default force row level security;
alter table market.price_flags enable row level security;
alter table market.price_flags force row level security;
alter table market.latest_prices enable row level security;
alter table market.latest_prices force row level security;
alter table market.exchange_rates enable row level security;
alter table market.exchange_rates force row level security;
alter table market.tracked_assets enable row level security;
alter table market.tracked_assets force row level security;
alter table market.asset_holders enable row level security;
alter table market.asset_holders force row level security;
alter table market.backfill_queue enable row level security;
alter table market.backfill_queue force row level security;
alter table market.source_health enable row level security;
alter table market.source_health force row level security;
