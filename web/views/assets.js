// The catalogue: words, a kind, and pages.
import * as api from "../core/api.js";
import { h } from "../core/dom.js";
import * as format from "../core/format.js";
import { note } from "../core/router.js";
import { badge, cell, choice, heading, paged } from "../core/ui.js";

const KINDS = [["", "All"], ["crypto", "Crypto"], ["stock", "Stocks"], ["commodity", "Commodities"], ["bond", "Bonds"], ["cash", "Cash"]];

export default function view({ query, signal }) {
  const filter = { q: query.q ?? "", type: query.type ?? "" };
  let timer = null;
  const list = paged({
    caption: "Assets",
    columns: ["Asset", "Kind", "Exchange", "Currency", "Prices from"],
    none: "Nothing in the catalogue is called that. Try part of the name, or another kind.",
    fetch: (cursor) => api.get("/v1/assets", { query: { ...filter, cursor, limit: 50 }, signal }),
    row: (asset) => h("tr", {},
      h("th", { scope: "row", class: "asset-cell" }, h("a", { href: `#/assets/${asset.id}` }, h("strong", {}, asset.symbol), h("span", { class: "asset-name" }, asset.name))),
      cell("Kind", badge(asset.asset_type, "plain")), cell("Exchange", asset.exchange), cell("Currency", asset.native_currency),
      cell("Prices from", asset.price_sources.map(format.source).join(", ") || "imports only", "soft")),
  });

  function change(what) {
    Object.assign(filter, what);
    note("/assets", filter);
    list.refresh();
  }

  const words = h("input", { type: "search", "aria-label": "Symbol or name", placeholder: "Symbol or name", value: filter.q, oninput: () => {
    clearTimeout(timer);
    timer = setTimeout(() => change({ q: words.value.trim() }), 200);
  } });
  signal.addEventListener("abort", () => clearTimeout(timer));
  return h("div", {}, heading("Assets"),
    h("div", { class: "filters" }, words, choice("Kind", KINDS, filter.type, (type) => change({ type }))), list.element);
}
