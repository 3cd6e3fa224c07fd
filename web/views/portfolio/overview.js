// A portfolio at a glance: its worth, the chart and the report of a range, what it holds, and what its rules say.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { follow } from "../../core/live.js";
import { note } from "../../core/router.js";
import { choice, empty, panel, region } from "../../core/ui.js";
import { allocationPanel } from "./allocation.js";
import { recentTransactions } from "./recent.js";
import { followHistories } from "./histories.js";
import { positionsPanel } from "./positions.js";
import { report } from "./report.js";
import { rulesPanel } from "./rules.js";
import { dayChange, today, worth } from "./today.js";
import { valueChart } from "./value-chart.js";

const RANGES = ["1W", "MTD", "1M", "3M", "6M", "YTD", "1Y", "3Y", "5Y", "max"];

export default function view({ portfolio, path, query, signal }) {
  const quote = region(() => today(portfolio.id, signal), (now) => h("div", { class: "quote" },
    h("p", { class: "quote-price" }, worth(now), h("span", {}, dayChange(now), h("span", { class: "soft" }, " today, in UTC")))));
  const measured = performance(portfolio, path, query, signal);
  const held = holdings(portfolio, path, signal);
  const rules = rulesPanel(path, signal);
  const refresh = () => Promise.all([quote.refresh(), held.refresh()]);
  follow("prices", async (events) => {
    if (events.length) await refresh();
  }, { signal });
  const fetching = followHistories(() => Promise.all([refresh(), measured.refresh(), rules.refresh()]), signal);
  return h("div", { class: "stack" }, quote.element, fetching, measured.element, held.element,
    h("div", { class: "two" }, rules.element, recentTransactions(portfolio, path, signal)));
}

/** Chart and report of one range; the choice stands in the address, so that it can be kept and passed on. */
function performance(portfolio, path, query, signal) {
  const chosen = { range: RANGES.includes(query.range) ? query.range : "1Y", show: query.show === "return" ? "return" : "value" };
  let found = null;
  const fetch = async () => {
    const told = await api.get(`${path}/performance`, { query: { range: chosen.range }, signal });
    const chart = await api.get(`${path}/chart`, { query: { range: chosen.range, interval: interval(told.days) }, signal });
    return { told, chart };
  };
  const charted = h("div", {});
  const draw = () => charted.replaceChildren(valueChart(found.chart, chosen.show));
  const place = region(fetch, (answer) => {
    found = answer;
    draw();
    return h("div", { class: "stack" }, panel("Value and return", pick(), lead(found.told), charted), report(found.told));
  });
  function choose(what) {
    Object.assign(chosen, what);
    note(`/portfolios/${portfolio.id}`, chosen);
    if ("range" in what) place.refresh();
    else draw();
  }
  function pick() {
    return h("div", { class: "filters" },
      choice("Range", RANGES.map((range) => [range, range === "max" ? "Max" : range]), chosen.range, (range) => choose({ range })),
      choice("What is drawn", [["value", "Value"], ["return", "Return"]], chosen.show, (show) => choose({ show })));
  }
  return place;
}

/** Days, weeks or months: about as many points as a screen can tell apart. */
function interval(days) {
  if (days <= 1200) return "1d";
  return days <= 8000 ? "1w" : "1M";
}

/** The time-weighted return of the range, in one line over the chart. */
function lead(told) {
  const { percent, reason } = told.time_weighted;
  return h("p", { class: "chart-lead" }, h("strong", { class: `move ${{ 1: "up", 0: "flat", "-1": "down" }[format.sign(percent)]}` }, percent === null ? "unknown" : format.percent(percent)),
    h("span", { class: "soft" }, percent === null ? ` time-weighted: ${reason}` : ` time-weighted, ${format.day(told.measured_from)} – ${format.day(told.to)}`));
}

function holdings(portfolio, path, signal) {
  return region(async () => {
    const [{ items: positions }, { items: cash }, allocation] = await Promise.all([
      api.get(`${path}/positions`, { signal }), api.get(`${path}/cash`, { signal }), api.get(`${path}/allocation`, { signal }),
    ]);
    return { positions, cash: cash.filter((item) => format.sign(item.amount)), allocation }; // an account at zero holds nothing
  }, (found) => {
    if (!found.positions.length && !found.cash.length) {
      return panel("Positions", empty("Nothing is held.", h("p", { class: "actions" },
        h("a", { class: "button", href: `#/portfolios/${portfolio.id}/transactions` }, "Enter a transaction"),
        h("a", { class: "button quiet", href: `#/portfolios/${portfolio.id}/files` }, "Import a file"))));
    }
    return h("div", { class: "stack" }, positionsPanel(found), allocationPanel(found.allocation));
  });
}
