// Bars that need a person: keep them, or take them out.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import { doing } from "../../core/form.js";
import * as format from "../../core/format.js";
import { note } from "../../core/router.js";
import { cell, choice, notice, paged, status } from "../../core/ui.js";

const STATES = [["open", "Open"], ["kept", "Kept"], ["removed", "Removed"]];

export default function view({ query, signal }) {
  const filter = { status: STATES.some(([value]) => value === query.status) ? query.status : "open" };
  const list = paged({
    caption: "Price flags",
    columns: ["Asset", "Day", "What is odd", "The bar", { title: "Close before", class: "number" }, "Source", "State", "Decide"],
    none: "No bars are in this state.",
    fetch: (cursor) => api.get("/v1/admin/price-flags", { query: { ...filter, cursor, limit: 50 }, signal }),
    row: (flag) => h("tr", { "data-flag": flag.id }, h("th", { scope: "row" }, h("a", { href: `#/assets/${flag.asset_id}` }, flag.symbol)),
      cell("Day", format.day(flag.timestamp)), cell("What is odd", flag.reason), cell("The bar", bar(flag.bar), "soft"),
      cell("Close before", format.exact(flag.previous_close), "number"), cell("Source", format.source(flag.source), "soft"), cell("State", status(flag.status)),
      cell("Decide", flag.status === "open" ? h("span", { class: "row-actions" },
        flag.kind === "impossible_bar" ? null : decide(flag, "kept", "Keep"), decide(flag, "removed", "Remove")) : "")),
  });

  function decide(flag, action, title) {
    return doing(title, async () => {
      await api.post(`/v1/admin/price-flags/${flag.id}/resolve`, { action }, { signal, once: crypto.randomUUID() });
      notice(`The bar of ${flag.symbol} is ${action}.`);
      list.refresh();
    }, { kind: "quiet small", label: `${title} the bar of ${flag.symbol}` });
  }

  return h("div", {}, h("div", { class: "filters" }, choice("State", STATES, filter.status, (chosen) => {
    filter.status = chosen;
    note("/admin/flags", filter);
    list.refresh();
  })), list.element);
}

const bar = (values) => Object.entries(values).filter(([, value]) => value !== null).map(([key, value]) => `${key} ${value}`).join(", ");
