// The price of an offering over time, from its candles; interval and range stand in the address.
import * as api from "../../core/api.js";
import { candleChart } from "../../core/candle-chart.js";
import { chartTable } from "../../core/chart.js";
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { note } from "../../core/router.js";
import { cell, choice, empty, region } from "../../core/ui.js";
import { shares } from "./words.js";

const HOUR = 3600e3;
const INTERVALS = [["1h", "1 hour"], ["4h", "4 hours"], ["1d", "1 day"]];
const STEPS = { "1h": HOUR, "4h": 4 * HOUR, "1d": 24 * HOUR };
const SHOWN = 120; // intervals: about as many candles as a screen can tell apart

export function candlesPanel(offering, path, query, signal) {
  const chosen = { interval: query.interval in STEPS ? query.interval : "1h" };
  const place = region(async () => {
    const from = new Date(Date.now() - SHOWN * STEPS[chosen.interval]).toISOString();
    const { items } = await api.get(`${path}/candles`, { query: { ...chosen, from }, signal });
    return items;
  }, (items) => {
    if (!items.length) return empty("Nothing was traded in this time.");
    const title = `Price of ${offering.symbol}`;
    const when = chosen.interval === "1d" ? format.day : format.moment;
    return h("div", {}, candleChart(items, { title, step: STEPS[chosen.interval], when }), asTable(items, when));
  });
  const element = h("div", {}, h("div", { class: "filters" }, choice("Interval", INTERVALS, chosen.interval, (interval) => {
    chosen.interval = interval;
    note(`/exchange/${offering.id}`, chosen);
    place.refresh();
  })), place.element);
  return { element, refresh: place.refresh };
}

function asTable(items, when) {
  const titles = ["Open", "High", "Low", "Close"];
  return chartTable("Candles", ["From (UTC)", ...titles, "Shares", "Value (USD)", "Trades"], items, (candle) => h("tr", {},
    h("th", { scope: "row" }, when(candle.opens_at)),
    [candle.open_price, candle.high_price, candle.low_price, candle.close_price].map((text, at) => cell(titles[at], format.price(text), "number")),
    cell("Shares", shares(candle.volume_shares), "number"), cell("Value", format.amount(candle.volume_usd), "number"), cell("Trades", shares(candle.trade_count), "number")));
}
