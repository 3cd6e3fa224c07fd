-- What is known of a company's financials on each day, field by field; marks of values that came out of a file's fallback;
-- which overrides a day's mNAV was computed with.

create table treasury.known_financials (
    company_id bigint not null references treasury.companies (id) on delete cascade,
    effective_date date not null,
    end_date date not null,
    currency text not null,
    market_cap numeric,
    market_cap_date date,
    market_cap_currency text,
    shares_basic numeric,
    shares_basic_date date,
    shares_basic_unit date,
    shares_assumed_diluted numeric,
    shares_assumed_diluted_date date,
    shares_assumed_diluted_unit date,
    shares_fully_diluted numeric,
    shares_fully_diluted_date date,
    shares_fully_diluted_unit date,
    total_debt numeric,
    total_debt_date date,
    total_debt_currency text,
    preferred_equity numeric,
    preferred_equity_date date,
    preferred_equity_currency text,
    cash numeric,
    cash_date date,
    cash_currency text,
    cost_basis_avg numeric,
    cost_basis_date date,
    cost_basis_currency text,
    staking_pct numeric,
    staking_pct_date date,
    primary key (company_id, effective_date)
);
comment on table treasury.known_financials is
'Derived from company_financials by a trigger: for each of its rows the latest stated value of each field, and of which row it is.';
comment on column treasury.known_financials.end_date is 'The first day of the next row; infinity where there is none.';
-- what is in force now: whose end is still to come
create index known_financials_end on treasury.known_financials (end_date);
alter table treasury.known_financials enable row level security;
alter table treasury.known_financials force row level security;

alter table treasury.company_financials add column flags text[] not null default '{}';
comment on column treasury.company_financials.flags is 'Why to look twice: fallback_value, where a figure is a file''s fallback.';
alter table treasury.stated_holdings add column flags text[] not null default '{}';
comment on column treasury.stated_holdings.flags is 'Why to look twice: fallback_value, where the amount is the file''s fallback.';

alter table treasury.mnav_snapshots add column overridden jsonb not null default '{}';
comment on column treasury.mnav_snapshots.overridden is 'Overrides in force at the end of that day of what its figures are computed from.';
