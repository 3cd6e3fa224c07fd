-- Auctions: what is due, what is collected, what came of it.

-- name: due_auctions(now)
select id from exchange.vehicle_offerings where status <> 'closed' and next_auction_at <= :now order by next_auction_at, id;

-- name: offerings_calling(now)
select id from exchange.vehicle_offerings where status = 'trading' and calls_from <= :now order by id;

-- name: claim_auction(offering_id, now)^
select * from exchange.claim_auction(:offering_id, :now) where id is not null;

-- name: auction_levels(offering_id, event_type)
select order_type, pricing, price_per_share, shares, orders from exchange.auction_levels(:offering_id, :event_type);

-- name: hold_auction(offering_id, price, shares, surplus, collected, next, now)^
select * from exchange.hold_auction(
    :offering_id, :price::numeric, :shares, :surplus, :collected::jsonb, :next::jsonb, :now);

-- name: list_auctions(offering_id, event_type, before, limit)
select id, offering_id, event_type, auction_day, scheduled_at, executed_at, equilibrium_price, reference_price,
    bids_collected, asks_collected, bid_shares, ask_shares, orders_matched, trades, shares_matched, surplus_side,
    surplus_shares
from exchange.price_discovery_events
where offering_id = :offering_id and (:event_type::text is null or event_type = :event_type)
    and (:before::bigint is null or id < :before)
order by id desc
limit :limit;
