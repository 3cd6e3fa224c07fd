// Somebody's trades, the newest first.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { badge, cell, money, move, paged, time } from "../../core/ui.js";
import { counted, head, NUMBER, offeringLink } from "./words.js";

const ROLES = { maker: "your order was there first", taker: "your order came second", auction: "in an auction" };

export default function view({ signal }) {
  return paged({
    caption: "My fills",
    columns: ["Trade", "Offering", NUMBER("Price (USD)"), NUMBER("Value"), NUMBER("Commission"), NUMBER("Realised gain"), "How", NUMBER("Order"), "When"],
    none: "You have not traded yet.",
    fetch: (cursor) => api.get("/v1/exchange/fills", { query: { cursor, limit: 50 }, signal }),
    row: (fill) => h("tr", {}, head(`${fill.order_type === "buy" ? "Bought" : "Sold"} ${counted(fill.shares_traded, "share")}`),
      cell("Offering", offeringLink(fill.offering_id, fill.symbol)), cell("Price", money(fill.price_per_share), "number"),
      cell("Value", money(fill.total_value, null, format.amount), "number strong"), cell("Commission", money(fill.nuke_commission_amount, null, format.amount), "number soft"),
      cell("Realised gain", fill.realised_gain === null ? "" : move(fill.realised_gain, format.gain), "number"),
      cell("How", h("span", { title: ROLES[fill.role] ?? "" }, badge(fill.role, "plain"))), cell("Order", String(fill.order_id), "number soft"), cell("When", time(fill.executed_at), "soft")),
  }).element;
}
