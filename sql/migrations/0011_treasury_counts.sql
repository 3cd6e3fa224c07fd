-- A document may count a day's shares twice: diluted ones, of which yields are, and basic ones, of which the market cap is.
-- And what a filing counts is in shares of its own day, also where it speaks of an earlier one.

alter table treasury.holdings_snapshots
add column shares_basic numeric
constraint holdings_snapshots_shares_basic check (shares_basic > 0 and shares_basic < 'Infinity')
constraint holdings_snapshots_basic_beside check (
    shares_basic is null or shares_outstanding is not null and share_basis <> 'basic');
comment on column treasury.holdings_snapshots.shares_basic is
'Basic shares of the same day beside shares_outstanding of another basis, in shares of the same shares_unit_date.';

-- Counts that were read in filings so far were taken for shares of the day of which the filing speaks. What a person has
-- corrected says what he wanted it to say.
update treasury.holdings_snapshots as held
set shares_unit_date = document.filed
from treasury.scraped_documents as document
where document.scraper_job_id = held.scraper_job_id and document.url = held.source_url
    and held.shares_outstanding is not null and held.shares_unit_date is null and held.rule is not null
    and not coalesce(held.raw_data ? 'corrects', false);
