// What a company held over time, and how many coins stood behind a share.
import * as api from "../../core/api.js";
import { chartTable, lineChart } from "../../core/chart.js";
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { cell, choice, empty, region } from "../../core/ui.js";
import { basis, coins, sourceLink } from "./words.js";

const SHOWS = [["holdings", "Holdings"], ["share", "Coins per share"]];

export function holdingsPanel({ company, path, signal, chosen, keep }) {
  let show = chosen.show === "share" ? "share" : "holdings";
  const place = region(async () => (await api.all(`${path}/holdings`, { query: { limit: 200 }, signal })).reverse(), (items) => {
    if (!items.length) return empty("Nothing of its history is known.");
    return h("div", {}, show === "share" ? perShare(items, company) : lineChart(items.map((item) => ({ moment: item.snapshot_date, text: item.holdings })), {
      title: `Holdings of ${company.name}`, said: (text) => `${format.quantity(text)} ${company.asset}`, nouns: ["statement", "statements"],
    }), asTable(items, company.asset));
  });
  return h("div", {}, h("div", { class: "filters" }, choice("Show", SHOWS, show, (picked) => {
    show = picked;
    keep({ show });
    place.refresh();
  })), place.element);
}

/** Coins per share of one kind of shares, that of the latest statement: others would not compare. */
function perShare(items, { name, asset }) {
  const latest = items.findLast((item) => item.holdings_per_share !== null);
  if (!latest) return empty("No statement says how many shares there were.");
  const points = items.map((item) => ({ moment: item.snapshot_date, text: item.share_basis === latest.share_basis ? item.holdings_per_share : null }));
  return h("div", {}, lineChart(points, { title: `${asset} per share of ${name}`, said: (text) => `${format.rate(text)} ${asset}`, nouns: ["statement", "statements"] }),
    h("p", { class: "footnote" }, `For one of today's ${basis(latest.share_basis) ?? "shares"}; statements that count others or none are gaps.`));
}

function asTable(items, asset) {
  return chartTable("Statements", ["Date", `Holdings (${asset})`, "Shares as stated", "In today's shares", "Coins per share", { title: "Which shares" }, { title: "Document" }], items, (item) => h("tr", {},
    h("th", { scope: "row" }, format.day(item.snapshot_date)), cell("Holdings", coins(item.holdings), "number"),
    cell("Shares as stated", format.exact(item.shares_outstanding), "number"), cell("In today's shares", format.quantity(item.shares_adjusted), "number"),
    cell("Coins per share", h("span", { title: format.exact(item.holdings_per_share) }, format.rate(item.holdings_per_share)), "number"),
    cell("Which shares", basis(item.share_basis), "soft"), cell("Document", sourceLink(item), "soft")));
}
