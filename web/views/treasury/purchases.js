// What a company bought and sold, the latest first.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { cell, money, move, paged } from "../../core/ui.js";
import { coins, NUMBER, sourceLink } from "./words.js";

export function purchasesPanel({ company, path, signal }) {
  const signed = (text) => `${format.sign(text) > 0 ? "+" : ""}${format.quantity(text)}`;
  return paged({
    caption: "Purchases and sales",
    columns: ["Known on", NUMBER(`Amount (${company.asset})`), NUMBER("Cost"), NUMBER("Average price"), NUMBER("Held then"), "Document"],
    none: "No purchase is known.",
    fetch: (cursor) => api.get(`${path}/purchases`, { query: { cursor, limit: 10 }, signal }),
    row: (item) => h("tr", {}, h("th", { scope: "row", class: "keep" }, format.day(item.snapshot_date), h("span", { class: "row-words" }, period(item))),
      cell("Amount", h("span", {}, move(item.amount, signed), item.method === "difference" ? h("span", { class: "row-words" }, "by the difference of holdings") : item.covering ? h("span", { class: "row-words" }, "contains purchases listed here, and is in no sum") : null), "number strong"),
      cell("Cost", money(item.purchase_cost, item.currency, format.compact), "number"), cell("Average price", money(item.purchase_average_price, item.currency), "number"),
      cell("Held then", coins(item.holdings), "number soft"), cell("Document", sourceLink(item), "soft")),
  }).element;
}

const period = ({ period_start: from, period_end: to, previous_date: before }) => (from && to ? `${format.day(from)} to ${format.day(to)}`
  : before ? `since ${format.day(before)}` : null);
