// What administrators look after: a page with parts, each in a module of its own. To add one, give it a line here.
import { fill, h } from "../../core/dom.js";
import { failure, heading, loading } from "../../core/ui.js";

const PARTS = [
  ["jobs", "Job runs", () => import("./jobs.js")],
  ["sources", "Sources", () => import("./sources.js")],
  ["backfills", "Backfills", () => import("./backfills.js")],
  ["flags", "Price flags", () => import("./flags.js")],
  ["exchange", "Exchange", () => import("./exchange.js")],
  ["transfers", "Transfers", () => import("./transfers.js")],
  ["treasury", "Treasuries", () => import("./treasury.js")],
  ["users", "People", () => import("./users.js")],
  ["audit", "Audit log", () => import("./audit.js")],
];

export default function view({ params, query, signal }) {
  const [name, title, load] = PARTS.find(([each]) => each === params.part) ?? PARTS[0];
  const place = h("section", { "aria-label": title }, loading());
  const tabs = h("nav", { class: "tabs", "aria-label": "Parts of administration" }, PARTS.map(([part, words]) =>
    h("a", { href: `#/admin/${part}`, "aria-current": part === name ? "page" : null }, words)));
  requestAnimationFrame(() => tabs.querySelector("[aria-current]").scrollIntoView({ block: "nearest", inline: "center" }));
  load().then(({ default: make }) => {
    if (!signal.aborted) fill(place, make({ query, signal }));
  }).catch((error) => fill(place, failure(error)));
  return h("div", {}, heading("Administration"), tabs, place);
}
