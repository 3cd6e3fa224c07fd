-- The ledger's accounts are checked once for each statement that writes into it, and no longer row by row: foreign keys look up
-- every row's two accounts by a query each, which was half of what an auction's hundred thousand rows took to write. What they
-- stood for stays: a row names accounts that exist, and these stay what they are. The triggers fire always, also while
-- session_replication_role turns foreign keys off.

create function exchange.check_ledger_accounts() returns trigger
language plpgsql
as $$
declare
    v_unknown bigint;
begin
    select named.id into v_unknown
    from (select debit_account_id as id from added union select credit_account_id from added) as named
    where not exists (select from exchange.cash_accounts as account where account.id = named.id)
    limit 1;
    if found then
        raise exception 'there is no cash account %, which the ledger would name', v_unknown
            using errcode = 'foreign_key_violation', schema = tg_table_schema, table = tg_table_name;
    end if;
    return null;
end
$$;
comment on function exchange.check_ledger_accounts is 'Refuses ledger rows of which one names a cash account that does not exist.';

create function exchange.keep_account() returns trigger
language plpgsql
as $$
begin
    raise exception 'cash accounts are neither removed nor renumbered: the ledger names them' using errcode = 'restrict_violation';
end
$$;
comment on function exchange.keep_account is 'Refuses DELETE, TRUNCATE and a new id, whoever asks.';

-- squawk-ignore ban-drop-constraint
alter table exchange.ledger_transfers drop constraint ledger_transfers_debit_account_id_fkey;
-- squawk-ignore ban-drop-constraint
alter table exchange.ledger_transfers drop constraint ledger_transfers_credit_account_id_fkey;
create trigger accounts_exist after insert on exchange.ledger_transfers
referencing new table as added
for each statement execute function exchange.check_ledger_accounts();
alter table exchange.ledger_transfers enable always trigger accounts_exist;

-- Renumbering is caught after the row and by its column: a trigger before it would fetch and lock each row whose balance changes.
create trigger kept before delete on exchange.cash_accounts
for each row execute function exchange.keep_account();
create trigger kept_number after update of id on exchange.cash_accounts
for each row execute function exchange.keep_account();
create trigger kept_whole before truncate on exchange.cash_accounts
for each statement execute function exchange.keep_account();
alter table exchange.cash_accounts enable always trigger kept;
alter table exchange.cash_accounts enable always trigger kept_number;
alter table exchange.cash_accounts enable always trigger kept_whole;
