-- What the import of a tracker's files reads and writes. Whole lists at once; the rows are compared in local/treasury_plan.py.

-- name: begin_import()$
-- One import at a time: a second one sees what the first one wrote.
select pg_advisory_xact_lock(hashtext('import treasury'));

-- name: import_source()$
select id from treasury.data_sources where type = 'import' order by id limit 1;

-- name: coins(symbols)
select distinct on (symbol) symbol, id from market.assets
where asset_type = 'crypto' and symbol = any (:symbols::text[])
order by symbol, is_active desc, exchange nulls first, id;

-- name: shares(tickers)
-- By the ticker itself; else by the ticker and a market's suffix, which some write and others leave out.
select ticker, asset.id, asset.symbol, asset.exchange, asset.native_currency as currency, asset.symbol = ticker as exact
from unnest(:tickers::text[]) as ticker
join market.assets as asset
    on asset.asset_type = 'stock' and (asset.symbol = ticker or starts_with(asset.symbol, ticker || '.'))
order by ticker, exact desc, asset.id;

-- name: add_assets(assets)
-- Where another kind of asset has that symbol, nothing is added.
insert into market.assets (symbol, name, asset_type, exchange, native_currency, metadata)
select symbol, name, asset_type, exchange, currency, case asset_type when 'stock' then '{"kind": "share"}' else '{}' end::jsonb
from jsonb_to_recordset(:assets::jsonb) as given (symbol text, name text, asset_type text, exchange text, currency text)
on conflict (symbol, exchange) do nothing
returning id, symbol;

-- name: stored_companies(external_ids, tickers)
-- Locked: who reviews their snapshots at this moment waits.
select company.*, coin.symbol as asset
from treasury.companies as company
join market.assets as coin on coin.id = company.asset_id
where company.external_id = any (:external_ids::text[]) or company.ticker = any (:tickers::text[])
order by company.id
for no key update of company;

-- name: add_companies(companies)
insert into treasury.companies (external_id, ticker, name, asset_id, share_asset_id, currency, exchange, country, tier, is_miner,
    website, twitter, leader, strategy, notes, dat_start_date, tokenized_address, tokenized_chain)
select external_id, ticker, name, asset_id, share_asset_id, currency, exchange, country, tier, coalesce(is_miner, false),
    website, twitter, leader, strategy, notes, dat_start_date, tokenized_address, tokenized_chain
from jsonb_populate_recordset(null::treasury.companies, :companies::jsonb)
returning id, external_id;

-- name: change_companies(changes)!
update treasury.companies as company
set (ticker, name, country, tier, is_miner, website, twitter, leader, strategy, notes, dat_start_date,
     tokenized_address, tokenized_chain) = (
    select changed.ticker, changed.name, changed.country, changed.tier, changed.is_miner, changed.website,
        changed.twitter, changed.leader, changed.strategy, changed.notes, changed.dat_start_date,
        changed.tokenized_address, changed.tokenized_chain
    from jsonb_populate_record(company, given.changes) as changed)
from jsonb_to_recordset(:changes::jsonb) as given (id bigint, changes jsonb)
where company.id = given.id;

-- name: stored_financials(companies)
select * from treasury.company_financials where company_id = any (:companies::bigint[]) order by company_id, effective_date;

-- name: add_financials(rows)
-- In the order of the dates, so that each closes the one before it.
select treasury.add_financials(ordered.company_id, ordered.figures, false) as id
from (
    select company_id, figures
    from jsonb_to_recordset(:rows::jsonb) as given (company_id bigint, figures jsonb)
    order by company_id, figures ->> 'effective_date') as ordered;

-- name: replace_financials(rows)!
update treasury.company_financials as held
set (market_cap, total_debt, preferred_equity, cash, cost_basis_avg, staking_pct, staking_apy, staking_method,
     capital_raised_atm, capital_raised_pipe, capital_raised_converts, quarterly_burn, avg_daily_volume, leverage_ratio,
     mined_annual, has_options, options_open_interest, source, flags) = (
    select changed.market_cap, changed.total_debt, changed.preferred_equity, changed.cash, changed.cost_basis_avg,
        changed.staking_pct, changed.staking_apy, changed.staking_method, changed.capital_raised_atm,
        changed.capital_raised_pipe, changed.capital_raised_converts, changed.quarterly_burn, changed.avg_daily_volume,
        changed.leverage_ratio, changed.mined_annual, changed.has_options, changed.options_open_interest,
        changed.source, changed.flags
    from jsonb_populate_record(null::treasury.company_financials, given.figures) as changed)
from jsonb_to_recordset(:rows::jsonb) as given (id bigint, figures jsonb)
where held.id = given.id;

-- name: splits(companies)
select company.id as company_id, action.ex_date, action.ratio
from treasury.companies as company
join market.corporate_actions as action on action.asset_id = company.share_asset_id and action.action_type = 'split'
where company.id = any (:companies::bigint[])
order by company.id, action.ex_date;

-- name: stored_statements(companies)
select company_id, stated_date, holdings, source, source_url, flags
from treasury.stated_holdings where company_id = any (:companies::bigint[]);

-- name: state_holdings(rows)!
insert into treasury.stated_holdings as held (company_id, stated_date, holdings, source, source_url, flags, raw_data)
select company_id, stated_date, holdings, source, source_url, flags, raw_data
from jsonb_to_recordset(:rows::jsonb) as given (
    company_id bigint, stated_date date, holdings numeric, source text, source_url text, flags text[], raw_data jsonb)
order by company_id, stated_date
on conflict (company_id, stated_date) do update
    set holdings = excluded.holdings, source = excluded.source, source_url = excluded.source_url,
        flags = excluded.flags, raw_data = excluded.raw_data;

-- name: shrunk_statements(companies, days)
select stated.company_id, stated.stated_date, stated.holdings, earlier.holdings as before
from unnest(:companies::bigint[], :days::date[]) as written (company_id, stated_date)
join treasury.stated_holdings as stated using (company_id, stated_date)
cross join lateral treasury.held_on(stated.company_id, stated.stated_date - 1) as earlier
where stated.holdings < earlier.holdings
order by stated.company_id, stated.stated_date;

-- name: stored_snapshots(companies)
-- `file`: which file an import took it from; a reviewer's correction of such a one is not the import's any more.
select id, company_id, snapshot_date, holdings, shares_outstanding, source, status, raw_data ->> 'file' as file
from treasury.holdings_snapshots
where company_id = any (:companies::bigint[])
order by company_id, snapshot_date, id;

-- name: supersede(ids)!
-- Before its successor is there: at no moment may two be approved for one date.
update treasury.holdings_snapshots set status = 'superseded' where id = any (:ids::bigint[]);

-- name: add_snapshots(rows, source_id)
insert into treasury.holdings_snapshots (company_id, snapshot_date, holdings, shares_outstanding, share_basis, shares_unit_date,
    status, source, source_id, source_url, flags, raw_data, reviewed_at, review_note)
select company_id, snapshot_date, holdings, shares_outstanding, case when shares_outstanding is not null then 'assumed_diluted' end,
    shares_unit_date, status, source, :source_id, source_url, flags, raw_data,
    case status when 'approved' then now() end, case status when 'approved' then 'imported from ' || (raw_data ->> 'file') end
from jsonb_to_recordset(:rows::jsonb) as given (
    company_id bigint, snapshot_date date, holdings numeric, shares_outstanding numeric, shares_unit_date date, status text,
    source text, source_url text, flags text[], raw_data jsonb)
order by company_id, snapshot_date
returning id, company_id, snapshot_date, status;

-- name: name_successors(ids)!
update treasury.holdings_snapshots as old
set superseded_by = successor.id
from treasury.holdings_snapshots as successor
where old.id = any (:ids::bigint[]) and successor.company_id = old.company_id
    and successor.snapshot_date = old.snapshot_date and successor.status = 'approved';

-- name: flag(ids)
-- Now that the whole series is stored: share counts that jump without a split that explains it, and holdings that shrink.
with suspect as (
    select held.id, array(
        select unnest(held.flags)
        union select flag from unnest(treasury.snapshot_flags(
            held.company_id, held.id, held.snapshot_date, held.holdings, held.shares_outstanding, held.share_basis,
            held.shares_unit_date, held.confidence)) as flag
        where flag in ('split_suspect', 'shrinks')
        order by 1) as flags
    from treasury.holdings_snapshots as held
    where held.id = any (:ids::bigint[])
)
update treasury.holdings_snapshots as held
set flags = suspect.flags
from suspect
where held.id = suspect.id and held.flags <> suspect.flags
returning held.company_id, held.snapshot_date, held.flags;

-- name: kept_priced(assets)$
select count(*) as kept from market.asset_keepers where kind = 'treasury' and asset_id = any (:assets::bigint[]);

-- name: without_prices(assets)
select symbol from market.assets where id = any (:assets::bigint[]) and cardinality(price_sources) = 0 order by symbol;

-- name: settle_priced(assets)
select treasury.settle_priced(:assets::bigint[]) as backfill;
