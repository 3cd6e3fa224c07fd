// What administrators look after of the treasury tracker: parts, each in a module of its own. To add one, give it a line here.
import { fill, h } from "../../core/dom.js";
import { link } from "../../core/router.js";
import { failure, loading } from "../../core/ui.js";

const PLACE = "/admin/treasury";
const PARTS = [
  ["review", "Review of snapshots", () => import("./review.js")],
  ["overrides", "Overrides", () => import("./overrides.js")],
  ["companies", "Companies", () => import("./companies.js")],
  ["sources", "Document sources", () => import("./data-sources.js")],
  ["jobs", "Scraper jobs", () => import("./scraper-jobs.js")],
];

export default function view({ query, signal }) {
  const [name, title, load] = PARTS.find(([each]) => each === query.show) ?? PARTS[0];
  const place = h("section", { "aria-label": title }, loading());
  const tabs = h("nav", { class: "tabs", "aria-label": "Parts of the treasury tracker" }, PARTS.map(([part, words]) =>
    h("a", { href: link(PLACE, { show: part }), "aria-current": part === name ? "page" : null }, words)));
  requestAnimationFrame(() => tabs.querySelector("[aria-current]").scrollIntoView({ block: "nearest", inline: "center" }));
  load().then(({ default: make }) => {
    if (!signal.aborted) fill(place, make({ query, signal, at: { path: PLACE, show: name } }));
  }).catch((error) => fill(place, failure(error)));
  return h("div", {}, tabs, place);
}
