-- The worker ------------------------------------------------------------------------------------------------------------

-- name: claim(id, lease)^
select * from treasury.claim_scrape(:id, :lease);

-- name: note(id, started, listed, raw, raw_size, log)$
select treasury.note_scrape(:id, :started, :listed, :raw, :raw_size, :log::jsonb) as mine;

-- name: judge(id, started, agrees, verification)$
select treasury.judge_source(:id, :started, :agrees, :verification) as mine;

-- name: unread(company_source_id, keys)
select key from unnest(:keys::text[]) with ordinality as listed (key, place)
where not exists (
    select from treasury.scraped_documents as held
    where held.company_source_id = :company_source_id and held.document_key = listed.key)
order by place;

-- name: land(id, started, documents, candidates, log)^
select stated, created, agreed
from treasury.land_scrape(:id, :started, :documents::jsonb, :candidates::jsonb, :log::jsonb);

-- name: reported(company_id)$
select exists (
    select from treasury.company_financials where company_id = :company_id and source like 'XBRL%%') as known;

-- name: propose_financials(company_id, figures)$
select treasury.propose_financials(:company_id, :figures::jsonb) as id;

-- name: finish(id, started, log)$
select treasury.finish_scrape(:id, :started, :log::jsonb) as mine;

-- name: postpone(id, started, wait, code, error, counts, final, most, log)$
select treasury.postpone_scrape(
    :id, :started, :wait, :code, :error, :counts, :final, :most, :log::jsonb) as status;

-- Jobs of the timetable -------------------------------------------------------------------------------------------------

-- name: plan(as_of, limit)
select treasury.plan_scrapes(:as_of, :limit) as id;

-- name: sweep_stale(as_of, after, limit)
select job_id, company_id from treasury.sweep_staleness(:as_of, :after, :limit);

-- name: due(lease, again, most, limit)
select treasury.due_scrapes(:lease, :again, :most, :limit) as id;
