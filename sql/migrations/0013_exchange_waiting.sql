-- Orders that wait for a busy book are written by everybody at once, in the same few moments, and are swept away days later.
--
-- The table holds a few days' orders at most, so its indexes are built in no time:
-- squawk-ignore-file ban-drop-constraint, require-concurrent-index-creation, require-concurrent-index-deletion

-- Each foreign key would lock the offering's one row for each of them, which then many hold together while whoever leads changes
-- that row. Whoever takes them from here asks whether the offering and the person exist.
alter table exchange.waiting_orders drop constraint waiting_orders_offering_id_fkey;
alter table exchange.waiting_orders drop constraint waiting_orders_user_id_fkey;

-- Most have no key; and what is old is looked up once a day.
alter table exchange.waiting_orders drop constraint waiting_orders_request_key_key;
create unique index waiting_orders_request_key on exchange.waiting_orders (user_id, request_key) where request_key is not null;
drop index exchange.waiting_orders_created;
create index waiting_orders_created on exchange.waiting_orders using brin (created_at);
