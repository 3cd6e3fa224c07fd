// How a transaction is told: in the list, and in the preview of an import.
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { cell, money } from "../../core/ui.js";
import { titled, TRADES, TYPES } from "./words.js";

/** Its kind and asset: the head of its row. */
export const what = (item, ...more) => h("th", { scope: "row" }, titled(TYPES, item.type),
  item.symbol ? [" ", h("span", { class: "asset-name" }, item.symbol)] : null, more);

export const when = (item, kind = null) => cell("When, in UTC", format.moment(item.timestamp).replace(" UTC", ""), kind);

/** Whether the quantity is an amount of money: what is no trade, at a price of 1. */
export const isAmount = (item) => !TRADES.has(item.type) && format.exact(item.price) === "1";

export const quantity = (item) => cell("Quantity", isAmount(item) ? money(item.quantity, item.currency, format.amount)
  : h("span", { title: format.exact(item.quantity) }, format.quantity(item.quantity)), "number");

export const price = (item) => cell("Price", isAmount(item) ? "" : money(item.price, item.currency), "number");

/** Fee and tax, where there are some. */
export function costs(item) {
  const said = [];
  if (format.sign(item.fee)) said.push(money(item.fee, item.fee_currency, format.amount));
  if (format.sign(item.tax)) said.push(h("span", { class: "tax" }, "tax ", money(item.tax, item.currency, format.amount)));
  return cell("Fee and tax", said.length ? h("span", { class: "costs" }, said) : "", "number soft");
}
