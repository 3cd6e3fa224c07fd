// The report of a range: three returns, each with its method; why the value changed; risk; and what is not known.
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { cell, money, move, panel, table, unknown } from "../../core/ui.js";
import { lacking } from "./words.js";

const MEASURES = [["time_weighted", "Time-weighted"], ["money_weighted", "Money-weighted"], ["simple", "Simple"]];
const NUMBER = (title) => ({ title, class: "number" });

/** How the value went from the opening to the closing: name, what it is, and whether it is taken away. */
const BRIDGE = [
  ["opening_value", "Opening value", "at the end of the day before"],
  ["net_flows", "Paid in, net", "deposits and transfers in, less withdrawals and transfers out"],
  ["realised", "Realised gains", "proceeds less cost of what was sold"],
  ["unrealised", "Unrealised gains", "how much the gain on what is held grew"],
  ["dividends", "Dividends", "before taxes"],
  ["interest", "Interest", "before taxes"],
  ["fees", "Fees", "paid", true],
  ["taxes", "Taxes", "withheld or paid", true],
  ["currency_effect", "Currency effect", "what exchange rates did to holdings in other currencies"],
  ["closing_value", "Closing value", "at the end of the last day"],
];

export function report(told) {
  return h("div", { class: "stack" }, unknowns(told), panel("Return", measures(told)),
    h("div", { class: "two" }, panel("What changed the value", bridge(told)), panel("Risk", risk(told.risk))));
}

/** Days on which something is not known, and what else should be known about the figures. */
function unknowns({ gaps, notes }) {
  if (!gaps.length && !notes.length) return null;
  return h("div", { class: gaps.length ? "remark warn" : "remark" },
    gaps.length ? h("p", {}, h("strong", {}, "The value of some days is not known."), " Figures that need it are unknown too; nothing is made up.") : null,
    gaps.length ? h("ul", {}, gaps.slice(0, 8).map((gap) => h("li", {}, `${span(gap)}: ${lacking(gap)}`)), gaps.length > 8 ? h("li", {}, `and ${gaps.length - 8} more times`) : null) : null,
    notes.map((words) => h("p", {}, words)));
}

const span = (gap) => (gap.from === gap.to ? format.day(gap.from) : `${format.day(gap.from)} – ${format.day(gap.to)}`);

function measures(told) {
  const percent = (label, text, reason) => cell(label, text === null ? reason : move(text), "number");
  return table("Return by three measures", ["Measure", NUMBER("Return"), NUMBER("Per year"), NUMBER("Gain"), "Method", "In per cent of"], h("tbody", {}, MEASURES.map(([key, title]) => {
    const measure = told[key];
    return h("tr", {}, h("th", { scope: "row" }, title),
      percent("Return", measure.percent, unknown(measure.reason)), percent("Per year", measure.annual_percent, measure.percent === null ? unknown() : h("span", { class: "soft" }, "–")),
      cell("Gain", measure.absolute === null ? unknown() : h("span", {}, move(measure.absolute, format.gain), h("span", { class: "currency" }, ` ${told.currency}`)), "number"),
      cell("Method", measure.method, "prose soft"), cell("In per cent of", measure.denominator, "prose soft"));
  })));
}

function bridge({ change, currency }) {
  if (!change) return h("p", {}, unknown("a value or rate that it needs is not known; see above"));
  const rows = BRIDGE.map(([key, title, words, minus]) => {
    const ends = key === "opening_value" || key === "closing_value";
    const text = minus ? format.negated(change[key]) : change[key];
    return h("tr", { class: ends ? "total" : null }, h("th", { scope: "row" }, title, h("span", { class: "row-words" }, words)),
      cell(currency, ends ? money(text, null, format.amount) : move(text, format.gain), "number"));
  });
  return h("div", { class: "bridge" }, table("From the opening to the closing value", ["Part", NUMBER(currency)], h("tbody", {}, rows)),
    h("p", { class: "footnote" }, "The parts add up to the closing value to the last digit; they are shown rounded to hundredths."));
}

function risk(told) {
  const figure = (name, value, write) => h("div", {}, h("dt", {}, name), h("dd", {}, value === null ? unknown() : write(value)));
  const fall = told.max_drawdown;
  return h("div", {}, h("dl", { class: "figures" },
    figure("Volatility, a year", told.volatility_percent, (text) => `${format.amount(text)} %`),
    h("div", {}, h("dt", {}, "Largest fall"), h("dd", {}, fall ? [move(fall.percent), h("span", { class: "row-words" },
      `${format.day(fall.peak)} – ${format.day(fall.trough)}, ${fall.recovered ? `made good by ${format.day(fall.recovered)}` : "not made good yet"}`)]
      : told.daily_returns ? "none" : unknown())),
    figure("Sharpe ratio", told.sharpe, format.amount), figure("Sortino ratio", told.sortino, format.amount)),
  h("p", { class: "footnote" }, `From ${told.daily_returns} daily returns; risk-free rate ${format.amount(told.risk_free_rate_percent)} %. Method: ${told.method}.`));
}
