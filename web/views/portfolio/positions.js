// What is held: each position with its price, value, gain and weight, then the cash.
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { cell, money, move, panel, table, unknown } from "../../core/ui.js";
import { why } from "./words.js";

const NUMBER = (title) => ({ title, class: "number" });

/** `found` has the positions, the cash and the allocation, which knows the weights. */
export function positionsPanel({ positions, cash, allocation }) {
  const shares = new Map(allocation.by_asset.map((slice) => [slice.key, slice.share]));
  const base = allocation.currency;
  const rows = [...positions.map((item) => positionRow(item, shares, base)), ...cash.map((item) => cashRow(item, shares, base))];
  rows.push(h("tr", { class: "total" }, h("th", { scope: "row" }, allocation.complete ? "Together" : "Together, as far as known"),
    ["Quantity", "Average price", "Price"].map((label) => h("td", { "data-label": label })),
    cell("Value", money(allocation.total, base, format.amount), "number strong"), h("td", { "data-label": "Unrealised gain" }), h("td", { "data-label": "Weight" })));
  const columns = ["Position", NUMBER("Quantity"), NUMBER("Average price"), NUMBER("Price"), NUMBER("Value"), NUMBER("Unrealised gain"), NUMBER(allocation.complete ? "Weight" : "Weight in what is known")];
  return panel("Positions", table("Positions and cash", columns, h("tbody", {}, rows)), whatIsUnknown(allocation));
}

function positionRow(item, shares, base) {
  const reason = why(item.unknown);
  const share = shares.get(item.exchange === null ? item.symbol : `${item.symbol}@${item.exchange}`);
  return h("tr", {},
    h("th", { scope: "row", class: "asset-cell" }, h("a", { href: `#/assets/${item.asset_id}` }, h("strong", {}, item.symbol), h("span", { class: "asset-name" }, item.name))),
    cell("Quantity", h("span", { title: format.exact(item.quantity) }, format.quantity(item.quantity)), "number"),
    cell("Average price", item.average_buy_price === null ? unknown(reason) : money(item.average_buy_price, item.cost_currency), "number"),
    cell("Price", item.price === null ? unknown(reason) : money(item.price, item.currency), "number"),
    cell("Value", value(item, base, reason), "number strong"),
    cell("Unrealised gain", gain(item, base, reason), "number"),
    cell("Weight", share === undefined || share === null || item.value_base === null ? unknown() : `${format.amount(share)} %`, "number"));
}

/** In the portfolio's currency; beneath it in the asset's own, where that is another. */
function value(item, base, reason) {
  if (item.value_base === null) {
    return h("span", {}, unknown(reason), item.value === null ? null : own(money(item.value, item.currency, format.amount)));
  }
  return h("span", {}, money(item.value_base, base, format.amount), item.currency === base ? null : own(money(item.value, item.currency, format.amount)));
}

const own = (content) => h("span", { class: "row-words" }, content);

function gain(item, base, reason) {
  if (item.unrealised_gain_base === null) return unknown(reason);
  return h("span", {}, move(item.unrealised_gain_base, format.gain), h("span", { class: "currency" }, ` ${base}`),
    item.unrealised_gain_pct === null ? null : own(move(item.unrealised_gain_pct)));
}

function cashRow(item, shares, base) {
  const share = shares.get(item.currency);
  return h("tr", {},
    h("th", { scope: "row" }, item.currency, " ", h("span", { class: "asset-name" }, "Cash")),
    cell("Quantity", h("span", { title: format.exact(item.amount) }, format.amount(item.amount)), "number"),
    h("td", { "data-label": "Average price" }), h("td", { "data-label": "Price" }),
    cell("Value", item.amount_base === null ? unknown("no exchange rate of the last seven days") : money(item.amount_base, base, format.amount), "number strong"),
    h("td", { "data-label": "Unrealised gain" }),
    cell("Weight", share === undefined || share === null ? unknown() : `${format.amount(share)} %`, "number"));
}

function whatIsUnknown({ unknown: parts }) {
  if (!parts.length) return null;
  return h("div", { class: "remark warn" }, h("p", {}, h("strong", {}, "Not counted, because the value is not known:")),
    h("ul", {}, parts.map((part) => h("li", {}, `${format.quantity(part.quantity)} ${part.key}: ${part.reason}`))));
}
