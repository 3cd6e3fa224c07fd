// The companies that are tracked: finding one to look after, and putting another one into the tracker.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import { form } from "../../core/form.js";
import * as format from "../../core/format.js";
import { go, link, note } from "../../core/router.js";
import { badge, cell, notice, paged } from "../../core/ui.js";
import { coins, companyLink, days, known, NUMBER } from "../treasury/words.js";
import { companyFields, companyOf } from "./company-fields.js";
import { companyPage } from "./company.js";

export default function view({ query, signal, at }) {
  if (query.company) return companyPage({ id: query.company, signal, at });
  const filter = { q: query.q ?? "" };
  const place = (id) => link(at.path, { show: at.show, company: id });
  const list = paged({
    caption: "Companies",
    columns: ["Company", "Coin", NUMBER("Tier"), NUMBER("Holdings"), "Stated", "Actions"],
    none: filter.q ? "No company fits." : "No company is tracked yet. Add the first one above.",
    fetch: (cursor) => api.get("/v1/treasury/companies", { query: { ...filter, sort: "name", cursor, limit: 50 }, signal }),
    row: (item) => h("tr", { "data-company": item.external_id }, h("th", { scope: "row" }, companyLink(item.id, item.ticker), h("span", { class: "row-words" }, item.name, item.is_miner ? [" ", badge("miner", "plain")] : null)),
      cell("Coin", item.asset), cell("Tier", item.tier === null ? null : String(item.tier), "number soft"), cell("Holdings", known(item.holdings, { holdings: "no_snapshot" }, "holdings", (text) => coins(text, item.asset)), "number strong"),
      cell("Stated", item.days_since_update === null ? null : h("span", { title: format.day(item.holdings_date) }, days(item.days_since_update)), "soft"),
      cell("Actions", h("a", { class: "button quiet small", href: place(item.id), "aria-label": `Look after ${item.ticker} (${item.asset})` }, "Look after"))),
  });
  const words = h("input", { type: "search", "aria-label": "Company, ticker or words", placeholder: "Company, ticker or words", value: filter.q, onchange: () => {
    filter.q = words.value.trim();
    note(at.path, { show: at.show, ...filter });
    list.refresh();
  } });
  return h("div", { class: "stack" }, h("details", { class: "panel" }, h("summary", {}, "Add a company"), adding({ signal, at })),
    h("div", {}, h("div", { class: "filters" }, words), list.element, untracked(at, signal)));
}

/** Companies that are not tracked any more: in no list of the public, in one of administrators. */
function untracked(at, signal) {
  const list = () => paged({
    caption: "Not tracked any more", columns: ["Company", "Coin", "Actions"], none: "All companies are tracked.",
    fetch: (cursor) => api.get("/v1/admin/treasury/companies", { query: { active: false, cursor, limit: 50 }, signal }),
    row: (item) => h("tr", { "data-company": item.external_id }, h("th", { scope: "row" }, companyLink(item.id, item.ticker), h("span", { class: "row-words" }, item.name)), cell("Coin", item.asset),
      cell("Actions", h("a", { class: "button quiet small", href: link(at.path, { show: at.show, company: item.id }), "aria-label": `Look after ${item.ticker} (${item.asset})` }, "Look after"))),
  });
  const place = h("div");
  return h("details", { class: "by-number", ontoggle: (event) => event.target.open && place.replaceChildren(list().element) }, h("summary", {}, "Companies that are not tracked any more"), place);
}

function adding({ signal, at }) {
  const key = api.keyPerBody();
  const { fields, values } = companyFields();
  return form({
    fields: [h("p", { class: "soft" }, "Its share is found in the catalogue by ticker and currency, or added there. A company that holds two coins is two companies with one ticker."), fields],
    action: "Add the company",
    submit: async (entered) => {
      const body = companyOf(values(entered));
      const made = await api.post("/v1/admin/treasury/companies", body, { signal, once: key(body) });
      notice(`${made.ticker} is in the tracker. Say where its numbers are found.`);
      go(at.path, { show: at.show, company: made.id });
    },
  });
}
