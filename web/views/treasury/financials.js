// What changes slowly: share counts, debt, cash; each row with the days on which it held.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { cell, empty, money, region, table } from "../../core/ui.js";
import { fieldName, NUMBER, sourceLink, written } from "./words.js";

const AMOUNTS = [["market_cap", "Market cap"], ["total_debt", "Debt"], ["preferred_equity", "Preferred"], ["cash", "Cash"]];
const SHARES = [["shares_basic", "Basic shares"], ["shares_assumed_diluted", "Assumed diluted"], ["shares_fully_diluted", "Fully diluted"]];

const MORE = ["staking_pct", "staking_apy", "staking_method", "capital_raised_atm", "capital_raised_pipe", "capital_raised_converts", "quarterly_burn", "avg_daily_volume", "leverage_ratio", "mined_annual", "has_options",
  "options_open_interest"];

export const financialsPanel = (shared) => financialsList(shared).element;

/** {element, refresh}. `action(item)` makes what can be done with a row, where something can. */
export function financialsList({ path, signal, action = null }) {
  const filter = { as_of: "" };
  const columns = ["In force", ...[...AMOUNTS, ...SHARES].map(([, title]) => NUMBER(title)), NUMBER("Cost of a coin"), "Document"];
  const place = region(() => api.get(`${path}/financials`, { query: filter, signal }), ({ items, overridden }) => {
    const marked = [...AMOUNTS, ...SHARES].some(([name]) => overridden[name]);
    return h("div", { class: "snug" }, items.length ? table("Financials", columns, h("tbody", {}, items.map((item) => row(item, action)))) : empty(filter.as_of ? "Nothing is known of that day." : "Nothing is known of its financials."),
      marked ? h("p", { class: "remark warn" }, "These are the stored values. Overridden ones are shown above.") : null);
  });
  const day = h("input", { type: "date", "aria-label": "Only what held on this day", max: format.today(), onchange: () => {
    filter.as_of = day.value;
    place.refresh();
  } });
  return { element: h("div", {}, h("div", { class: "filters" }, h("label", { class: "check" }, "On the day ", day)), place.element), refresh: place.refresh };
}

function row(item, action) {
  const amount = ([name, title]) => cell(title, money(item[name], null, format.compact), "number");
  return h("tr", { "data-financials": item.id }, h("th", { scope: "row", class: "keep" }, format.day(item.effective_date), h("span", { class: "row-words" }, item.end_date ? `until before ${format.day(item.end_date)}` : "and since"), h("span", { class: "row-words" }, `in ${item.currency}`)),
    [...AMOUNTS, ...SHARES].map(amount), cell("Cost of a coin", money(item.cost_basis_avg), "number"), cell("Document", h("div", {}, sourceLink(item), more(item), action ? h("div", {}, action(item)) : null), "soft document-cell"));
}

/** What else is known, where something is. */
function more(item) {
  const found = MORE.filter((name) => item[name] !== null);
  return found.length ? h("details", { class: "more-figures" }, h("summary", {}, `${found.length} more`), h("dl", {}, found.map((name) => h("div", {}, h("dt", {}, fieldName(name)), h("dd", {}, worded(item[name])))))) : null;
}

const worded = (value) => (typeof value === "boolean" ? (value ? "yes" : "no") : written(value));
