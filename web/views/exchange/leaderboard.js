// Who gained most on a trading day.
import * as api from "../../core/api.js";
import { fill, h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { follow } from "../../core/live.js";
import { note } from "../../core/router.js";
import * as session from "../../core/session.js";
import { badge, cell, empty, heading, money, move, paged, region } from "../../core/ui.js";
import { NUMBER, shares } from "./words.js";

export default function view({ query, signal }) {
  const chosen = { day: query.day ?? "" };
  const told = h("div", {});
  const list = paged({
    caption: "Leaderboard",
    columns: [NUMBER("Rank"), "Who", NUMBER("Gain (USD)"), NUMBER("In per cent"), NUMBER("Worth at the end (USD)"), NUMBER("Days in a row")],
    none: "Nobody traded or held shares on that day.",
    fetch: async (cursor) => {
      const page = await api.get("/v1/exchange/leaderboard", { query: { date: chosen.day, cursor, limit: 50 }, signal });
      if (cursor === null) fill(told, dayWords(page.trading_day));
      return page;
    },
    row: (place) => h("tr", { class: place.user_id === session.me()?.id ? "own" : null }, cell("Rank", shares(place.rank), "number strong"),
      h("th", { scope: "row" }, place.display_name ?? h("span", { class: "soft" }, `Trader ${place.user_id.slice(0, 8)}`), place.user_id === session.me()?.id ? [" ", badge("you", "good")] : null),
      cell("Gain", move(place.daily_gain_loss, format.gain), "number strong"),
      cell("In per cent", place.daily_gain_loss_pct === null ? h("span", { class: "row-words" }, "nothing was owned before") : move(place.daily_gain_loss_pct), "number"),
      cell("Worth at the end", money(place.portfolio_value, null, format.amount), "number"), cell("Days in a row", shares(place.consecutive_profitable_days), "number soft")),
  });
  const days = region(() => api.get("/v1/exchange/trading-days", { query: { limit: 60 }, signal }), ({ items }) => {
    if (!items.length) return "";
    const select = h("select", { "aria-label": "Trading day", onchange: () => {
      chosen.day = select.value;
      note("/exchange/leaderboard", chosen);
      list.refresh();
    } }, items.map((item) => h("option", { value: item.day, selected: item.day === chosen.day }, format.day(item.day))));
    return h("div", { class: "filters" }, h("div", { class: "filter-select" }, select));
  });
  follow("exchange-leaderboard", async (events) => {
    if (events.length) await Promise.all([days.refresh(), list.refresh()]);
  }, { signal });
  return h("div", {}, heading("Leaderboard"),
    h("p", { class: "lead" }, "Everybody who held shares or traded on a day, by what it brought: realised and unrealised gains less commission. Deposits do not count."),
    days.element, told, list.element);
}

function dayWords(day) {
  if (!day) return empty("The first trading day has not ended yet.");
  return h("p", { class: "chart-lead soft" }, h("strong", {}, format.day(day.day)),
    `: ${shares(day.traders)} ${day.traders === 1 ? "person" : "people"} traded ${shares(day.trades)} times, for ${format.amount(day.volume_usd)} USD. It ended on ${format.moment(day.ends_at)}.`);
}
