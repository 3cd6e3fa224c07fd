-- The worker ------------------------------------------------------------------------------------------------------------

-- name: claim(id, lease)^
select * from treasury.claim_scrape(:id, :lease);

-- name: note(id, started, listed, raw, raw_size, log)$
select treasury.note_scrape(:id, :started, :listed, :raw, :raw_size, :log::jsonb) as mine;

-- name: judge(id, started, external_id, agrees, verification)$
select treasury.judge_source(:id, :started, :external_id, :agrees, :verification) as mine;

-- name: unread(id, company_source_id, keys, again)
-- An administrator's job tries again what could not be read, once.
select key from unnest(:keys::text[]) with ordinality as listed (key, place)
where not exists (
    select from treasury.scraped_documents as held
    where held.company_source_id = :company_source_id and held.document_key = listed.key
        and not (:again and held.outcome = 'unreadable' and held.scraper_job_id is distinct from :id))
order by place;

-- name: land(id, started, filings, documents, candidates, log)^
select stated, created, agreed
from treasury.land_scrape(:id, :started, :filings, :documents::jsonb, :candidates::jsonb, :log::jsonb);

-- name: reported(company_id)$
select exists (
    select from treasury.company_financials where company_id = :company_id and source like 'XBRL%%') as known;

-- name: is_held(id, started)$
-- Whether the job is still this worker's; until the transaction's end it stays so.
select (treasury.held_scrape(:id, :started)).id is not null as mine;

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

-- name: settle_all_priced()
select treasury.settle_priced(array(
    select kept.asset_id from market.asset_keepers as kept where kept.kind = 'treasury'
    union select company.asset_id from treasury.companies as company
    union select company.share_asset_id from treasury.companies as company)) as backfill;

-- What administrators see and start -------------------------------------------------------------------------------------

-- name: sources()
select origin.id, origin.name, origin.type, origin.base_url, origin.is_active,
    extract(epoch from origin.check_every)::bigint / 60 as check_every_minutes,
    count(source.id) as company_sources, count(source.id) filter (where source.is_active) as active_company_sources,
    max(source.last_checked_at) as last_checked_at, health.succeeded, health.failed, health.waiting,
    health.last_succeeded_at, health.last_failed_at, health.last_error_code, health.last_error
from treasury.data_sources as origin
left join treasury.company_sources as source on source.source_id = origin.id
cross join lateral (
    -- each company's last job that has ended says how the source is: of those that were cancelled nothing is known
    select count(*) filter (where last.status = 'succeeded') as succeeded,
        count(*) filter (where last.status = 'failed') as failed,
        count(*) filter (where last.error_code is not null and last.status in ('queued', 'running')) as waiting,
        max(last.finished_at) filter (where last.status = 'succeeded') as last_succeeded_at,
        max(last.finished_at) filter (where last.status = 'failed') as last_failed_at,
        (array_agg(last.error_code order by last.id desc) filter (where last.error_code is not null))[1] as last_error_code,
        (array_agg(last.last_error order by last.id desc) filter (where last.error_code is not null))[1] as last_error
    from treasury.company_sources as own
    cross join lateral (
        select job.id, job.status, job.finished_at, job.error_code, job.last_error
        from treasury.scraper_jobs as job
        where job.company_source_id = own.id and (job.status in ('succeeded', 'failed') or job.error_code is not null)
            and job.status <> 'cancelled'
        order by job.id desc
        limit 1) as last
    where own.source_id = origin.id and own.is_active) as health
group by origin.id, health.succeeded, health.failed, health.waiting, health.last_succeeded_at, health.last_failed_at,
    health.last_error_code, health.last_error
order by origin.id;

-- name: change_source(id, is_active, check_every)$
update treasury.data_sources
set is_active = coalesce(:is_active, is_active), check_every = coalesce(:check_every, check_every)
where id = :id
returning id;

-- name: company_sources(id, company_id, source_id, after, limit)
select source.id, source.company_id, company.ticker, company.name as company_name, source.source_id, origin.name as source,
    origin.type, source.external_id, source.is_active, source.verified_at, source.verification, source.priority,
    source.last_checked_at, source.last_document_at, last.id as last_job_id, last.status as last_job_status
from treasury.company_sources as source
join treasury.companies as company on company.id = source.company_id
join treasury.data_sources as origin on origin.id = source.source_id
left join lateral (
    select job.id, job.status from treasury.scraper_jobs as job
    where job.company_source_id = source.id
    order by job.id desc
    limit 1) as last on true
where (:id::bigint is null or source.id = :id) and (:company_id::bigint is null or source.company_id = :company_id)
    and (:source_id::bigint is null or source.source_id = :source_id) and (:after::bigint is null or source.id > :after)
order by source.id
limit :limit;

-- name: add_company_source(company_id, source_id, external_id, priority)$
insert into treasury.company_sources (company_id, source_id, external_id, priority)
values (:company_id, :source_id, :external_id, :priority)
returning id;

-- name: change_company_source(id, external_id, priority, is_active)^
-- Another external_id has to be verified anew.
update treasury.company_sources as held
set external_id = coalesce(:external_id, external_id), priority = coalesce(:priority, priority),
    verified_at = case when coalesce(:external_id, external_id) = external_id then verified_at end,
    verification = case when coalesce(:external_id, external_id) = external_id then verification end,
    is_active = coalesce(:is_active, is_active)
        and coalesce(:external_id, external_id) = external_id
where id = :id
returning id, verified_at is null as unverified;

-- name: abandon(company_source_id)$
select treasury.abandon_scrapes(:company_source_id) as done;

-- name: delete_company_source(id)$
select treasury.delete_company_source(:id) as outcome;

-- name: source_type(id)$
select type from treasury.data_sources where id = :id;

-- name: active_sources(company_id)
select id from treasury.company_sources where company_id = :company_id and is_active and verified_at is not null
order by priority, id;

-- name: start(ids, reason)
select distinct treasury.start_scrapes(:ids::bigint[], :reason) as id;

-- name: retry(id)$
select treasury.retry_scrape(:id) as id;

-- name: cancel(id)$
select treasury.cancel_scrape(:id) as status;

-- name: scraper_jobs(id, status, company_id, source_id, company_source_id, before, limit)
select job.id, job.company_source_id, source.company_id, company.ticker, origin.name as source, source.external_id,
    job.status, job.priority, job.reason, job.scheduled_at, job.not_before, job.started_at, job.finished_at, job.attempts,
    job.error_code, job.last_error, job.documents_listed, job.documents_read, job.candidates_found, job.snapshots_created,
    job.raw_size, job.requested_by,
    case when :id::bigint is not null then job.log else '[]' end as log
from treasury.scraper_jobs as job
join treasury.company_sources as source on source.id = job.company_source_id
join treasury.companies as company on company.id = source.company_id
join treasury.data_sources as origin on origin.id = source.source_id
where (:id::bigint is null or job.id = :id) and (:status::text is null or job.status = :status)
    and (:company_id::bigint is null or source.company_id = :company_id)
    and (:source_id::bigint is null or source.source_id = :source_id)
    and (:company_source_id::bigint is null or job.company_source_id = :company_source_id)
    and (:before::bigint is null or job.id < :before)
order by job.id desc
limit :limit;

-- name: job_documents(id)
select document_key, form, title, filed, url, outcome, warnings, read_at
from treasury.scraped_documents
where scraper_job_id = :id
order by id
limit 1000;

-- name: raw_response(id)^
select raw_response, raw_size from treasury.scraper_jobs where id = :id;
