// What is traded: every offering with its price, its last 24 hours and its best quotes; and where most happens.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { repeat } from "../../core/live.js";
import { note } from "../../core/router.js";
import * as session from "../../core/session.js";
import { cell, choice, empty, heading, money, move, panel, region, table, unknown } from "../../core/ui.js";
import { counted, NUMBER, offeringLink, phase, shares } from "./words.js";

const ORDERS = [["volume", "Volume"], ["change", "Rise"], ["trades", "Trades"]];

export default function view({ query, signal }) {
  const list = region(async () => {
    const [offerings, day] = await Promise.all([
      api.all("/v1/exchange/offerings", { query: { limit: 200 }, signal }), api.all("/v1/exchange/stats", { query: { limit: 200 }, signal }),
    ]);
    const days = new Map(day.map((each) => [each.offering_id, each]));
    return offerings.map((offering) => ({ offering, day: days.get(offering.id) ?? null }));
  }, (found) => (found.length ? table("Offerings", ["Offering", NUMBER("Last price (USD)"), NUMBER("24 hours"), NUMBER("Volume of 24 hours"),
    NUMBER("Bid"), NUMBER("Ask"), "Now"], h("tbody", {}, found.map(row))) : empty("Nothing is offered yet.")));
  const busiest = trending(query, signal);
  repeat(() => Promise.all([list.refresh(), busiest.refresh()]), { pause: 5000, signal });
  return h("div", {}, heading("Exchange"),
    h("p", { class: "lead" }, "Shares of vehicles, bought and sold by people in an order book. All amounts are US dollars; the buyer pays 2 % commission on top.",
      session.me() ? null : [" ", h("a", { href: "#/signin?next=/exchange" }, "Sign in to trade.")]),
    list.element, panel("Where most happens", busiest.element));
}

function row({ offering, day }) {
  return h("tr", {}, h("th", { scope: "row", class: "asset-cell" }, offeringLink(offering.id, offering.symbol, offering.vehicle_name)),
    cell("Last price", last(offering), "number strong"), cell("24 hours", day ? move(day.change_pct) : unknown(), "number"),
    cell("Volume", day ? volume(day) : unknown(), "number"), cell("Bid", format.price(offering.highest_bid), "number"),
    cell("Ask", format.price(offering.lowest_ask), "number"), cell("Now", phase(offering.phase)));
}

/** Before the first trade there is no price; what the shares were issued at is another thing, and said beside it. */
const last = (offering) => (offering.current_share_price === null ? unknown(`not traded yet; issued at ${format.price(offering.issue_price)}`)
  : money(offering.current_share_price));

const volume = (day) => h("span", {}, money(day.volume_usd, null, format.compact), h("span", { class: "row-words" }, counted(day.volume_shares, "share")));

function trending(query, signal) {
  const chosen = { by: ORDERS.some(([by]) => by === query.by) ? query.by : "volume" };
  const place = region(() => api.get("/v1/exchange/trending", { query: { ...chosen, limit: 5 }, signal }), ({ items }) => (items.length
    ? table("Where most happens", ["Offering", NUMBER("Price (USD)"), NUMBER("24 hours"), NUMBER("Range"), NUMBER("Volume (USD)"), NUMBER("Trades")],
      h("tbody", {}, items.map((item) => h("tr", {}, h("th", { scope: "row" }, offeringLink(item.offering_id, item.symbol)),
        cell("Price", money(item.current_mark), "number strong"), cell("24 hours", move(item.change_pct), "number"),
        cell("Range", item.low_price === null ? null : `${format.price(item.low_price)} – ${format.price(item.high_price)}`, "number soft"),
        cell("Volume", money(item.volume_usd, null, format.amount), "number"), cell("Trades", shares(item.trade_count), "number")))))
    : empty("Nothing is traded yet.")));
  const element = h("div", {}, h("div", { class: "filters" }, choice("What counts", ORDERS, chosen.by, (by) => {
    chosen.by = by;
    note("/exchange", chosen);
    place.refresh();
  })), place.element);
  return { element, refresh: place.refresh };
}
