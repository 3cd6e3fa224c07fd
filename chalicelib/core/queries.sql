-- name: start_run(job, as_of)$
-- A run begins. Whoever holds the job's lock knows that runs still marked running were killed.
with abandoned as (
    update app.job_runs
    set status = 'abandoned', finished_at = clock_timestamp(), error = 'the process ended before the run did'
    where job = :job and status = 'running'
)
insert into app.job_runs (job, as_of) values (:job, :as_of) returning id;

-- name: finish_run(id, status, rows_changed, error, details)!
update app.job_runs
set status = :status, finished_at = clock_timestamp(), rows_changed = :rows_changed, error = :error,
    details = :details::jsonb
where id = :id;

-- name: last_success(job, until)$
-- The last moment up to `until` for which a run succeeded, from where a job catches up. A run for a moment that lies ahead
-- (a slip at the command line) must not keep the job from its work until then.
select max(as_of) as as_of from app.job_runs where job = :job and status = 'succeeded' and as_of <= :until;

-- name: try_job_lock(job)$
-- True where the lock is free: it is held until this transaction ends, however it ends.
select pg_try_advisory_xact_lock(hashtextextended('job:' || :job, 0)) as locked;

-- name: list_runs(job, before, limit)
select id, job, as_of, started_at, finished_at, status, rows_changed, error, details
from app.job_runs
where (:job::text is null or job = :job) and (:before::bigint is null or id < :before)
order by id desc
limit :limit;

-- name: claim_key(user_id, key, request, body_hash)!
-- One row when the key is new. A second request with the same key waits here until the first has committed.
insert into app.idempotency_keys (user_id, key, request, body_hash)
values (:user_id, :key, :request, :body_hash)
on conflict (user_id, key) do nothing;

-- name: stored_answer(user_id, key)^
select request, body_hash, status, response from app.idempotency_keys where user_id = :user_id and key = :key;

-- name: store_answer(user_id, key, status, response)!
update app.idempotency_keys set status = :status, response = :response where user_id = :user_id and key = :key;

-- name: release_key(user_id, key)!
delete from app.idempotency_keys where user_id = :user_id and key = :key and status is null;

-- name: spend(bucket, cost, burst, per_seconds)$
select app.spend(:bucket, :cost::numeric, :burst::numeric, :per_seconds::numeric) as wait;

-- name: block(bucket, seconds)!
select app.block(:bucket, :seconds::numeric);

-- name: publish(topic, kind, payload, audience)$
select app.publish(:topic, :kind, :payload::jsonb, :audience) as seq;

-- name: list_events(topic, after, limit)
select topic, seq, kind, payload, created_at
from app.outbox
where topic = :topic and seq > :after
order by seq
limit :limit;

-- name: last_seq(topic)$
select coalesce(max(seq), 0) as seq from app.outbox where topic = :topic;

-- name: list_audit(table_name, record_id, before, limit)
select id, at, table_name, record_id, action, old_values, new_values, changed_fields, user_id, role, origin
from app.audit_log
where (:table_name::text is null or table_name = :table_name)
    and (:record_id::text is null or record_id = :record_id)
    and (:before::bigint is null or id < :before)
order by id desc
limit :limit;

-- name: ledger()
select name, checksum from app.schema_migrations;

-- name: sweep_ground_floor(as_of)$
-- Removes what has served its time: answers after a day, budgets idle for 40 days (the longest refills in a month),
-- events after a week, runs after 90 days.
with keys as (delete from app.idempotency_keys where created_at < :as_of::timestamptz - interval '1 day' returning 1),
budgets as (delete from app.rate_limits where updated_at < :as_of::timestamptz - interval '40 days'
            and coalesce(blocked_until, updated_at) < :as_of::timestamptz returning 1),
events as (delete from app.outbox where created_at < :as_of::timestamptz - interval '7 days' returning 1),
runs as (delete from app.job_runs where started_at < :as_of::timestamptz - interval '90 days'
         and status <> 'running' returning 1)
select (select count(*) from keys) + (select count(*) from budgets) + (select count(*) from events)
       + (select count(*) from runs) as removed;
