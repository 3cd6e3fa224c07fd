-- Trading days ahead.

-- name: calendar_needed(now, until)^
-- Since when days must be known (the oldest auction that was not held, or now), and whether they are, up to :until.
select needed.since,
    exists (select from exchange.trading_calendar where starts_after < needed.since and ends_at >= needed.since)
    and exists (select from exchange.trading_calendar where starts_after < :now and ends_at >= :now)
    and exists (select from exchange.trading_calendar where ends_at >= :until) as known
from (
    select least(:now, min(next_auction_at)) as since from exchange.vehicle_offerings where status <> 'closed'
) as needed;

-- name: keep_calendar(first, last, days, starts_after, ends_at)$
select exchange.keep_calendar(:first, :last, :days::date[], :starts_after::timestamptz[], :ends_at::timestamptz[]) as changed;
