// How far one backfill is, as a card: on an asset's page and in the lists.
import { h } from "../core/dom.js";
import * as format from "../core/format.js";
import { progress, status, time } from "../core/ui.js";

/** Whether it is still going to move by itself. */
export const isAtWork = (backfill) => ["pending", "in_progress", "rate_limited"].includes(backfill.status);

export function backfillCard(backfill) {
  return h("div", { class: "backfill", "data-backfill": backfill.id },
    h("p", { class: "backfill-range" }, `${format.day(backfill.start_date)} – ${format.day(backfill.end_date)}`, status(backfill.status)),
    progress(backfill.progress_percent, `Backfill of ${backfill.symbol}`),
    h("p", { class: "soft" }, facts(backfill)));
}

/** What there is to say: rows, source, what it waits for, what went wrong, what is missing. */
export function facts(backfill) {
  const said = [`${format.grouped(String(backfill.rows_landed))} bars`];
  if (backfill.source) said.push(`from ${format.source(backfill.source)}`);
  if (backfill.rows_flagged) said.push(`${backfill.rows_flagged} flagged`);
  if (backfill.attempts > 1 || backfill.status === "failed") said.push(`attempt ${backfill.attempts} of ${backfill.max_attempts}`);
  const parts = [said.join(", "), "."];
  if (backfill.retry_after && isAtWork(backfill)) parts.push(" Next try ", time(backfill.retry_after), ".");
  if (backfill.error_message && backfill.status !== "completed") parts.push(h("span", { class: "backfill-error" }, ` ${backfill.error_message}`));
  if (backfill.note) parts.push(` ${backfill.note}`);
  return parts;
}
