-- name: take(wire, fresh, lease)$
select treasury.take_feed(:wire, :fresh, :lease) as state;

-- name: keep(wire, releases, unreadable, keep)$
select treasury.keep_feed(:wire, :releases::jsonb, :unreadable, :keep) as added;

-- name: leave(wire)!
select treasury.leave_feed(:wire);

-- name: feed(wire)^
select releases, unreadable from treasury.wire_feeds where wire = :wire;

-- name: releases(wire, since)
select link, title, at, description, issuer, listings from treasury.wire_releases
where wire = :wire and seen_at >= coalesce(:since::timestamptz, '-infinity')
order by at, link;

-- name: watched()
-- The newswires at which a company is looked for.
select distinct origin.type as wire
from treasury.company_sources as source
join treasury.companies as company on company.id = source.company_id
join treasury.data_sources as origin on origin.id = source.source_id
where source.is_active and company.is_active and origin.is_active and origin.type in ('globenewswire', 'prnewswire')
order by wire;
