// What somebody has on the exchange: a page with parts, each in a module of its own. To add one, give it a line here.
import { fill, h } from "../../core/dom.js";
import { failure, heading, loading } from "../../core/ui.js";

const PARTS = [
  ["shares", "Shares", () => import("./holdings.js")],
  ["orders", "Orders", () => import("./orders.js")],
  ["fills", "Fills", () => import("./fills.js")],
  ["cash", "Cash", () => import("./cash.js")],
  ["ledger", "Ledger", () => import("./ledger.js")],
  ["days", "Trading days", () => import("./days.js")],
];

export default function view({ params, query, signal }) {
  const [name, title, load] = PARTS.find(([each]) => each === params.part) ?? PARTS[0];
  const place = h("section", { "aria-label": title }, loading());
  const tabs = h("nav", { class: "tabs", "aria-label": "Parts of my exchange" }, PARTS.map(([part, words], at) =>
    h("a", { href: `#/exchange/mine${at ? `/${part}` : ""}`, "aria-current": part === name ? "page" : null }, words)));
  requestAnimationFrame(() => tabs.querySelector("[aria-current]").scrollIntoView({ block: "nearest", inline: "center" }));
  load().then(({ default: make }) => {
    if (!signal.aborted) fill(place, make({ query, signal }));
  }).catch((error) => fill(place, failure(error)));
  return h("div", {}, heading("My exchange"), tabs, place);
}
