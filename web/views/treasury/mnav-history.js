// What the market paid for a company's coins, day by day.
import * as api from "../../core/api.js";
import { chartTable, lineChart } from "../../core/chart.js";
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { cell, choice, empty, region } from "../../core/ui.js";
import { times, why } from "./words.js";

const MEASURES = [["basic", "Basic"], ["diluted", "Diluted"], ["ev", "EV"]];
const RANGES = { "1M": 1, "3M": 3, "1Y": 12, max: null };

export function mnavPanel({ company, path, signal, chosen, keep }) {
  const picked = { measure: MEASURES.some(([each]) => each === chosen.measure) ? chosen.measure : "basic", range: chosen.range in RANGES ? chosen.range : "1Y" };
  const place = region(async () => {
    const months = RANGES[picked.range];
    return (await api.all(`${path}/mnav`, { query: { from: months === null ? null : format.monthsAgo(months), limit: 200 }, signal })).reverse();
  }, (days) => {
    if (!days.length) return empty("No day in this range was valued yet.");
    const name = `mnav_${picked.measure}`;
    if (days.every((day) => day[name] === null)) return h("div", {}, empty(`It is not known on any of these days: ${lacks(days, name)}.`), asTable(days));
    return h("div", {}, lineChart(days.map((day) => ({ moment: day.day, text: day[name] })), { title: `mNAV of ${company.name}`, said: times }),
      days.some((day) => day[name] === null) ? h("p", { class: "footnote" }, `Gaps: ${lacks(days, name)}.`) : null, asTable(days));
  });
  const choose = (what) => {
    keep(Object.assign(picked, what));
    place.refresh();
  };
  return h("div", {}, h("div", { class: "filters" }, choice("Measure", MEASURES, picked.measure, (measure) => choose({ measure })),
    choice("Range", Object.keys(RANGES).map((range) => [range, range === "max" ? "Max" : range]), picked.range, (range) => choose({ range }))), place.element);
}

const lacks = (days, name) => [...new Set(days.filter((day) => day[name] === null).map((day) => why(day.reasons[name]) ?? "not known"))].join("; ");

function asTable(days) {
  const number = (label, text, write) => cell(label, h("span", { title: format.exact(text) }, write(text)), "number");
  return chartTable("mNAV by day", ["Day", "Basic", "Diluted", "EV", "Holdings", "Value (USD)", "Market cap (USD)", "Coin (USD)", "Share (USD)"], days, (day) => h("tr", {},
    h("th", { scope: "row" }, format.day(day.day)), MEASURES.map(([each, title]) => number(title, day[`mnav_${each}`], (text) => (text === null ? format.NONE : times(text)))),
    number("Holdings", day.holdings, format.quantity), number("Value", day.holdings_value_usd, format.compact), number("Market cap", day.market_cap_usd, format.compact),
    number("Coin", day.coin_price_usd, format.price), number("Share", day.share_price_usd, format.price)));
}
