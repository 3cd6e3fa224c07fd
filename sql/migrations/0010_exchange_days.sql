-- Day orders end with their day, whether or not a job has run: each offering's row knows which trading day is under way, so that
-- whoever next changes its book sees by a column of a row that is read anyway whether a day has ended.

create table exchange.trading_calendar (
    day date primary key,
    starts_after timestamptz not null,
    ends_at timestamptz not null,
    constraint trading_calendar_ends_at_key unique (ends_at),
    constraint trading_calendar_hours check (starts_after < ends_at)
);
comment on table exchange.trading_calendar is
'From when (excluded) to when (included) each trading day lasts, for a year ahead: told by chalicelib/exchange/trading_calendar.py. A
moment that no row contains belongs to a day that is not known.';

alter table exchange.trading_calendar enable row level security;
alter table exchange.trading_calendar force row level security;

-- null: not known yet, so that the next to change the book finds out
alter table exchange.vehicle_offerings
add column day_starts_after timestamptz,
add column day_ends_at timestamptz;
comment on column exchange.vehicle_offerings.day_ends_at is
'When the trading day ends that is under way in this book: day orders of days before it are not in it any more. The book''s own; an idle
one may still be at an earlier day.';
