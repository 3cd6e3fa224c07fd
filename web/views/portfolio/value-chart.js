// A portfolio's value over time beside what was put in, or its time-weighted index: as a chart, and as a table.
import { chartTable, lineChart } from "../../core/chart.js";
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { cell, empty } from "../../core/ui.js";

/** `show` is "value" or "return". */
export function valueChart(chart, show) {
  const key = show === "return" ? "index" : "value";
  if (!chart.points.some((point) => point[key] !== null)) {
    return empty(show === "return" ? "There is no return in this range: nothing was invested, or a value is not known." : "No value is known in this range. What is lacking stands below.");
  }
  const money = (text) => `${format.amount(text)} ${chart.currency}`;
  const points = chart.points.map((point) => ({ moment: point.day, text: point[key], second: show === "value" ? point.invested : null }));
  return h("div", {}, lineChart(points, show === "return" ? { title: "Time-weighted index, 100 at the opening", said: format.amount }
    : { title: "Value of the portfolio", said: money, names: ["Value", "Opening value and what was put in since"] }), asTable(chart));
}

function asTable(chart) {
  const number = (label, text, write) => cell(label, text === null ? "unknown" : write(text), "number");
  return chartTable("Value by day", ["Day", `Value (${chart.currency})`, `Put in (${chart.currency})`, "Index"], chart.points, (point) => h("tr", {},
    h("th", { scope: "row" }, format.day(point.day)), number("Value", point.value, format.amount), number("Put in", point.invested, format.amount),
    number("Index", point.index, format.amount)));
}
