// The last few transactions, on a portfolio's first page.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { cell, empty, panel, region, table } from "../../core/ui.js";

export function recentTransactions(portfolio, path, signal) {
  const all = `#/portfolios/${portfolio.id}/transactions`;
  const place = region(() => api.get(`${path}/transactions`, { query: { limit: 5 }, signal }), ({ items }) => (items.length
    ? table("The last transactions", ["What", { title: "Quantity", class: "number" }, { title: "Day", class: "number" }], h("tbody", {}, items.map((item) => h("tr", {},
      h("th", { scope: "row" }, format.words(item.type), item.symbol ? [" ", h("span", { class: "asset-name" }, item.symbol)] : null),
      cell("Quantity", item.symbol ? format.quantity(item.quantity) : `${format.amount(item.quantity)} ${item.currency}`, "number"), cell("Day", format.day(item.timestamp), "number soft")))))
    : empty("Nothing has happened yet.")));
  return panel("Recent transactions", place.element, h("p", { class: "actions" }, h("a", { class: "button quiet", href: all }, "All transactions")));
}
