// One portfolio: a page with parts, each in a module of its own. To add one, give it a line here.
import * as api from "../../core/api.js";
import { fill, h } from "../../core/dom.js";
import { badge, failure, heading, loading, region } from "../../core/ui.js";
import { COST_METHODS, titled } from "./words.js";

const PARTS = [
  ["overview", "Overview", () => import("./overview.js")],
  ["transactions", "Transactions", () => import("./transactions.js")],
  ["files", "Import and export", () => import("./files.js")],
  ["settings", "Settings", () => import("./settings.js")],
];

export default function view({ params, query, signal }) {
  const title = h("div", {}, heading("Portfolio"));
  const path = `/v1/portfolios/${encodeURIComponent(params.id)}`;
  const whole = region(() => api.get(path, { signal }), (portfolio) => {
    const focused = title.contains(document.activeElement);
    document.title = `${portfolio.name} · Holdfast`;
    fill(title, heading(portfolio.name, badge(portfolio.currency, "plain"), badge(titled(COST_METHODS, portfolio.cost_method), "plain")));
    if (focused) title.querySelector("h1").focus({ preventScroll: true });
    return parts(portfolio, { params, query, signal, changed: () => whole.refresh() });
  });
  return h("div", {}, title, whole.element);
}

function parts(portfolio, { params, query, signal, changed }) {
  const [name, title, load] = PARTS.find(([each]) => each === params.part) ?? PARTS[0];
  const place = h("section", { "aria-label": title }, loading());
  const tabs = h("nav", { class: "tabs", "aria-label": "Parts of the portfolio" }, PARTS.map(([part, words], at) =>
    h("a", { href: `#/portfolios/${portfolio.id}${at ? `/${part}` : ""}`, "aria-current": part === name ? "page" : null }, words)));
  requestAnimationFrame(() => tabs.querySelector("[aria-current]").scrollIntoView({ block: "nearest", inline: "center" }));
  load().then(({ default: make }) => {
    if (!signal.aborted) fill(place, make({ portfolio, path: `/v1/portfolios/${portfolio.id}`, query, signal, changed }));
  }).catch((error) => fill(place, failure(error)));
  return h("div", {}, tabs, place);
}
