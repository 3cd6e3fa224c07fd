-- The ground floor: what every domain uses and none owns.

create table app.job_runs (
    id bigint generated always as identity primary key,
    job text not null,
    as_of timestamptz not null,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    status text not null default 'running'
        constraint job_runs_status check (status in ('running', 'succeeded', 'failed', 'abandoned')),
    rows_changed bigint not null default 0,
    error text,
    details jsonb not null default '{}',
    constraint job_runs_finished check ((status = 'running') = (finished_at is null))
);
comment on table app.job_runs is 'Each run of each job: for which moment, when, how it ended, how many rows it changed.';
create index job_runs_latest on app.job_runs (job, as_of desc);
create index job_runs_started on app.job_runs (started_at);

create table app.outbox_topics (
    topic text primary key,
    last_seq bigint not null default 0
);
comment on table app.outbox_topics is 'The last number given out per topic; its row lock makes the numbers gapless.';

create table app.outbox (
    topic text not null references app.outbox_topics (topic),
    seq bigint not null,
    kind text not null,
    payload jsonb not null,
    audience uuid,
    created_at timestamptz not null default now(),
    primary key (topic, seq)
);
comment on table app.outbox is 'What clients may subscribe to, written in the transaction that made it true.';
comment on column app.outbox.audience is 'The one user who may read it; null is everyone.';
create index outbox_created on app.outbox (created_at);

create table app.idempotency_keys (
    user_id uuid not null,
    key text not null constraint idempotency_keys_key check (length(key) between 1 and 255),
    request text not null,
    body_hash bytea not null,
    status smallint,
    response text,
    created_at timestamptz not null default now(),
    primary key (user_id, key)
);
comment on table app.idempotency_keys is 'The first answer under each key; the same key and body get it again.';
create index idempotency_keys_created on app.idempotency_keys (created_at);

-- unlogged: every call of a source spends here, and its commit then waits for no disk. A crash of the database forgets
-- what was spent, which costs at most one budget.
create unlogged table app.rate_limits (
    bucket text primary key,
    spent_until timestamptz not null,
    blocked_until timestamptz,
    updated_at timestamptz not null default clock_timestamp()
);
comment on table app.rate_limits is 'Budgets that all processes share (generic cell rate algorithm: one moment per bucket).';
create index rate_limits_updated on app.rate_limits (updated_at);

create table app.audit_log (
    id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    table_name text not null,
    record_id text not null,
    action text not null constraint audit_log_action check (action in ('insert', 'update', 'delete')),
    old_values jsonb,
    new_values jsonb,
    changed_fields text[],
    user_id uuid,
    role text,
    origin text
);
comment on table app.audit_log is 'Who changed which row of an audited table, from what to what, from where.';
create index audit_log_record on app.audit_log (table_name, record_id, id desc);
create index audit_log_user on app.audit_log (user_id, id desc);

alter table app.job_runs enable row level security;
alter table app.job_runs force row level security;
alter table app.outbox_topics enable row level security;
alter table app.outbox_topics force row level security;
alter table app.outbox enable row level security;
alter table app.outbox force row level security;
alter table app.idempotency_keys enable row level security;
alter table app.idempotency_keys force row level security;
alter table app.rate_limits enable row level security;
alter table app.rate_limits force row level security;
alter table app.audit_log enable row level security;
alter table app.audit_log force row level security;
