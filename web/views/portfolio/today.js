// What a portfolio is worth now and how its day was, in its own currency: in the list and on its page.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { money, move, unknown } from "../../core/ui.js";
import { lacking } from "./words.js";

/** {currency, value, gain, percent, reason} of a portfolio today. The value may be known where the day's change is not. */
export async function today(id, signal) {
  const path = `/v1/portfolios/${id}`;
  const day = await api.get(`${path}/performance`, { query: { range: "1D" }, signal });
  const { currency, change, time_weighted: measure } = day;
  const reason = [...new Set(day.gaps.map(lacking))].join("; ") || measure.reason;
  if (change) return { currency, value: change.closing_value, gain: measure.absolute, percent: measure.percent, reason };
  const { points } = await api.get(`${path}/chart`, { query: { range: "1D" }, signal });
  return { currency, value: points.at(-1).value, gain: null, percent: null, reason };
}

export const worth = (now) => (now.value === null ? unknown(now.reason) : money(now.value, now.currency, format.amount));

/** The day's change as an amount and a percentage. */
export function dayChange(now) {
  if (now.gain === null) return unknown(now.reason);
  return h("span", { class: "day-change" }, move(now.gain, format.gain), now.percent === null ? null : [" (", move(now.percent), ")"]);
}
