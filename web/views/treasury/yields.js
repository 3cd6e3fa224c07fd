// By how much a company's coins per share grew.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { cell, move, paged } from "../../core/ui.js";
import { basis, known, NUMBER } from "./words.js";

export function yieldsPanel({ company, path, signal }) {
  const grown = (item, name, label) => {
    const coins = item[`${name}_gain`];
    const since = item[name === "period" ? "previous_date" : `${name}_base_date`];
    return cell(label, h("span", {}, known(item[`${name}_percent`], item.reasons, `${name}_percent`, (text) => h("span", { title: since ? `since ${format.day(since)}` : null }, move(text))),
      coins === null ? null : h("span", { class: "row-words" }, `${format.gain(coins)} ${company.asset}`)), "number");
  };
  return h("div", {}, h("p", { class: "soft" }, "Against the statement before, and since the quarter and the year began, on assumed diluted shares. Below each: the coins that this comes to."), paged({
    caption: "Growth of coins per share",
    columns: ["Statement of", NUMBER("Coins per share"), NUMBER("Shares today"), NUMBER("Since the one before"), NUMBER("Quarter to date"), NUMBER("Year to date")],
    none: "No statement says how many shares there were, so it is not known.",
    fetch: (cursor) => api.get(`${path}/yield`, { query: { cursor, limit: 10 }, signal }),
    row: (item) => h("tr", {}, h("th", { scope: "row", class: "keep" }, format.day(item.snapshot_date)),
      cell("Coins per share", h("span", { title: format.exact(item.holdings_per_share) }, format.rate(item.holdings_per_share)), "number strong"),
      cell("Shares today", h("span", {}, format.quantity(item.shares), h("span", { class: "row-words" }, basis(item.share_basis))), "number soft"),
      grown(item, "period", "Since the one before"), grown(item, "quarter", "Quarter to date"), grown(item, "year", "Year to date")),
  }).element);
}
