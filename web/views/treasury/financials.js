// What changes slowly: share counts, debt, cash; each row with the days on which it held.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { cell, empty, money, region, table } from "../../core/ui.js";
import { NUMBER, sourceLink } from "./words.js";

const AMOUNTS = [["market_cap", "Market cap"], ["total_debt", "Debt"], ["preferred_equity", "Preferred"], ["cash", "Cash"]];
const SHARES = [["shares_basic", "Basic shares"], ["shares_assumed_diluted", "Assumed diluted"], ["shares_fully_diluted", "Fully diluted"]];

export function financialsPanel({ path, signal }) {
  const filter = { as_of: "" };
  const place = region(() => api.get(`${path}/financials`, { query: filter, signal }), ({ items, overridden }) => {
    const marked = [...AMOUNTS, ...SHARES].some(([name]) => overridden[name]);
    return h("div", { class: "snug" }, items.length ? table("Financials", ["In force", ...[...AMOUNTS, ...SHARES].map(([, title]) => NUMBER(title)), NUMBER("Cost of a coin"), "Document"],
      h("tbody", {}, items.map(row))) : empty(filter.as_of ? "Nothing is known of that day." : "Nothing is known of its financials."),
    marked ? h("p", { class: "remark warn" }, "These are the stored values. Overridden ones are shown above.") : null);
  });
  const day = h("input", { type: "date", "aria-label": "Only what held on this day", max: format.today(), onchange: () => {
    filter.as_of = day.value;
    place.refresh();
  } });
  return h("div", {}, h("div", { class: "filters" }, h("label", { class: "check" }, "On the day ", day)), place.element);
}

function row(item) {
  const amount = ([name, title]) => cell(title, money(item[name], null, format.compact), "number");
  const shares = ([name, title]) => cell(title, money(item[name], null, format.compact), "number");
  return h("tr", {}, h("th", { scope: "row", class: "keep" }, format.day(item.effective_date), h("span", { class: "row-words" }, item.end_date ? `until before ${format.day(item.end_date)}` : "and since"), h("span", { class: "row-words" }, `in ${item.currency}`)),
    AMOUNTS.map(amount), SHARES.map(shares), cell("Cost of a coin", money(item.cost_basis_avg), "number"), cell("Document", sourceLink(item), "soft"));
}
