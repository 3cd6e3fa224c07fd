-- Who may see and do what with people's records, and the few functions that look a person up before anybody is signed in.
--
-- A NEW ACCOUNT: a domain that wants to prepare something for each new person (a first portfolio, a first account) adds a
-- trigger of its own in its own file; nothing here is edited:
--     create or replace trigger users_20_<domain> after insert on identity.users
--     for each row execute function <domain>.handle_new_user();
-- Triggers fire in the order of their names: users_10_new_user (below) has made the profile by then. The function runs
-- inside the registration, so it is `security definer set search_path = pg_catalog`, quick, and raises only if the
-- registration should fail.

call app.clear_security('identity');
call app.let_jobs('identity');

-- ---------------------------------------------------------------------------------------------------------------
-- What the API's role sees. Hashes are in no grant: not of passwords, not of refresh tokens, not of API keys.

grant select (id, email, role, is_active, created_at, updated_at, last_login_at) on identity.users to holdfast_api;
grant update (role, is_active) on identity.users to holdfast_api;
create policy own_or_admin on identity.users for select to holdfast_api
using (id = (select app.user_id()) or (select app.is_admin()));
create policy admins_change on identity.users for update to holdfast_api
using ((select app.is_admin())) with check ((select app.is_admin()));

grant select on identity.profiles to holdfast_api;
grant update (display_name, avatar_url) on identity.profiles to holdfast_api;
create policy own_or_admin on identity.profiles for select to holdfast_api
using (id = (select app.user_id()) or (select app.is_admin()));
create policy own_change on identity.profiles for update to holdfast_api
using (id = (select app.user_id())) with check (id = (select app.user_id()));

grant select, delete on identity.user_settings to holdfast_api;
grant insert (user_id, setting_name, setting_value), update (setting_value) on identity.user_settings to holdfast_api;
create policy own_settings on identity.user_settings to holdfast_api
using (user_id = (select app.user_id())) with check (user_id = (select app.user_id()));

grant select (id, user_id, name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at)
on identity.api_keys to holdfast_api;
grant insert (user_id, name, prefix, key_hash, scopes, created_at, expires_at), update (revoked_at)
on identity.api_keys to holdfast_api;
create policy own_keys on identity.api_keys to holdfast_api
using (user_id = (select app.user_id())) with check (user_id = (select app.user_id()));

-- identity.refresh_tokens: nothing. Only the functions below touch it.

-- ---------------------------------------------------------------------------------------------------------------
-- A new account.

create or replace function identity.handle_new_user()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    insert into identity.profiles (id) values (new.id);
    insert into identity.user_settings (user_id, setting_name, setting_value)
    values (new.id, 'theme', '"system"'),
           (new.id, 'currency', '"USD"'),
           (new.id, 'timezone', '"UTC"'),
           (new.id, 'notifications', '{"trades": true, "risk": true, "news": false}');
    return null;
end
$$;
comment on function identity.handle_new_user is 'Gives a new account its profile and the settings it starts with.';

create or replace trigger users_10_new_user after insert on identity.users
for each row execute function identity.handle_new_user();

create or replace function identity.register(p_email text, p_password_hash text, p_display_name text)
returns uuid
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_id uuid;
begin
    insert into identity.users (email, password_hash) values (p_email, p_password_hash) returning id into v_id;
    if p_display_name is not null then
        update identity.profiles set display_name = p_display_name where id = v_id;
    end if;
    return v_id;
end
$$;
comment on function identity.register is 'Makes an account with the role user. Violates users_email_key if the address has one.';

-- ---------------------------------------------------------------------------------------------------------------
-- Signing in. Whatever locks more than one row locks the user's row first, then refresh tokens: no deadlocks.

create or replace function identity.credentials(p_email text)
returns table (id uuid, password_hash text, role text, is_active boolean)
language sql stable
security definer
set search_path = pg_catalog
as $$ select u.id, u.password_hash, u.role, u.is_active from identity.users as u where u.email = p_email $$;
comment on function identity.credentials is 'What checking a password needs, of the one account with this address.';

create or replace function identity.open_session(
    p_user_id uuid, p_token_hash bytea, p_now timestamptz, p_expires_at timestamptz)
returns uuid
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_family constant uuid := gen_random_uuid();
begin
    update identity.users set last_login_at = p_now where id = p_user_id and is_active;
    if not found then
        return null;
    end if;
    insert into identity.refresh_tokens (family_id, user_id, token_hash, issued_at, expires_at)
    values (v_family, p_user_id, p_token_hash, p_now, p_expires_at);
    return v_family;
end
$$;
comment on function identity.open_session is 'Starts a family of refresh tokens and returns its id; null for a deactivated account.';

create or replace function identity.rotate_refresh_token(
    p_token_hash bytea, p_new_hash bytea, p_now timestamptz, p_expires_at timestamptz)
returns table (outcome text, user_id uuid, family_id uuid)
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_token identity.refresh_tokens;
begin
    select u.id into user_id
    from identity.users as u
    where u.id = (select t.user_id from identity.refresh_tokens as t where t.token_hash = p_token_hash)
    for no key update;
    -- read only now, under the lock: of two that come with one token, the second must find it used
    select * into v_token from identity.refresh_tokens as t where t.token_hash = p_token_hash;
    family_id := v_token.family_id;
    if not found then
        outcome := 'unknown';
    elsif v_token.revoked_at is not null then
        outcome := 'revoked';
    elsif v_token.used_at is not null then
        -- somebody else holds a copy: which of the two is the thief cannot be told (RFC 9700, 4.14.2)
        update identity.refresh_tokens as t set revoked_at = p_now
        where t.family_id = v_token.family_id and t.revoked_at is null;
        outcome := 'reused';
    elsif v_token.expires_at <= p_now then
        outcome := 'expired';
    else
        update identity.refresh_tokens as t set used_at = p_now where t.id = v_token.id;
        insert into identity.refresh_tokens (family_id, user_id, token_hash, issued_at, expires_at)
        values (v_token.family_id, v_token.user_id, p_new_hash, p_now, p_expires_at);
        outcome := 'rotated';
    end if;
    return next;
end
$$;
comment on function identity.rotate_refresh_token is
'Uses a refresh token up and puts the next one in its place: rotated, unknown, expired, revoked, or reused (which ends the family).';

create or replace function identity.end_session(p_token_hash bytea, p_everywhere boolean, p_now timestamptz)
returns void
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    v_token identity.refresh_tokens;
begin
    select * into v_token from identity.refresh_tokens as t where t.token_hash = p_token_hash;
    perform from identity.users as u where u.id = v_token.user_id for no key update;
    update identity.refresh_tokens as t set revoked_at = p_now
    where t.user_id = v_token.user_id and (p_everywhere or t.family_id = v_token.family_id) and t.revoked_at is null;
end
$$;
comment on function identity.end_session is 'Ends the session of a refresh token, or all of its owner''s. An unknown token ends nothing.';

create or replace function identity.session_role(p_user_id uuid, p_family_id uuid)
returns text
language sql stable
security definer
set search_path = pg_catalog
as $$
    select u.role
    from identity.users as u
    where u.id = p_user_id and u.is_active
        and exists (select from identity.refresh_tokens as t
                    where t.family_id = p_family_id and t.user_id = p_user_id and t.revoked_at is null)
$$;
comment on function identity.session_role is 'The account''s role at this moment; null when the account or the session has ended.';

create or replace function identity.replace_password_hash(p_user_id uuid, p_seen text, p_new text)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    update identity.users set password_hash = p_new where id = p_user_id and password_hash = p_seen;
    return found;
end
$$;
comment on function identity.replace_password_hash is 'Stores a new hash unless the one that was checked has changed meanwhile.';

create or replace function identity.end_all_sessions(p_user_id uuid, p_now timestamptz)
returns bigint
language sql
security definer
set search_path = pg_catalog
as $$
    with ended as (
        update identity.refresh_tokens set revoked_at = p_now where user_id = p_user_id and revoked_at is null
        returning 1
    )
    select count(*) from ended
$$;
comment on function identity.end_all_sessions is 'Signs a person out everywhere; returns how many tokens that took.';

create or replace function identity.use_api_key(p_key_hash bytea, p_now timestamptz)
returns table (user_id uuid, role text, scopes text[])
language sql
security definer
set search_path = pg_catalog
as $$
    -- once a minute is often enough to see that a key is in use, and spares its row a write per request
    with noted as (
        update identity.api_keys set last_used_at = p_now
        where key_hash = p_key_hash and revoked_at is null and expires_at > p_now
            and coalesce(last_used_at, '-infinity') <= p_now - interval '1 minute'
    )
    select k.user_id, u.role, k.scopes
    from identity.api_keys as k
    join identity.users as u on u.id = k.user_id
    where k.key_hash = p_key_hash and k.revoked_at is null and k.expires_at > p_now and u.is_active
$$;
comment on function identity.use_api_key is 'For whom a key acts and what it may do; no row when unknown, expired, revoked.';

grant execute on function
    identity.register(text, text, text),
    identity.credentials(text),
    identity.open_session(uuid, bytea, timestamptz, timestamptz),
    identity.rotate_refresh_token(bytea, bytea, timestamptz, timestamptz),
    identity.end_session(bytea, boolean, timestamptz),
    identity.session_role(uuid, uuid),
    identity.replace_password_hash(uuid, text, text),
    identity.end_all_sessions(uuid, timestamptz),
    identity.use_api_key(bytea, timestamptz)
to holdfast_api;
grant execute on function identity.end_all_sessions(uuid, timestamptz) to holdfast_jobs;

-- ---------------------------------------------------------------------------------------------------------------
-- Rules that hold whoever changes the rows.

create or replace function identity.lock_admins()
returns trigger
language plpgsql
as $$
begin
    -- one change at a time, so that two admins cannot each take the other for the one who stays
    perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('identity.admins', 0));
    return null;
end
$$;

create or replace function identity.keep_an_admin()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    if not exists (select from identity.users where role = 'admin' and is_active) then
        raise exception 'somebody must remain who can administer' using
            errcode = 'integrity_constraint_violation', constraint = 'users_last_admin';
    end if;
    return null;
end
$$;
comment on function identity.keep_an_admin is 'Refuses to demote, deactivate or delete the last active admin (users_last_admin).';

create or replace trigger admins_one_at_a_time before update of role, is_active or delete on identity.users
for each statement execute function identity.lock_admins();

create or replace trigger keep_an_admin_update after update of role, is_active on identity.users
for each row when (old.role = 'admin' and old.is_active and not (new.role = 'admin' and new.is_active))
execute function identity.keep_an_admin();

create or replace trigger keep_an_admin_delete after delete on identity.users
for each row when (old.role = 'admin' and old.is_active)
execute function identity.keep_an_admin();

create or replace function identity.end_access()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    update identity.refresh_tokens set revoked_at = now() where user_id = new.id and revoked_at is null;
    update identity.api_keys set revoked_at = now() where user_id = new.id and revoked_at is null;
    return null;
end
$$;
comment on function identity.end_access is 'A deactivated account has no session and no API key left, however it came to be deactivated.';

create or replace trigger end_access after update of is_active on identity.users
for each row when (old.is_active and not new.is_active)
execute function identity.end_access();

create or replace function identity.limit_settings()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    perform from identity.users where id = new.user_id for no key update;
    if (select count(*) from identity.user_settings
        where user_id = new.user_id and setting_name <> new.setting_name) >= 100 then
        raise exception 'a person keeps at most 100 settings' using
            errcode = 'integrity_constraint_violation', constraint = 'user_settings_limit';
    end if;
    return new;
end
$$;

create or replace trigger limit_settings before insert on identity.user_settings
for each row execute function identity.limit_settings();

create or replace function identity.limit_api_keys()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    perform from identity.users where id = new.user_id for no key update;
    if (select count(*) from identity.api_keys where user_id = new.user_id and revoked_at is null) >= 20 then
        raise exception 'a person has at most 20 API keys' using
            errcode = 'integrity_constraint_violation', constraint = 'api_keys_limit';
    end if;
    return new;
end
$$;

create or replace trigger limit_api_keys before insert on identity.api_keys
for each row execute function identity.limit_api_keys();

-- ---------------------------------------------------------------------------------------------------------------
-- Audit, and when a row last changed. Neither looks at last_login_at and last_used_at, which say nothing about changes.

create or replace trigger touch before update of email, password_hash, role, is_active on identity.users
for each row execute function app.touch_updated_at();
create or replace trigger touch before update on identity.profiles
for each row execute function app.touch_updated_at();
create or replace trigger touch before update on identity.user_settings
for each row execute function app.touch_updated_at();

create or replace trigger audit
after insert or update of email, password_hash, role, is_active or delete on identity.users
for each row execute function app.audit('id', 'password_hash');
create or replace trigger audit after insert or update or delete on identity.profiles
for each row execute function app.audit('id');
create or replace trigger audit after insert or update or delete on identity.user_settings
for each row execute function app.audit('id');
create or replace trigger audit
after insert or update of name, scopes, expires_at, revoked_at or delete on identity.api_keys
for each row execute function app.audit('id', 'key_hash');
