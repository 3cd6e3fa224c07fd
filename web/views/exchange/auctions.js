// Auctions of an offering: how the next one stands, and those that were held.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { cell, empty, money, paged, region, unknown } from "../../core/ui.js";
import { auctionName, counted, figure, head, NUMBER, shares } from "./words.js";

/** The next auction: when it is, and what it would come to if it were held now. A closed offering has none, and is not
 * asked for it. */
export function nextAuction(offering, path, signal) {
  return region(async () => {
    if (offering.phase === "closed") return null;
    try {
      return await api.get(`${path}/auction`, { signal });
    } catch (error) {
      if (error.code === "offering_closed") return null;
      throw error;
    }
  }, (coming) => (coming ? standing(coming) : empty("This offering is closed: no auction is held in it any more.")));
}

function standing(coming) {
  const calls = coming.phase === "call";
  return h("div", {},
    h("p", {}, h("strong", {}, auctionName(coming.event_type)), ", ", h("time", { datetime: coming.scheduled_at }, format.moment(coming.scheduled_at))),
    h("p", { class: "soft" }, calls ? "Orders collect now: all will trade at one price." : `Orders collect from ${format.moment(coming.calls_from)}.`),
    calls ? h("p", { class: "quote-price indicative" }, coming.price === null ? unknown("no orders cross so far") : money(coming.price, "USD"),
      h("span", { class: "soft" }, coming.price === null ? null : `indicative, ${counted(coming.shares, "share")}`)) : null,
    h("dl", { class: "figures" },
      calls ? figure("Left over", surplus(coming)) : null,
      figure("Last price", money(coming.reference_price)),
      figure("To buy", collected(coming.bids)), figure("To sell", collected(coming.asks))));
}

const surplus = ({ price, surplus_side: side, surplus_shares: left }) => (price === null || !side || left === 0 ? "nothing" : `${counted(left, "share")} to ${side}`);

function collected({ orders, shares: count, market_shares: market }) {
  return h("span", {}, counted(count, "share"), h("span", { class: "row-words" }, counted(orders, "order"), market ? `, ${shares(market)} at any price` : null));
}

export function pastAuctions(path, signal) {
  return paged({
    caption: "Past auctions",
    columns: ["Auction", "Day", NUMBER("Price (USD)"), NUMBER("Price before"), NUMBER("Traded"), NUMBER("To buy"), NUMBER("To sell"), NUMBER("Left over")],
    none: "No auction was held yet.",
    fetch: (cursor) => api.get(`${path}/auctions`, { query: { cursor, limit: 10 }, signal }),
    row: (held) => h("tr", {}, head(h("span", { title: `Held ${format.moment(held.executed_at)}` }, auctionName(held.event_type))), cell("Day", format.day(held.auction_day), "keep"),
      cell("Price", held.equilibrium_price === null ? h("span", { class: "row-words" }, "no orders crossed") : money(held.equilibrium_price), "number strong"),
      cell("Price before", money(held.reference_price), "number soft"),
      cell("Traded", shares(held.shares_matched), "number"), cell("To buy", shares(held.bid_shares), "number soft"), cell("To sell", shares(held.ask_shares), "number soft"),
      cell("Left over", held.surplus_side && held.surplus_shares ? `${shares(held.surplus_shares)} to ${held.surplus_side}` : null, "number soft")),
  });
}
