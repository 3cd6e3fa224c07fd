// Companies that hold coins: what they hold, what it is worth and what the market pays for it.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { repeat } from "../../core/live.js";
import { link, note } from "../../core/router.js";
import { badge, cell, choice, heading, move, paged, panel } from "../../core/ui.js";
import { totals } from "./totals.js";
import { coins, companyLink, days, known, large, method, multiple, NUMBER, overrideMark, part } from "./words.js";

const SORTS = [["value", "Value"], ["mnav", "mNAV"], ["holdings", "Holdings"], ["yield", "Yield"], ["name", "Name"]];
const KINDS = [["", "All"], ["true", "Miners"], ["false", "Others"]];
const PLACE = "/treasury";

export default function view({ query, signal }) {
  const one = (list, value) => (list.some(([each]) => each === value) ? value : list[0][0]);
  const filter = { q: query.q ?? "", asset: query.asset ?? "", miner: one(KINDS, query.miner), sort: one(SORTS, query.sort) };
  const file = h("a", { class: "button quiet", download: true }, "Save as CSV");
  const list = paged({
    caption: "Companies",
    columns: ["Company", NUMBER("Holdings"), NUMBER("Value (USD)"), NUMBER("Market cap (USD)"), NUMBER("mNAV basic"), NUMBER("Diluted"), NUMBER("EV"),
      NUMBER("Yield, year"), NUMBER("Updated")],
    none: "No company fits. Try part of the name, or another coin.",
    fetch: (cursor) => api.get("/v1/treasury/companies", { query: { ...filter, cursor, limit: 50 }, signal }),
    row,
  });
  const all = totals({ signal, chosen: filter.asset, choose: (asset) => change({ asset: filter.asset === asset ? "" : asset }) });

  function change(what) {
    Object.assign(filter, what);
    note(PLACE, filter);
    show();
    list.refresh();
    all.mark(filter.asset);
  }
  const show = () => file.setAttribute("href", `/v1/treasury/export.csv${link("", { asset: filter.asset }).slice(1)}`);
  show();

  let timer = null;
  const words = h("input", { type: "search", "aria-label": "Company, ticker or words", placeholder: "Company, ticker or words", value: filter.q, oninput: () => {
    clearTimeout(timer);
    timer = setTimeout(() => change({ q: words.value.trim() }), 200);
  } });
  signal.addEventListener("abort", () => clearTimeout(timer));
  repeat(() => Promise.all([list.refresh(), all.refresh()]), { pause: 60_000, signal });
  return h("div", { class: "stack" },
    h("div", {}, heading("Treasuries", file),
      h("p", { class: "lead" }, "Public companies and the coins that they hold, each by the document that says so. mNAV is what the market pays for a company, as a multiple of what its coins are worth; below it stands the premium, or the discount.")),
    panel("All together", all.element),
    h("div", {}, h("div", { class: "filters" }, words, choice("Kind", KINDS, filter.miner, (miner) => change({ miner })),
      choice("Sort by", SORTS, filter.sort, (sort) => change({ sort }))), h("div", { class: "snug" }, list.element)));
}

function row(item) {
  const { reasons, overridden } = item;
  const count = Object.keys(overridden).length;
  return h("tr", { "data-company": item.external_id },
    h("th", { scope: "row" }, companyLink(item.id, item.ticker), h("span", { class: "row-words" }, item.name, item.is_miner ? [" ", badge("miner", "plain")] : null),
      count && !overridden.current_holdings ? h("span", { class: "row-words" }, badge(count === 1 ? "1 value overridden" : `${count} values overridden`, "warn")) : null),
    cell("Holdings", h("span", {}, known(item.holdings, { holdings: "no_snapshot" }, "holdings", (text) => coins(text, item.asset)),
      item.supply_share_percent === null ? null : h("span", { class: "row-words" }, part(item.supply_share_percent), " of all"),
      overridden.current_holdings ? h("span", { class: "row-words" }, overrideMark(overridden.current_holdings)) : null), "number strong"),
    cell("Value", known(item.holdings_value, reasons, "holdings_value", large), "number strong"),
    cell("Market cap", h("span", {}, known(item.market_cap_usd, reasons, "market_cap_usd", large), words(method(item.market_cap_method))), "number"),
    mnav("mNAV basic", item, "basic"), mnav("mNAV diluted", item, "diluted"), mnav("mNAV EV", item, "ev"),
    cell("Yield this year", known(item.yield_ytd_percent, reasons, "yield_ytd_percent", (text) => move(text)), "number"),
    cell("Updated", item.days_since_update === null ? null : h("span", { title: format.day(item.holdings_date) }, days(item.days_since_update)), "number soft"));
}

const words = (text) => (text ? h("span", { class: "row-words" }, text) : null);

function mnav(label, item, kind) {
  const premium = item[`premium_${kind}_percent`];
  return cell(label, h("span", {}, known(item[`mnav_${kind}`], item.reasons, `mnav_${kind}`, multiple),
    premium === null ? null : h("span", { class: "row-words" }, move(premium))), "number");
}
