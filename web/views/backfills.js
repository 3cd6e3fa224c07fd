// The fetching of histories, the newest first, live while something is at work. Administrators see everybody's.
import * as api from "../core/api.js";
import { h } from "../core/dom.js";
import * as format from "../core/format.js";
import { repeat } from "../core/live.js";
import { note } from "../core/router.js";
import { cell, choice, heading, paged, progress, status, time } from "../core/ui.js";
import { facts, isAtWork } from "./backfill-card.js";

const STATES = [["", "All"], ["pending", "Pending"], ["in_progress", "In progress"], ["rate_limited", "Rate limited"], ["completed", "Completed"], ["failed", "Failed"]];

export default function view({ query, signal }) {
  return h("div", {}, heading("Backfills"),
    h("p", { class: "lead" }, "Watching an asset fetches its history, from one year before the day you name. This is how far that is."),
    backfillList({ query, signal, path: "/backfills" }));
}

/** The list with its filter. `actions` may add a last column. */
export function backfillList({ query, signal, path, actions = null }) {
  const filter = { status: STATES.some(([value]) => value === query.status) ? query.status : "" };
  let busy = true;
  let pages = 0;
  const list = paged({
    caption: "Backfills",
    columns: ["Asset", "Range", "Status", "Progress", "What happened", { title: "Changed", class: "number" }, ...(actions ? ["Actions"] : [])],
    none: filter.status ? "No backfill is in this state." : "Nothing was fetched yet. Watch an asset, and its history is.",
    fetch: async (cursor) => {
      const page = await api.get("/v1/backfills", { query: { ...filter, cursor, limit: 30 }, signal });
      pages = cursor === null ? 1 : pages + 1;
      busy = page.items.some(isAtWork) || (pages > 1 && busy);
      return page;
    },
    row: (item) => h("tr", { "data-backfill": item.id },
      h("th", { scope: "row" }, h("a", { href: `#/assets/${item.asset_id}` }, item.symbol)),
      cell("Range", `${format.day(item.start_date)} – ${format.day(item.end_date)}`), cell("Status", status(item.status)),
      cell("Progress", progress(item.progress_percent, `Backfill of ${item.symbol}`)), cell("What happened", facts(item), "soft wide-cell"),
      cell("Changed", time(item.updated_at), "number soft"), actions ? cell("Actions", actions(item, () => list.refresh())) : null),
  });
  // Only the first page is shown anew, and not under somebody's fingers: whoever reads further back or is about to press
  // a button should find everything where it was.
  repeat(async () => {
    if (busy && pages <= 1 && !list.element.contains(document.activeElement)) await list.refresh();
  }, { pause: 3000, signal });
  return h("div", {}, h("div", { class: "filters" }, choice("Status", STATES, filter.status, (chosen) => {
    filter.status = chosen;
    note(path, filter);
    list.refresh();
  })), list.element);
}
