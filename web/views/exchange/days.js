// Somebody's trading days: what each brought, and how that ranked.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { cell, money, move, paged } from "../../core/ui.js";
import { head, NUMBER, shares } from "./words.js";

const beneath = (content, words) => h("span", {}, content, words ? h("span", { class: "row-words" }, words) : null);

export default function view({ signal }) {
  const list = paged({
    caption: "My trading days",
    columns: ["Day", NUMBER("Rank"), NUMBER("Gain (USD)"), NUMBER("Realised"), NUMBER("Unrealised"), NUMBER("Commission"), NUMBER("Worth at the end"),
      NUMBER("Trades"), NUMBER("Days in a row")],
    none: "No trading day of yours has ended yet. A day ends a quarter of an hour after the close of the New York Stock Exchange.",
    fetch: (cursor) => api.get("/v1/exchange/stats/mine", { query: { cursor, limit: 30 }, signal }),
    row: (day) => h("tr", {}, head(h("a", { href: `#/exchange/leaderboard?day=${day.stat_date}` }, format.day(day.stat_date))),
      cell("Rank", day.rank === null ? null : shares(day.rank), "number"), cell("Gain", beneath(move(day.daily_gain_loss, format.gain), day.daily_gain_loss_pct === null ? "nothing was owned before" : move(day.daily_gain_loss_pct)), "number strong"),
      cell("Realised", move(day.realised_gain, format.gain), "number"), cell("Unrealised", move(day.unrealised_change, format.gain), "number"),
      cell("Commission", money(day.commission, null, format.amount), "number soft"),
      cell("Worth at the end", beneath(money(day.closing_equity, null, format.amount), format.sign(day.net_deposits) ? `${format.gain(day.net_deposits)} paid in, net` : null), "number"),
      cell("Trades", beneath(shares(day.trades_executed), day.win_rate_pct === null ? "no sales" : `${format.amount(day.win_rate_pct)} % of sales gained`), "number"),
      cell("Days in a row", day.consecutive_profitable_days === null ? null : shares(day.consecutive_profitable_days), "number soft")),
  });
  return h("div", {}, list.element, h("p", { class: "footnote" }, "The gain is the realised and unrealised change less commission; what was paid in or out does not count."));
}
