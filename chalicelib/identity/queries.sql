-- name: register(email, password_hash, display_name)$
-- A new account's id. Its profile and first settings are made by identity.handle_new_user.
select identity.register(:email, :password_hash, :display_name) as id;

-- name: credentials(email)^
select id, password_hash, role, is_active from identity.credentials(:email);

-- name: open_session(user_id, token_hash, at, expires_at)$
-- The session's id; null where the account is not active.
select identity.open_session(:user_id, :token_hash, :at, :expires_at) as family_id;

-- name: rotate_refresh_token(token_hash, new_hash, at, expires_at)^
select outcome, user_id, family_id
from identity.rotate_refresh_token(:token_hash, :new_hash, :at, :expires_at);

-- name: end_session(token_hash, everywhere, at)$
select identity.end_session(:token_hash, :everywhere, :at);

-- name: session_role(user_id, family_id)$
select identity.session_role(:user_id, :family_id) as role;

-- name: replace_password_hash(user_id, seen, new)$
select identity.replace_password_hash(:user_id, :seen, :new) as replaced;

-- name: end_all_sessions(user_id, at)$
select identity.end_all_sessions(:user_id, :at) as ended;

-- name: use_api_key(key_hash, at)^
select user_id, role, scopes from identity.use_api_key(:key_hash, :at);

-- name: find_account(user_id)^
select id, email, role, is_active, created_at, last_login_at from identity.users where id = :user_id;

-- name: find_profile(user_id)^
select profiles.id, users.email, profiles.display_name, profiles.avatar_url, profiles.paper_balance,
       profiles.created_at, profiles.updated_at
from identity.profiles
join identity.users on users.id = profiles.id
where profiles.id = :user_id;

-- name: change_profile(user_id, set_display_name, display_name, set_avatar_url, avatar_url)!
update identity.profiles
set display_name = case when :set_display_name then :display_name::text else display_name end,
    avatar_url = case when :set_avatar_url then :avatar_url::text else avatar_url end
where id = :user_id;

-- name: list_settings(user_id, after, limit)
select setting_name as name, setting_value as value, updated_at
from identity.user_settings
where user_id = :user_id and (:after::text is null or setting_name > :after)
order by setting_name
limit :limit;

-- name: find_setting(user_id, name)^
select setting_name as name, setting_value as value, updated_at
from identity.user_settings
where user_id = :user_id and setting_name = :name;

-- name: save_setting(user_id, name, value)^
insert into identity.user_settings as held (user_id, setting_name, setting_value)
values (:user_id, :name, :value::jsonb)
on conflict (user_id, setting_name) do update set setting_value = excluded.setting_value
returning setting_name as name, setting_value as value, updated_at;

-- name: delete_setting(user_id, name)!
delete from identity.user_settings where user_id = :user_id and setting_name = :name;

-- name: create_api_key(user_id, name, prefix, key_hash, scopes, at, expires_at)^
insert into identity.api_keys (user_id, name, prefix, key_hash, scopes, created_at, expires_at)
values (:user_id, :name, :prefix, :key_hash, :scopes::text[], :at, :expires_at)
returning id, name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at;

-- name: list_api_keys(user_id, after_at, after_id, limit)
-- The newest first.
select id, name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at
from identity.api_keys
where user_id = :user_id
    and (:after_at::timestamptz is null or (created_at, id) < (:after_at, :after_id::uuid))
order by created_at desc, id desc
limit :limit;

-- name: revoke_api_key(user_id, id, at)!
-- Once revoked it stays revoked since then.
update identity.api_keys set revoked_at = coalesce(revoked_at, :at) where user_id = :user_id and id = :id;

-- name: list_users(q, role, after_at, after_id, limit)
-- The newest first. `q` is part of an address or a name; reading all accounts for it is fine for an administrator's page.
select users.id, users.email, users.role, users.is_active, users.created_at, users.last_login_at, profiles.display_name
from identity.users
join identity.profiles on profiles.id = users.id
where (:q::text is null
       or position(lower(:q::text) in users.email) > 0
       or position(lower(:q::text) in lower(profiles.display_name)) > 0)
    and (:role::text is null or users.role = :role)
    and (:after_at::timestamptz is null or (users.created_at, users.id) < (:after_at, :after_id::uuid))
order by users.created_at desc, users.id desc
limit :limit;

-- name: find_user(id)^
select users.id, users.email, users.role, users.is_active, users.created_at, users.last_login_at, profiles.display_name
from identity.users
join identity.profiles on profiles.id = users.id
where users.id = :id;

-- name: change_role(id, role)!
update identity.users set role = :role where id = :id;

-- name: change_active(id, is_active)!
-- Deactivation ends all sessions and API keys (identity.end_access).
update identity.users set is_active = :is_active where id = :id;

-- name: insert_admin(email, password_hash)$
-- As the job role: the first administrator of an installation.
insert into identity.users (email, password_hash, role) values (:email, :password_hash, 'admin') returning id;

-- name: promote(email, password_hash)^
-- As the job role. A null hash leaves the password as it is.
update identity.users
set role = 'admin', is_active = true, password_hash = coalesce(:password_hash::text, password_hash)
where email = :email
returning id;

-- name: sweep(as_of)^
-- Refresh tokens that have expired: nothing can be done with them, and a reuse of one is refused as unknown.
-- Keys revoked 90 days ago: long enough to look back at; the audit log keeps their story.
with tokens as (delete from identity.refresh_tokens where expires_at < :as_of::timestamptz returning 1),
keys as (delete from identity.api_keys where revoked_at < :as_of::timestamptz - interval '90 days' returning 1)
select (select count(*) from tokens) as tokens, (select count(*) from keys) as keys;
