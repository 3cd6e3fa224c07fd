-- Scraping: which source is looked at when, by which worker, and how what it read lands. Candidates go in by
-- treasury.propose_snapshots and nowhere else.

-- ---------------------------------------------------------------------------------------------------------------
-- Planning. A source is due when its last job ended as long ago as the data source says. One open job for each, however
-- many planners run.

create or replace function treasury.open_scrapes(p_sources bigint[], p_reason text, p_lift integer)
returns setof bigint
language sql
as $$
    insert into treasury.scraper_jobs (company_source_id, priority, reason, rung_at, requested_by)
    select source.id, greatest(1, source.priority - p_lift), p_reason, now(), app.user_id()
    from unnest(p_sources) with ordinality as wanted (id, place)
    join treasury.company_sources as source on source.id = wanted.id
    order by wanted.place
    on conflict (company_source_id) where status in ('queued', 'running') do nothing
    returning id
$$;

create or replace function treasury.plan_scrapes(p_as_of timestamptz, p_limit integer)
returns setof bigint
language sql
as $$
    select treasury.open_scrapes(array(
        select source.id
        from treasury.company_sources as source
        join treasury.companies as company on company.id = source.company_id
        join treasury.data_sources as origin on origin.id = source.source_id
        left join lateral (
            select job.status, job.finished_at from treasury.scraper_jobs as job
            where job.company_source_id = source.id
            order by job.id desc
            limit 1) as last on true
        where source.is_active and source.verified_at is not null and company.is_active and origin.is_active
            and coalesce(last.status, '') not in ('queued', 'running')
            -- a planner that runs each hour must not miss a source by the seconds that its last job took
            and coalesce(greatest(last.finished_at, source.last_checked_at), '-infinity') + origin.check_every * 0.9 <= p_as_of
        order by source.priority, company.current_holdings_date nulls first, source.last_checked_at nulls first, source.id
        limit p_limit), 'schedule', 0)
$$;
comment on function treasury.plan_scrapes is
'Opens a job for each source that is due, by priority and staleness; returns the jobs to ring for.';

-- Companies whose latest approved number is old are looked at first. Those that wait already are moved up.
create or replace function treasury.sweep_staleness(p_as_of timestamptz, p_after interval, p_limit integer)
returns table (job_id bigint, company_id bigint)
language plpgsql
as $$
declare
    v_sources constant bigint[] := array(
        select source.id
        from treasury.companies as company
        join treasury.company_sources as source on source.company_id = company.id
        join treasury.data_sources as origin on origin.id = source.source_id
        where company.is_active and source.is_active and source.verified_at is not null and origin.is_active
            and coalesce(company.current_holdings_date, '-infinity') < (p_as_of - p_after)::date
        order by company.current_holdings_date nulls first, source.priority, source.id
        limit p_limit);
    v_opened bigint[];
begin
    update treasury.scraper_jobs as job
    set priority = greatest(1, source.priority - 2), reason = 'stale'
    from treasury.company_sources as source
    where source.id = job.company_source_id and source.id = any (v_sources) and job.status = 'queued'
        and job.reason = 'schedule';
    v_opened := array(select treasury.open_scrapes(v_sources, 'stale', 2));
    return query
    select job.id, source.company_id
    from treasury.scraper_jobs as job
    join treasury.company_sources as source on source.id = job.company_source_id
    where job.id = any (v_opened)
    order by job.id;
end
$$;
comment on function treasury.sweep_staleness is
'Opens a job for each source of the companies whose latest approved number is older than that.';

-- ---------------------------------------------------------------------------------------------------------------
-- The worker. started_at is what it shows later: one that lost its lease has another worker's moment against it, and can
-- change nothing any more.

create or replace function treasury.claim_scrape(p_id bigint, p_lease interval)
returns table (
    id bigint, started_at timestamptz, attempt integer, reason text, company_source_id bigint, source_id bigint, type text,
    external_id text, verified boolean, since date, last_checked_at timestamptz, company_id bigint, ticker text, name text,
    asset text)
language sql
as $$
    with claimed as (
        update treasury.scraper_jobs as held
        set status = 'running', attempts = held.attempts + 1, started_at = clock_timestamp(), finished_at = null
        where held.id = (
            select due.id from treasury.scraper_jobs as due
            where due.id = p_id
                and (due.status = 'queued' and due.not_before <= clock_timestamp()
                     or due.status = 'running' and due.started_at < clock_timestamp() - p_lease)
            for update skip locked)
        returning held.*
    )
    select claimed.id, claimed.started_at, claimed.attempts, claimed.reason, source.id, origin.id, origin.type,
        source.external_id, source.verified_at is not null,
        -- what was approved is known (what a tracker's file states has no document yet); an administrator who starts a job
        -- wants everything since the treasury began
        case when claimed.reason in ('manual', 'retry') or approved.latest is null then company.dat_start_date
             else approved.latest - 45 end,
        source.last_checked_at, company.id, company.ticker, company.name, asset.symbol
    from claimed
    join treasury.company_sources as source on source.id = claimed.company_source_id
    join treasury.data_sources as origin on origin.id = source.source_id
    join treasury.companies as company on company.id = source.company_id
    join market.assets as asset on asset.id = company.asset_id
    cross join lateral (
        select max(held.snapshot_date) as latest from treasury.holdings_snapshots as held
        where held.company_id = company.id and held.status = 'approved') as approved
$$;
comment on function treasury.claim_scrape is 'Gives a job that is due, or whose worker has not been heard of, to one worker.';

-- The job's row under lock, if it is still this worker's.
create or replace function treasury.held_scrape(p_id bigint, p_started timestamptz)
returns treasury.scraper_jobs
language sql
as $$
    select * from treasury.scraper_jobs where id = p_id and started_at = p_started and status = 'running' for update
$$;

-- What a job did, in order; the newest 200 entries.
create or replace function treasury.longer_log(p_log jsonb, p_entries jsonb)
returns jsonb
language sql immutable
as $$
    select coalesce(jsonb_agg(entry order by place), '[]')
    from (
        select entry, place from jsonb_array_elements(p_log || p_entries) with ordinality as listed (entry, place)
        order by place desc
        limit 200) as kept
$$;

-- One filing or announcement with all its documents (or p_filings of which the listing tells that they do not matter): what
-- was read and what it states, in one transaction. Read is counted as listed is: by filings. A candidate
-- that its reader doubts (it has flags of its own) is proposed where it is new, but agrees with nothing: a doubtful number
-- does not make another one surer.
drop function if exists treasury.land_scrape(bigint, timestamptz, jsonb, jsonb, jsonb);
create or replace function treasury.land_scrape(
    p_id bigint, p_started timestamptz, p_filings integer, p_documents jsonb, p_candidates jsonb, p_log jsonb)
returns table (stated integer, created integer, agreed integer)
language plpgsql
as $$
declare
    v_job constant treasury.scraper_jobs := treasury.held_scrape(p_id, p_started);
    v_source treasury.company_sources;
    v_sure jsonb;
    v_doubted jsonb;
    v_impossible integer;
begin
    if v_job.id is null then
        return;
    end if;
    select * into v_source from treasury.company_sources as held where held.id = v_job.company_source_id;
    insert into treasury.scraped_documents as held (
        company_source_id, document_key, form, title, filed, url, outcome, warnings, scraper_job_id)
    select v_source.id, document.key, document.form, document.title, document.filed, document.url, document.outcome,
        coalesce(document.warnings, '{}'), p_id
    from jsonb_to_recordset(p_documents) as document (
        key text, form text, title text, filed date, url text, outcome text, warnings text[])
    on conflict (company_source_id, document_key) do update
        set outcome = excluded.outcome, warnings = excluded.warnings, scraper_job_id = excluded.scraper_job_id, read_at = now()
        where held.outcome = 'unreadable';

    perform from treasury.companies as company where company.id = v_source.company_id for no key update;
    select coalesce(jsonb_agg(candidate order by place) filter (where not doubted), '[]'),
        coalesce(jsonb_agg(candidate order by place) filter (where doubted and not known), '[]')
    into v_sure, v_doubted
    from jsonb_array_elements(p_candidates) with ordinality as given (candidate, place)
    cross join lateral (select
        jsonb_array_length(coalesce(candidate -> 'flags', '[]')) > 0 as doubted,
        exists (
            select from treasury.holdings_snapshots as held
            where held.company_id = v_source.company_id and held.status in ('approved', 'pending')
                and held.snapshot_date = (candidate ->> 'snapshot_date')::date
                and held.holdings = (candidate ->> 'holdings')::numeric) as known) as judged;
    stated := jsonb_array_length(p_candidates);
    select count(*) filter (where outcome = 'created'), count(*) filter (where outcome in ('corroborated', 'approved')),
        count(*) filter (where outcome = 'unusable')
    into created, agreed, v_impossible
    from (
        select proposed.outcome
        from treasury.propose_snapshots(v_source.company_id, v_source.source_id, p_id, v_sure) as proposed
        union all
        select proposed.outcome
        from treasury.propose_snapshots(v_source.company_id, v_source.source_id, p_id, v_doubted) as proposed) as proposed;

    update treasury.scraper_jobs as job
    set documents_read = job.documents_read + p_filings,
        candidates_found = job.candidates_found + stated, snapshots_created = job.snapshots_created + created,
        log = treasury.longer_log(job.log, p_log || case when v_impossible = 0 then '[]' else jsonb_build_array(
            jsonb_build_object('at', now(), 'what', format('%s of these are impossible, and left out', v_impossible))) end)
    where job.id = p_id;
    update treasury.company_sources as held
    set last_document_at = greatest(held.last_document_at, (
        select max((document ->> 'filed')::date)::timestamp at time zone 'UTC'
        from jsonb_array_elements(p_documents) as document))
    where held.id = v_source.id;
    return next;
end
$$;
comment on function treasury.land_scrape is 'Lands what was read of one filing or announcement. No row: the lease was lost.';

-- The balance sheet that a filer reported, as a row of financials from its date on. Null: known already, or an
-- administrator has said something about that date. Share counts come in only where no diluted count would be lost.
create or replace function treasury.propose_financials(p_company_id bigint, p_values jsonb)
returns bigint
language plpgsql
as $$
declare
    v_day constant date := p_values ->> 'effective_date';
    v_values jsonb := p_values;
begin
    perform from treasury.companies as company where company.id = p_company_id for no key update;
    if exists (
        select from treasury.company_financials as held
        where held.company_id = p_company_id
            and (held.effective_date = v_day or held.accession = p_values ->> 'accession'))
    then
        return null;
    end if;
    if exists (
        select from treasury.company_financials as held
        where held.company_id = p_company_id and held.effective_date < v_day
            and coalesce(held.end_date, 'infinity') > v_day
            and (held.shares_assumed_diluted is not null or held.shares_fully_diluted is not null))
    then
        v_values := v_values - 'shares_basic' - 'shares_unit_date';
    end if;
    return treasury.add_financials(p_company_id, v_values, true);
end
$$;
comment on function treasury.propose_financials is 'A reported balance sheet becomes financials from its date on, once.';

create or replace function treasury.note_scrape(
    p_id bigint, p_started timestamptz, p_listed integer, p_raw bytea, p_raw_size bigint, p_log jsonb)
returns boolean
language sql
as $$
    with mine as (
        update treasury.scraper_jobs as job
        set documents_listed = coalesce(p_listed, job.documents_listed), raw_response = coalesce(p_raw, job.raw_response),
            raw_size = coalesce(p_raw_size, job.raw_size), log = treasury.longer_log(job.log, p_log)
        where job.id = p_id and job.started_at = p_started and job.status = 'running'
        returning 1
    )
    select exists (select from mine)
$$;
comment on function treasury.note_scrape is 'What the source listed, its answer as it came, and a line for the log.';

drop function if exists treasury.judge_source(bigint, timestamptz, boolean, text);
create or replace function treasury.judge_source(
    p_id bigint, p_started timestamptz, p_external_id text, p_agrees boolean, p_verification text)
returns boolean
language plpgsql
as $$
declare
    v_job constant treasury.scraper_jobs := treasury.held_scrape(p_id, p_started);
begin
    if v_job.id is null then
        return false;
    end if;
    -- one that was verified before and that an administrator has switched off stays off
    update treasury.company_sources as held
    set is_active = p_agrees and (held.verified_at is null or held.is_active),
        verified_at = case when p_agrees then coalesce(held.verified_at, now()) end,
        verification = left(p_verification, 1000)
    -- an id that somebody has changed meanwhile is not what the source was asked about
    where held.id = v_job.company_source_id and held.external_id = p_external_id
        and (held.verified_at is not null, coalesce(held.verification, '')) is distinct from (p_agrees, left(p_verification, 1000));
    return true;
end
$$;
comment on function treasury.judge_source is
'Whether the source''s own record agrees with the company: only then it is scraped. Says what was found.';

create or replace function treasury.finish_scrape(p_id bigint, p_started timestamptz, p_log jsonb)
returns boolean
language plpgsql
as $$
declare
    v_job constant treasury.scraper_jobs := treasury.held_scrape(p_id, p_started);
begin
    if v_job.id is null then
        return false;
    end if;
    update treasury.scraper_jobs as job
    set status = 'succeeded', finished_at = clock_timestamp(), error_code = null, last_error = null,
        log = treasury.longer_log(job.log, p_log)
    where job.id = p_id;
    update treasury.company_sources set last_checked_at = p_started where id = v_job.company_source_id;
    return true;
end
$$;
comment on function treasury.finish_scrape is 'The source was looked at, at the moment when the worker began.';

-- The end of an attempt that did not finish: back to the queue with a moment before which nobody tries, or failed. An
-- attempt that only our own budget or its time stopped does not count.
create or replace function treasury.postpone_scrape(
    p_id bigint, p_started timestamptz, p_wait interval, p_code text, p_error text, p_counts boolean, p_final boolean,
    p_most integer, p_log jsonb)
returns text
language sql
as $$
    update treasury.scraper_jobs as job
    set status = case when p_final or p_counts and job.attempts >= p_most then 'failed' else 'queued' end,
        finished_at = case when p_final or p_counts and job.attempts >= p_most then clock_timestamp() end,
        attempts = job.attempts - case when p_counts then 0 else 1 end,
        not_before = clock_timestamp() + p_wait, rung_at = null, error_code = p_code, last_error = left(p_error, 2000),
        log = treasury.longer_log(job.log, p_log)
    where job.id = p_id and job.started_at = p_started and job.status = 'running'
    returning job.status
$$;

-- The sweep: jobs whose worker died too often fail; of the rest, those are rung for that nobody is at work on.
create or replace function treasury.due_scrapes(p_lease interval, p_again interval, p_most integer, p_limit integer)
returns setof bigint
language sql
as $$
    update treasury.scraper_jobs
    set status = 'failed', finished_at = clock_timestamp(), error_code = 'worker_died',
        last_error = 'its worker ended without a word, on every attempt'
    where status = 'running' and started_at < clock_timestamp() - p_lease and attempts >= p_most;

    update treasury.scraper_jobs as held
    set rung_at = now()
    where held.id in (
        select due.id from treasury.scraper_jobs as due
        where (due.status = 'queued' and due.not_before <= clock_timestamp()
               and (due.rung_at is null or due.rung_at < now() - p_again))
            or (due.status = 'running' and due.started_at < clock_timestamp() - p_lease
                and (due.rung_at is null or due.rung_at < now() - p_again))
        order by due.priority, due.scheduled_at, due.id
        limit p_limit
        for update skip locked)
    returning held.id
$$;
comment on function treasury.due_scrapes is 'Jobs to ring for again: lost bells, waits that are over, dead workers.';

grant execute on function treasury.plan_scrapes(timestamptz, integer),
    treasury.sweep_staleness(timestamptz, interval, integer), treasury.open_scrapes(bigint[], text, integer),
    treasury.claim_scrape(bigint, interval), treasury.held_scrape(bigint, timestamptz),
    treasury.longer_log(jsonb, jsonb), treasury.land_scrape(bigint, timestamptz, integer, jsonb, jsonb, jsonb),
    treasury.propose_financials(bigint, jsonb),
    treasury.note_scrape(bigint, timestamptz, integer, bytea, bigint, jsonb),
    treasury.judge_source(bigint, timestamptz, text, boolean, text), treasury.finish_scrape(bigint, timestamptz, jsonb),
    treasury.postpone_scrape(bigint, timestamptz, interval, text, text, boolean, boolean, integer, jsonb),
    treasury.due_scrapes(interval, interval, integer, integer)
to holdfast_jobs;

-- ---------------------------------------------------------------------------------------------------------------
-- What administrators start by hand.

-- Jobs for sources, whether active or not: one that is not verified is verified first. A source that has an open job gets
-- that one, moved to the front.
create or replace function treasury.start_scrapes(p_sources bigint[], p_reason text)
returns setof bigint
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    perform treasury.only_admins();
    perform treasury.open_scrapes(p_sources, p_reason, 9);
    return query
    update treasury.scraper_jobs as job
    set priority = 1, not_before = clock_timestamp(), rung_at = now()
    where job.company_source_id = any (p_sources) and job.status = 'queued'
    returning job.id;
    return query
    select job.id from treasury.scraper_jobs as job
    where job.company_source_id = any (p_sources) and job.status = 'running';
end
$$;
comment on function treasury.start_scrapes is 'An administrator wants these sources looked at now; returns their open jobs.';
grant execute on function treasury.start_scrapes(bigint[], text) to holdfast_api;

-- A job that has ended is done once more by a new one; one that waits, at once and with all its attempts.
create or replace function treasury.retry_scrape(p_id bigint)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_job treasury.scraper_jobs;
begin
    perform treasury.only_admins();
    select * into v_job from treasury.scraper_jobs where id = p_id;
    if not found then
        return null;
    end if;
    update treasury.scraper_jobs set attempts = 0 where id = p_id and status = 'queued';
    return (select min(id) from treasury.start_scrapes(array[v_job.company_source_id], 'retry') as id);
end
$$;
comment on function treasury.retry_scrape is 'The open job that does this one again; null: there is none of that id.';
grant execute on function treasury.retry_scrape(bigint) to holdfast_api;

-- Another id is to be looked for: a worker that is at the old one has lost its job, and what it reads is nobody's.
create or replace function treasury.abandon_scrapes(p_company_source_id bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    perform treasury.only_admins();
    update treasury.scraper_jobs as job
    set status = 'cancelled', finished_at = clock_timestamp(), error_code = 'id_changed',
        last_error = 'an administrator has changed the id that was asked for',
        log = treasury.longer_log(job.log, jsonb_build_array(
            jsonb_build_object('at', clock_timestamp(), 'what', 'ended: its source has another id now')))
    where job.company_source_id = p_company_source_id and job.status = 'running';
    update treasury.company_sources set last_checked_at = null, last_document_at = null where id = p_company_source_id;
end
$$;
comment on function treasury.abandon_scrapes is
'Ends what runs for a company''s source before an administrator changes its id, which nobody has looked at yet.';
grant execute on function treasury.abandon_scrapes(bigint) to holdfast_api;

-- A company's source that nothing has come of goes, with its jobs and what they looked at. What a document stated stays
-- traceable to where it was found.
create or replace function treasury.delete_company_source(p_id bigint)
returns text
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    perform treasury.only_admins();
    -- workers lock their job first, and then the source
    perform from treasury.scraper_jobs as job where job.company_source_id = p_id order by job.id for update;
    perform from treasury.company_sources as source where source.id = p_id for update;
    if not found then
        return null;
    end if;
    if exists (select from treasury.scraper_jobs as job where job.company_source_id = p_id and job.status = 'running') then
        return 'running';
    end if;
    if exists (
            select from treasury.scraped_documents as document
            where document.company_source_id = p_id and document.outcome = 'candidates')
        or exists (
            select from treasury.scraper_jobs as job
            where job.company_source_id = p_id and (job.candidates_found > 0 or exists (
                select from treasury.holdings_snapshots as held where held.scraper_job_id = job.id)))
    then
        return 'productive';
    end if;
    delete from treasury.company_sources as source where source.id = p_id;
    return 'deleted';
end
$$;
comment on function treasury.delete_company_source is
'An administrator deletes a company''s source: deleted; running or productive where it stays; null: there is none.';
grant execute on function treasury.delete_company_source(bigint) to holdfast_api;

-- A job that waits, for its turn or after a failure, is not done. Its source is due again after its usual time.
create or replace function treasury.cancel_scrape(p_id bigint)
returns text
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_status text;
begin
    perform treasury.only_admins();
    select status into v_status from treasury.scraper_jobs where id = p_id for update;
    if v_status = 'queued' then
        update treasury.scraper_jobs as job
        set status = 'cancelled', finished_at = clock_timestamp(), log = treasury.longer_log(job.log, jsonb_build_array(
            jsonb_build_object('at', clock_timestamp(), 'what', 'cancelled by an administrator')))
        where job.id = p_id;
    end if;
    return v_status;
end
$$;
comment on function treasury.cancel_scrape is
'An administrator cancels a job that is queued. Returns the status that it had, which stays if it was another; null: no such job.';
grant execute on function treasury.cancel_scrape(bigint) to holdfast_api;

-- What workers do to a job is in its own log; that an administrator stopped it is in everybody's.
create or replace trigger audit after update of status on treasury.scraper_jobs
for each row when (new.status = 'cancelled') execute function app.audit('id', 'raw_response', 'log');
