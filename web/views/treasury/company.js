// One company: what it holds by which document, what that is worth, and how it came about.
import * as api from "../../core/api.js";
import { fill, h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { note } from "../../core/router.js";
import { badge, cell, heading, panel, region, table } from "../../core/ui.js";
import { financialsPanel } from "./financials.js";
import { holdingsPanel } from "./holdings-history.js";
import { mnavPanel } from "./mnav-history.js";
import { purchasesPanel } from "./purchases.js";
import { statementPanel } from "./statement.js";
import { valuation } from "./valuation.js";
import { ending, fieldName, wrapping, written } from "./words.js";
import { yieldsPanel } from "./yields.js";

export default function view({ params, query, signal }) {
  const title = h("div", {}, heading("Company"));
  const path = `/v1/treasury/companies/${encodeURIComponent(params.id)}`;
  const whole = region(() => api.get(path, { signal }), (company) => {
    const focused = title.contains(document.activeElement);
    document.title = `${company.name} · Holdfast`;
    fill(title, headingOf(company));
    if (focused) title.querySelector("h1").focus({ preventScroll: true });
    return page({ company, path, query, signal });
  });
  return h("div", {}, title, whole.element);
}

function headingOf(company) {
  return heading(h("span", { class: "asset-title" }, company.ticker, h("span", { class: "asset-title-name" }, company.name)),
    h("span", { class: "badge plain" }, company.asset), company.exchange ? h("span", { class: "badge plain" }, company.exchange) : null,
    company.is_miner ? badge("miner", "plain") : null, company.tier === null ? null : badge(`tier ${company.tier}`, "plain"),
    company.is_active ? null : badge("not tracked any more", "warn"),
    h("a", { class: "button quiet", href: `/v1/treasury/companies/${company.id}/export.csv`, download: true }, "History as CSV"));
}

function page({ company, path, query, signal }) {
  const address = `/treasury/${company.id}`;
  const chosen = { show: query.show, measure: query.measure, range: query.range };
  const keep = (what) => note(address, Object.assign(chosen, what));
  const shared = { company, path, signal, chosen, keep };
  return h("div", { class: "stack" }, valuation(company, overrides(company)), statementPanel(company),
    panel("Holdings over time", holdingsPanel(shared)), panel("mNAV over time", mnavPanel(shared)),
    panel("Purchases and sales", purchasesPanel(shared)), panel("Growth of coins per share", yieldsPanel(shared)),
    panel("Financials over time", financialsPanel(shared)), about(company));
}

/** Which values stand in for stored ones. Nothing is shown where none do. */
function overrides(company) {
  const found = Object.entries(company.overridden);
  if (!found.length) return null;
  return h("section", { class: "panel overridden", "aria-label": "Overridden values" },
    h("h2", {}, badge("overridden", "warn"), ` ${found.length === 1 ? "One value is" : `${found.length} values are`} not as stored`),
    table("Overridden values", ["What", "Shown", "Stored", "Why", "Since", "Until"], h("tbody", {}, found.map(([name, each]) => h("tr", { "data-override": name },
      h("th", { scope: "row" }, fieldName(name)), cell("Shown", written(each.value), `strong ${wrapping(each.value)}`), cell("Stored", each.original === null ? "nothing" : written(each.original), wrapping(each.original)),
      cell("Why", each.reason, "break"), cell("Since", format.day(each.since), "soft keep"), cell("Until", ending(each), "soft"))))));
}

function about(company) {
  const lines = [["Strategy", company.strategy], ["Notes", company.notes], ["Led by", company.leader], ["Country", company.country],
    ["Holds coins since", company.dat_start_date ? format.day(company.dat_start_date) : null], ["Website", site(company.website)], ["X", site(company.twitter)]].filter(([, value]) => value);
  return lines.length ? panel("About it", h("dl", { class: "about-company" }, lines.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))))) : null;
}

const site = (url) => (/^https?:\/\//.test(url ?? "") ? h("a", { class: "break", href: url, target: "_blank", rel: "noopener noreferrer" }, url) : url);
