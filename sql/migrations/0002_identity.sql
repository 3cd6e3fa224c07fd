-- People: who may sign in, how they present themselves, what they prefer, and the machines that act for them.

create schema identity;

create table identity.users (
    id uuid primary key default gen_random_uuid(),
    email text not null constraint users_email_shape check (length(email) between 3 and 254 and email = lower(email)),
    password_hash text not null,
    role text not null default 'user' constraint users_role check (role in ('user', 'affiliate', 'admin')),
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    last_login_at timestamptz,
    constraint users_email_key unique (email)
);
create index users_created on identity.users (created_at, id);

create table identity.profiles (
    id uuid primary key references identity.users (id) on delete cascade,
    display_name text constraint profiles_display_name check (length(display_name) between 1 and 80),
    avatar_url text constraint profiles_avatar_url check (length(avatar_url) <= 2000 and avatar_url like 'https://_%'),
    paper_balance numeric not null default 100000 constraint profiles_paper_balance check (paper_balance >= 0),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
comment on table identity.profiles is 'How a person presents themselves; the e-mail address stays in users.';

create table identity.user_settings (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references identity.profiles (id) on delete cascade,
    setting_name text not null constraint user_settings_name check (setting_name ~ '^[a-z][a-z0-9_.]{0,63}$'),
    setting_value jsonb not null
        constraint user_settings_value_size check (octet_length(setting_value::text) <= 16384),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint user_settings_user_id_setting_name_key unique (user_id, setting_name)
);

create table identity.refresh_tokens (
    id uuid primary key default gen_random_uuid(),
    family_id uuid not null,
    user_id uuid not null references identity.users (id) on delete cascade,
    token_hash bytea not null constraint refresh_tokens_token_hash_key unique,
    issued_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz,
    revoked_at timestamptz
);
comment on table identity.refresh_tokens is 'One row per token handed out; a family is one sign-in and its rotations.';
create index refresh_tokens_family on identity.refresh_tokens (family_id);
create index refresh_tokens_user on identity.refresh_tokens (user_id);
create index refresh_tokens_expires on identity.refresh_tokens (expires_at);

create table identity.api_keys (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references identity.users (id) on delete cascade,
    name text not null constraint api_keys_name check (length(name) between 1 and 80),
    prefix text not null,
    key_hash bytea not null constraint api_keys_key_hash_key unique,
    scopes text[] not null constraint api_keys_scopes check (cardinality(scopes) > 0),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    last_used_at timestamptz,
    revoked_at timestamptz
);
comment on column identity.api_keys.prefix is 'The first characters, shown so that a person can tell keys apart.';
-- a name is free again once its key was revoked
create unique index api_keys_user_id_name_key on identity.api_keys (user_id, name) where revoked_at is null;
create index api_keys_user on identity.api_keys (user_id, created_at, id);
create index api_keys_revoked on identity.api_keys (revoked_at) where revoked_at is not null;

alter table identity.users enable row level security;
alter table identity.users force row level security;
alter table identity.profiles enable row level security;
alter table identity.profiles force row level security;
alter table identity.user_settings enable row level security;
alter table identity.user_settings force row level security;
alter table identity.refresh_tokens enable row level security;
alter table identity.refresh_tokens force row level security;
alter table identity.api_keys enable row level security;
alter table identity.api_keys force row level security;
