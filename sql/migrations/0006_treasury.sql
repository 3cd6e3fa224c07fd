-- The treasury tracker: companies that hold digital assets, what they said and when, who reviewed it, what follows from it.

create schema treasury;

create table treasury.companies (
    id bigint generated always as identity primary key,
    external_id text not null constraint companies_external_id check (external_id ~ '^[a-z0-9][a-z0-9_.-]{0,63}$'),
    ticker text not null constraint companies_ticker check (ticker = upper(ticker) and length(ticker) between 1 and 20),
    name text not null constraint companies_name check (length(name) between 1 and 255),
    asset_id bigint not null references market.assets (id),
    share_asset_id bigint references market.assets (id),
    currency text not null default 'USD' constraint companies_currency check (currency ~ '^[A-Z]{3}$'),
    exchange text constraint companies_exchange check (length(exchange) between 1 and 50),
    country text constraint companies_country check (country ~ '^[A-Z]{2}$'),
    tier smallint constraint companies_tier check (tier between 1 and 9),
    is_miner boolean not null default false,
    is_active boolean not null default true,
    website text constraint companies_website check (length(website) <= 2000 and website like 'http%://_%'),
    twitter text constraint companies_twitter check (length(twitter) <= 2000),
    leader text constraint companies_leader check (length(leader) <= 255),
    strategy text constraint companies_strategy check (length(strategy) <= 4000),
    notes text constraint companies_notes check (length(notes) <= 4000),
    dat_start_date date,
    tokenized_address text constraint companies_tokenized_address check (length(tokenized_address) <= 255),
    tokenized_chain text constraint companies_tokenized_chain check (length(tokenized_chain) <= 50),
    -- null: an administrator looks at every candidate
    auto_approve_confidence numeric
        constraint companies_auto_approve_confidence check (auto_approve_confidence between 0.5 and 1),
    -- of the latest approved snapshot, kept by a trigger
    current_holdings numeric,
    current_holdings_date date,
    current_snapshot_id bigint,
    search tsvector not null generated always as (
        setweight(to_tsvector('simple', name || ' ' || ticker), 'A')
        || setweight(to_tsvector('english', coalesce(strategy, '')), 'B')
        || setweight(to_tsvector('english', coalesce(notes, '') || ' ' || coalesce(leader, '')), 'C')) stored,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint companies_external_id_key unique (external_id),
    constraint companies_ticker_asset_id_key unique (ticker, asset_id)
);
comment on column treasury.companies.asset_id is 'The coin it holds. A company that holds two is two rows, with one ticker.';
comment on column treasury.companies.share_asset_id is 'Its own listed share in the catalogue: price, currency and splits come from there.';
create index companies_ticker on treasury.companies (ticker);
create index companies_asset on treasury.companies (asset_id, current_holdings desc);
create index companies_share on treasury.companies (share_asset_id);
create index companies_search on treasury.companies using gin (search);

create table treasury.data_sources (
    id bigint generated always as identity primary key,
    name text not null constraint data_sources_name_key unique,
    type text not null constraint data_sources_type check (type in (
        'sec_edgar', 'tse', 'hkex', 'globenewswire', 'prnewswire', 'import', 'manual')),
    base_url text,
    is_active boolean not null default true,
    check_every interval not null default '1 hour',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table treasury.company_sources (
    id bigint generated always as identity primary key,
    company_id bigint not null references treasury.companies (id) on delete cascade,
    source_id bigint not null references treasury.data_sources (id),
    external_id text not null constraint company_sources_external_id check (length(external_id) between 1 and 100),
    is_active boolean not null default false,
    verified_at timestamptz,
    verification text,
    priority smallint not null default 5 constraint company_sources_priority check (priority between 1 and 9),
    last_checked_at timestamptz,
    last_document_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint company_sources_key unique (company_id, source_id, external_id),
    constraint company_sources_active check (not is_active or verified_at is not null)
);
comment on column treasury.company_sources.external_id is 'A CIK (ten digits) at the SEC, a stock code at TSE and HKEX, an issuer''s name at a newswire.';
comment on column treasury.company_sources.verified_at is 'When the source''s own record was seen to agree with the company: before that it is not scraped.';
create index company_sources_source on treasury.company_sources (source_id);

create table treasury.scraper_jobs (
    id bigint generated always as identity primary key,
    company_source_id bigint not null references treasury.company_sources (id) on delete cascade,
    status text not null default 'queued'
        constraint scraper_jobs_status check (status in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    priority smallint not null default 5,
    reason text not null default 'schedule' constraint scraper_jobs_reason check (reason in ('schedule', 'stale', 'manual', 'retry')),
    scheduled_at timestamptz not null default now(),
    not_before timestamptz not null default now(),
    rung_at timestamptz,
    started_at timestamptz,
    finished_at timestamptz,
    attempts smallint not null default 0,
    error_code text,
    last_error text,
    documents_listed integer not null default 0,
    documents_read integer not null default 0,
    candidates_found integer not null default 0,
    snapshots_created integer not null default 0,
    log jsonb not null default '[]',
    raw_response bytea,
    raw_size bigint,
    requested_by uuid references identity.users (id),
    created_at timestamptz not null default now(),
    constraint scraper_jobs_raw_response check (octet_length(raw_response) <= 2000000)
);
comment on column treasury.scraper_jobs.raw_response is 'What the source answered, compressed (zlib), cut where it would be too large; raw_size is the whole.';
create unique index scraper_jobs_one_open on treasury.scraper_jobs (company_source_id) where status in ('queued', 'running');
create index scraper_jobs_queue on treasury.scraper_jobs (status, scheduled_at);
create index scraper_jobs_company_source on treasury.scraper_jobs (company_source_id, id);
create index scraper_jobs_requested_by on treasury.scraper_jobs (requested_by) where requested_by is not null;

create table treasury.scraped_documents (
    id bigint generated always as identity primary key,
    company_source_id bigint not null references treasury.company_sources (id) on delete cascade,
    document_key text not null constraint scraped_documents_key_length check (length(document_key) between 1 and 300),
    form text,
    title text,
    filed date not null,
    url text not null,
    outcome text not null constraint scraped_documents_outcome check (outcome in (
        'candidates', 'nothing_stated', 'not_relevant', 'unreadable')),
    warnings text[] not null default '{}',
    scraper_job_id bigint references treasury.scraper_jobs (id) on delete set null,
    read_at timestamptz not null default now(),
    constraint scraped_documents_document_key unique (company_source_id, document_key)
);
comment on table treasury.scraped_documents is 'Every document that was read, so that none is read twice; the key is its accession number or link.';
create index scraped_documents_job on treasury.scraped_documents (scraper_job_id);

create table treasury.holdings_snapshots (
    id bigint generated always as identity primary key,
    company_id bigint not null references treasury.companies (id) on delete cascade,
    snapshot_date date not null,
    holdings numeric not null constraint holdings_snapshots_holdings check (holdings >= 0 and holdings < 'Infinity'),
    shares_outstanding numeric
        constraint holdings_snapshots_shares check (shares_outstanding > 0 and shares_outstanding < 'Infinity'),
    share_basis text constraint holdings_snapshots_share_basis check (share_basis in ('basic', 'assumed_diluted', 'fd_max')),
    shares_unit_date date,
    holdings_per_share numeric generated always as (holdings / shares_outstanding) stored,
    purchased numeric,
    period_start date,
    period_end date,
    purchase_cost numeric constraint holdings_snapshots_purchase_cost check (purchase_cost >= 0),
    purchase_average_price numeric constraint holdings_snapshots_purchase_price check (purchase_average_price >= 0),
    total_cost numeric constraint holdings_snapshots_total_cost check (total_cost >= 0),
    average_price numeric constraint holdings_snapshots_average_price check (average_price >= 0),
    currency text constraint holdings_snapshots_currency check (currency ~ '^[A-Z]{3}$'),
    status text not null default 'pending'
        constraint holdings_snapshots_status check (status in ('pending', 'approved', 'rejected', 'superseded')),
    source text not null constraint holdings_snapshots_source check (length(source) between 1 and 255),
    source_id bigint references treasury.data_sources (id),
    scraper_job_id bigint references treasury.scraper_jobs (id) on delete set null,
    accession text constraint holdings_snapshots_accession check (length(accession) <= 100),
    source_url text constraint holdings_snapshots_source_url check (length(source_url) <= 2000),
    evidence text constraint holdings_snapshots_evidence check (length(evidence) <= 4000),
    rule text,
    confidence numeric constraint holdings_snapshots_confidence check (confidence between 0 and 1),
    corroborated_by bigint[] not null default '{}',
    flags text[] not null default '{}',
    raw_data jsonb,
    reviewed_by uuid references identity.users (id),
    reviewed_at timestamptz,
    review_note text constraint holdings_snapshots_review_note check (length(review_note) <= 2000),
    superseded_by bigint references treasury.holdings_snapshots (id) on delete set null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint holdings_snapshots_basis_known check (shares_outstanding is null or share_basis is not null),
    constraint holdings_snapshots_period check (period_start <= period_end),
    constraint holdings_snapshots_reviewed check (status in ('pending', 'superseded') or reviewed_at is not null),
    constraint holdings_snapshots_superseded check (status = 'superseded' or superseded_by is null)
);
comment on table treasury.holdings_snapshots is 'What a company held on a day, as a source stated it. Only approved ones count.';
comment on column treasury.holdings_snapshots.shares_unit_date is
'The share count is in shares of that day (null: of snapshot_date): splits after it multiply it to today''s shares.';
comment on column treasury.holdings_snapshots.flags is 'Why a reviewer should look: differs_much, shrinks, split_suspect, unit_unclear, …';
create unique index holdings_snapshots_one_approved on treasury.holdings_snapshots (company_id, snapshot_date) where status = 'approved';
create index holdings_snapshots_series on treasury.holdings_snapshots (company_id, snapshot_date desc) include (holdings)
where status = 'approved';
create index holdings_snapshots_diluted on treasury.holdings_snapshots (company_id, snapshot_date desc)
where status = 'approved' and share_basis = 'assumed_diluted' and shares_outstanding is not null;
create index holdings_snapshots_recent on treasury.holdings_snapshots (snapshot_date desc) where status = 'approved';
create index holdings_snapshots_company on treasury.holdings_snapshots (company_id, snapshot_date desc, id desc);
create index holdings_snapshots_pending on treasury.holdings_snapshots (created_at, id) where status = 'pending';
create index holdings_snapshots_job on treasury.holdings_snapshots (scraper_job_id) where scraper_job_id is not null;
create index holdings_snapshots_source_id on treasury.holdings_snapshots (source_id) where source_id is not null;
create index holdings_snapshots_superseded_by on treasury.holdings_snapshots (superseded_by) where superseded_by is not null;
create index holdings_snapshots_reviewed_by on treasury.holdings_snapshots (reviewed_by) where reviewed_by is not null;

alter table treasury.companies add constraint companies_current_snapshot_id_fkey
foreign key (current_snapshot_id) references treasury.holdings_snapshots (id) on delete set null;
create index companies_current_snapshot on treasury.companies (current_snapshot_id) where current_snapshot_id is not null;

create table treasury.company_financials (
    id bigint generated always as identity primary key,
    company_id bigint not null references treasury.companies (id) on delete cascade,
    effective_date date not null,
    end_date date,
    currency text not null default 'USD' constraint company_financials_currency check (currency ~ '^[A-Z]{3}$'),
    market_cap numeric constraint company_financials_market_cap check (market_cap >= 0),
    shares_basic numeric constraint company_financials_shares_basic check (shares_basic > 0),
    shares_assumed_diluted numeric constraint company_financials_shares_assumed_diluted check (shares_assumed_diluted > 0),
    shares_fully_diluted numeric constraint company_financials_shares_fully_diluted check (shares_fully_diluted > 0),
    shares_unit_date date,
    total_debt numeric constraint company_financials_total_debt check (total_debt >= 0),
    preferred_equity numeric constraint company_financials_preferred_equity check (preferred_equity >= 0),
    cash numeric constraint company_financials_cash check (cash >= 0),
    cost_basis_avg numeric constraint company_financials_cost_basis_avg check (cost_basis_avg >= 0),
    staking_pct numeric constraint company_financials_staking_pct check (staking_pct between 0 and 100),
    staking_apy numeric,
    staking_method text,
    capital_raised_atm numeric,
    capital_raised_pipe numeric,
    capital_raised_converts numeric,
    quarterly_burn numeric,
    avg_daily_volume numeric,
    leverage_ratio numeric,
    mined_annual numeric,
    has_options boolean,
    options_open_interest numeric,
    source text not null,
    source_url text,
    accession text,
    created_at timestamptz not null default now(),
    constraint company_financials_company_id_effective_date_key unique (company_id, effective_date),
    constraint company_financials_period check (end_date > effective_date),
    -- a range of one number has an index type of its own where a number has none
    constraint company_financials_no_overlap exclude using gist (
        int8range(company_id, company_id, '[]') with &&, daterange(effective_date, end_date) with &&)
);
comment on table treasury.company_financials is 'What changes slowly, from effective_date until before end_date (null: still). Percentages are percentages.';
comment on column treasury.company_financials.market_cap is 'As a source stated it; used only where it cannot be computed from price and shares.';

create table treasury.company_overrides (
    id bigint generated always as identity primary key,
    company_id bigint not null references treasury.companies (id) on delete cascade,
    field text not null constraint company_overrides_field check (field ~ '^[a-z][a-z_]{0,63}$'),
    original_value text,
    override_value text not null constraint company_overrides_value check (length(override_value) between 1 and 4000),
    reason text not null constraint company_overrides_reason check (length(reason) between 1 and 2000),
    source text not null default 'admin' constraint company_overrides_source check (source in ('admin', 'csv')),
    is_active boolean not null default true,
    expires_at timestamptz,
    created_by uuid references identity.users (id),
    created_at timestamptz not null default now(),
    deactivated_at timestamptz,
    deactivated_by uuid references identity.users (id),
    constraint company_overrides_active check (is_active = (deactivated_at is null))
);
create unique index company_overrides_one_active on treasury.company_overrides (company_id, field) where is_active;
create index company_overrides_company on treasury.company_overrides (company_id, id);
create index company_overrides_expires on treasury.company_overrides (expires_at) where is_active and expires_at is not null;
create index company_overrides_created_by on treasury.company_overrides (created_by) where created_by is not null;
create index company_overrides_deactivated_by on treasury.company_overrides (deactivated_by) where deactivated_by is not null;

create table treasury.mnav_snapshots (
    company_id bigint not null references treasury.companies (id) on delete cascade,
    day date not null,
    holdings numeric,
    coin_price_usd numeric,
    share_price_usd numeric,
    holdings_value_usd numeric,
    market_cap_usd numeric,
    market_cap_method text constraint mnav_snapshots_method check (market_cap_method in ('price_times_shares', 'stated')),
    mnav_basic numeric,
    mnav_diluted numeric,
    mnav_ev numeric,
    reasons jsonb not null default '{}',
    created_at timestamptz not null default now(),
    primary key (company_id, day)
);
comment on column treasury.mnav_snapshots.reasons is 'Why a figure is null: {figure: reason code}.';

do $$
declare
    v_table text;
begin
    for v_table in select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'treasury' loop
        execute 'alter table ' || v_table || ' enable row level security';
        execute 'alter table ' || v_table || ' force row level security';
    end loop;
end
$$;
