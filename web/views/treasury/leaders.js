// Leader tables: who holds most, whose coins per share grew most, what the market pays most and least for, who bought most.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { repeat } from "../../core/live.js";
import { note } from "../../core/router.js";
import { choice, dense, empty, heading, move, panel, region } from "../../core/ui.js";
import { coins, companyLink, known, large, multiple, NUMBER, premium, why } from "./words.js";

const PLACE = "/treasury/leaders";
const COUNTS = [["10", "10"], ["25", "25"], ["50", "50"]];
const DAYS = [["7", "Week"], ["30", "30 days"], ["90", "90 days"], ["366", "Year"]];

/** A table: [the API's name, title, what its figure is, how that is written, what the coins are]. */
const BOARDS = [
  ["largest_holders", "Most coins, by value", "Value (USD)", large, (item) => coins(item.amount, item.asset)],
  ["recent_purchases", "Bought lately, by value today", "Value (USD)", large, (item) => `+${format.quantity(item.amount)} ${item.asset}`],
  ["highest_mnav", "Highest premium", "mNAV", multiple, (item) => premiumOf(item)],
  ["lowest_mnav", "Lowest premium", "mNAV", multiple, (item) => premiumOf(item)],
  ["best_yield_ytd", "Yield this year", "Yield", (text) => move(text), (item) => `${format.gain(item.amount)} ${item.asset}`],
];
const NOTES = {
  best_yield_ytd: "Growth of coins per assumed diluted share; below it the coins that this comes to.",
  highest_mnav: "What the market pays for a company, as a multiple of what its coins are worth; below it the premium, or the discount.",
};
const NONE = { recent_purchases: "Nobody is known to have bought in this time." };
const premiumOf = (item) => move(premium(item.figure));

/** The figures that decide who is in a table, each with its reason's name. */
const RANKED_BY = [["Value", "holdings_value", "holdings_value"], ["mNAV and premium", "mnav_basic", "mnav_basic"], ["Yield this year", "yield_ytd_percent", "yield_ytd_percent"]];

export default function view({ query, signal }) {
  const one = (list, value, otherwise) => (list.some(([each]) => each === value) ? value : otherwise);
  const filter = { asset: query.asset ?? "", count: one(COUNTS, query.count, "10"), days: one(DAYS, query.days, "30") };
  const tables = region(() => api.get("/v1/treasury/leaders", { query: filter, signal }), (found) => BOARDS.map((board) => boardPanel(board, found[board[0]])));
  const left = region(() => api.all("/v1/treasury/companies", { query: { asset: filter.asset, sort: "name", limit: 200 }, signal }), unranked);

  function change(what) {
    Object.assign(filter, what);
    note(PLACE, filter);
    tables.refresh();
    if ("asset" in what) left.refresh();
  }
  const places = region(() => api.get("/v1/treasury/summary", { signal }), ({ assets }) => {
    const select = h("select", { "aria-label": "Only companies that hold", onchange: () => change({ asset: select.value }) },
      [["", "All coins"], ...assets.map(({ asset }) => [asset, asset])].map(([value, title]) => h("option", { value, selected: value === filter.asset }, title)));
    return h("div", { class: "filter-select" }, select);
  });
  repeat(() => tables.refresh(), { pause: 60_000, signal });
  return h("div", { class: "stack" },
    h("div", {}, heading("Leader tables"), h("p", { class: "lead" }, "Companies and their coins, ranked. A company whose figure is not known is in no table for it: who that is, and why, stands below."),
      h("div", { class: "filters" }, places.element, choice("Rows of each table", COUNTS, filter.count, (count) => change({ count })), choice("Bought within", DAYS, filter.days, (days) => change({ days })))),
    h("div", { class: "boards" }, tables.element, panel("Not ranked, and why", left.element)));
}

function boardPanel([name, title, figure, write, beneath], items) {
  const row = (item) => h("tr", { "data-company": item.company_id }, h("td", { class: "number soft" }, format.grouped(String(item.rank))),
    h("th", { scope: "row" }, companyLink(item.company_id, item.ticker), item.day ? h("span", { class: "board-day" }, format.day(item.day)) : null, h("span", { class: "row-words" }, item.name)),
    h("td", { class: "number" }, h("span", { class: "strong" }, known(item.figure, { figure: item.reason }, "figure", write)),
      item.amount === null ? null : h("span", { class: "row-words" }, beneath(item))));
  return panel(title, NOTES[name] ? h("p", { class: "soft board-note" }, NOTES[name]) : null,
    items.length ? dense(title, [NUMBER("Rank"), "Company", NUMBER(figure)], h("tbody", {}, items.map(row))) : empty(NONE[name] ?? "Of no company is this known."));
}

/** Companies whose figure is not known, by what is missing. Miners are left out of mNAVs and yields by rule, which is said too. */
function unranked(companies) {
  if (!companies.length) return empty("No company fits.");
  const lines = RANKED_BY.flatMap(([title, figure, reason]) => {
    const groups = new Map();
    for (const company of companies) {
      const words = figure !== "holdings_value" && company.is_miner ? "miners: they hold what they mine" : company[figure] === null ? why(company.reasons[reason]) ?? "not known" : null;
      if (words) groups.set(words, [...(groups.get(words) ?? []), company]);
    }
    return [...groups].sort(([, one], [, other]) => other.length - one.length).map(([words, some]) => [title, words, some]);
  });
  if (!lines.length) return empty("Everybody is: all of it is known.");
  return h("dl", { class: "unranked" }, lines.map(([title, words, some]) => h("div", {}, h("dt", {}, h("strong", {}, title), `: ${words}`),
    h("dd", {}, some.map((company, at) => [at ? ", " : "", h("a", { href: `#/treasury/${company.id}`, title: company.name }, company.ticker)])))));
}
