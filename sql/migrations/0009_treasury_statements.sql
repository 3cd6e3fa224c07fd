-- What a tracker's own file states a company to hold, kept apart from reviewed snapshots; newswires' releases, fetched once
-- for all companies; coins in circulation with their moment; assets that the house itself keeps priced.

create table treasury.stated_holdings (
    company_id bigint not null references treasury.companies (id) on delete cascade,
    stated_date date not null,
    holdings numeric not null constraint stated_holdings_holdings check (holdings >= 0 and holdings < 'Infinity'),
    source text not null constraint stated_holdings_source check (length(source) between 1 and 255),
    source_url text constraint stated_holdings_source_url check (length(source_url) <= 2000),
    raw_data jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (company_id, stated_date)
);
comment on table treasury.stated_holdings is
'What a tracker''s file states beside a company''s name: what it holds as of a day, where no later snapshot is approved.';

-- An import used to store these as approved snapshots.
insert into treasury.stated_holdings (company_id, stated_date, holdings, source, source_url, raw_data)
select distinct on (company_id, snapshot_date) company_id, snapshot_date, holdings, source, source_url, raw_data
from treasury.holdings_snapshots
where raw_data ->> 'file' = 'companies.ts' and status <> 'rejected'
order by company_id, snapshot_date, status = 'approved' desc, id desc;
delete from treasury.holdings_snapshots where raw_data ->> 'file' = 'companies.ts' and status <> 'rejected';
update treasury.companies as company
set current_holdings = stated.holdings, current_holdings_date = stated.stated_date, current_snapshot_id = null
from (
    select distinct on (company_id) company_id, stated_date, holdings
    from treasury.stated_holdings
    order by company_id, stated_date desc) as stated
where stated.company_id = company.id
    and (company.current_holdings_date is null or company.current_holdings_date < stated.stated_date);

create table treasury.wire_feeds (
    wire text primary key,
    fetched_at timestamptz,
    fetching_since timestamptz,
    releases integer not null default 0,
    unreadable integer not null default 0
);
comment on table treasury.wire_feeds is 'When each newswire''s feed was last fetched, and since when a worker has been at it.';

create table treasury.wire_releases (
    wire text not null references treasury.wire_feeds (wire) on delete cascade,
    link text not null constraint wire_releases_link check (length(link) between 1 and 2000),
    title text not null,
    at timestamptz not null,
    issuer text not null,
    listings text[] not null default '{}',
    description text not null,
    seen_at timestamptz not null default now(),
    primary key (wire, link)
);
comment on table treasury.wire_releases is 'Releases of the last days, of everybody: a feed itself has only its newest few.';
create index wire_releases_seen on treasury.wire_releases (wire, seen_at);

alter table market.latest_prices add column circulating_supply numeric;
alter table market.latest_prices add column supply_as_of timestamptz;
comment on column market.latest_prices.circulating_supply is
'Coins in circulation at supply_as_of: the market cap over the price that its source stated with it.';

create table market.asset_keepers (
    asset_id bigint not null references market.assets (id),
    kind text not null constraint asset_keepers_kind check (kind ~ '^[a-z_]{1,30}$'),
    since date not null,
    created_at timestamptz not null default now(),
    primary key (asset_id, kind)
);
comment on table market.asset_keepers is
'What the house itself keeps priced, in nobody''s name: `kind` says what for. tracked_assets counts it as one more user.';

-- What administrators held for the tracker becomes the tracker's own.
insert into market.asset_keepers (asset_id, kind, since)
select asset_id, kind, min(since) from market.asset_holders where kind = 'treasury' group by asset_id, kind;
delete from market.asset_holders where kind = 'treasury';
update market.tracked_assets as tracked
set tracking_users = 1 + (
    select count(distinct held.user_id) from market.asset_holders as held where held.asset_id = tracked.asset_id)
from market.asset_keepers as kept
where kept.asset_id = tracked.asset_id;

alter table market.asset_keepers enable row level security;
alter table market.asset_keepers force row level security;
alter table treasury.stated_holdings enable row level security;
alter table treasury.stated_holdings force row level security;
alter table treasury.wire_feeds enable row level security;
alter table treasury.wire_feeds force row level security;
alter table treasury.wire_releases enable row level security;
alter table treasury.wire_releases force row level security;
