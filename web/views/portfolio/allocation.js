// What a portfolio is made of: by asset, type, currency and exchange, and how much hangs on few.
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { cell, choice, money, panel, progress, table, unknown } from "../../core/ui.js";

const SIDES = [["by_asset", "Asset"], ["by_type", "Type"], ["by_currency", "Currency"], ["by_exchange", "Exchange"]];

export function allocationPanel(allocation) {
  const place = h("div", {});
  const show = (side) => place.replaceChildren(slices(allocation, side));
  show("by_asset");
  return panel("Allocation", h("div", { class: "filters" }, choice("Allocation by", SIDES, "by_asset", show)), place, concentration(allocation.concentration));
}

function slices(allocation, side) {
  const title = SIDES.find(([key]) => key === side)[1];
  const name = (key) => (side === "by_type" ? format.words(key) : key === "none" ? "No exchange" : key);
  return table(`Allocation by ${title.toLowerCase()}`, [title, "Share", { title: "Value", class: "number" }], h("tbody", {}, allocation[side].map((slice) => h("tr", {},
    h("th", { scope: "row" }, name(slice.key)),
    cell("Share", slice.share === null ? unknown("the total is not above zero") : progress(slice.share, `Share of ${name(slice.key)}`), "share-cell"),
    cell("Value", money(slice.value, allocation.currency, format.amount), "number")))));
}

function concentration(told) {
  const figure = (name, value, unit = "") => h("div", {}, h("dt", {}, name), h("dd", {}, value === null ? unknown() : `${format.amount(value)}${unit}`));
  return h("dl", { class: "figures concentration" }, figure("Largest position", told.top_1, " %"), figure("Five largest", told.top_5, " %"),
    figure("As spread as so many equal ones", told.effective_positions), figure("Herfindahl index (of 10,000)", told.herfindahl));
}
