// Somebody's orders in all offerings: the open ones, and those that are over.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { repeat } from "../../core/live.js";
import { note } from "../../core/router.js";
import { cell, choice, money, paged, panel, time } from "../../core/ui.js";
import { openOrders } from "./open-orders.js";
import { offeringsById, orderName } from "./own.js";
import { cancelReason, head, NUMBER, offeringLink, orderState, shares, SHORT_FORCES, titled } from "./words.js";

const STATES = [["", "All"], ["filled", "Filled"], ["cancelled", "Cancelled"]];

export default function view({ query, signal }) {
  const filter = { status: STATES.some(([value]) => value === query.status) ? query.status : "" };
  let offerings = new Map();
  const past = paged({
    caption: "All my orders",
    columns: ["Order", "Offering", NUMBER("Price (USD)"), NUMBER("Filled"), NUMBER("Average price"), NUMBER("Value"), "Good", "State", "Placed"],
    none: filter.status ? "No order of yours is in this state." : "You have placed no order yet.",
    fetch: async (cursor) => {
      if (cursor === null) offerings = await offeringsById(signal);
      return api.get("/v1/exchange/orders", { query: { ...filter, cursor, limit: 50 }, signal });
    },
    row: (order) => h("tr", {}, head(orderName(order)),
      cell("Offering", offeringLink(order.offering_id, offerings.get(order.offering_id)?.symbol ?? String(order.offering_id))),
      cell("Price", order.price_per_share === null ? "any" : money(order.price_per_share), "number"),
      cell("Filled", `${shares(order.shares_filled)} of ${shares(order.shares_requested)}`, "number"), cell("Average price", money(order.average_fill_price), "number"),
      cell("Value", h("span", {}, money(order.filled_value, null, format.amount),
        format.sign(order.commission) ? h("span", { class: "row-words" }, `${format.amount(order.commission)} commission`) : null), "number"),
      cell("Good", titled(SHORT_FORCES, order.time_in_force), "soft"),
      cell("State", h("span", {}, orderState(order), order.cancel_reason ? h("span", { class: "row-words" }, cancelReason(order.cancel_reason)) : null)),
      cell("Placed", time(order.created_at), "soft")),
  });
  const open = openOrders({ signal, changed: past.refresh });
  repeat(open.refresh, { pause: 5000, signal });
  return h("div", {}, panel("Open orders", open.element), panel("All orders", h("div", { class: "filters" }, choice("State", STATES, filter.status, (status) => {
    filter.status = status;
    note("/exchange/mine/orders", filter);
    past.refresh();
  })), past.element));
}
