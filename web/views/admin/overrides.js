// Values that stand in for stored ones: which do, adding one, and taking one back.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import { doing, field, form } from "../../core/form.js";
import * as format from "../../core/format.js";
import { note } from "../../core/router.js";
import { badge, cell, choice, empty, notice, paged, panel, region, time } from "../../core/ui.js";
import { companyLink, ending, fieldName, wrapping, written } from "../treasury/words.js";
import { companiesOnce, companyOption, companySelect } from "./company-select.js";
import { overridesImport } from "./overrides-import.js";

const STATES = [["true", "In force"], ["false", "Over"], ["", "All"]];
const FIELDS = ["current_holdings", "market_cap", "shares_basic", "shares_assumed_diluted", "shares_fully_diluted", "total_debt", "preferred_equity", "cash", "cost_basis_avg",
  "staking_pct", "tier", "is_miner", "name", "website", "twitter", "leader", "strategy", "notes", "exchange", "country"];
const HINTS = { staking_pct: "In per cent: 85 is 85 %.", tier: "A digit from 1 to 9.", is_miner: "true or false", website: "With https:// in front.", twitter: "With https:// in front.", country: "Two letters, such as US.",
  current_holdings: "In coins: digits, with a point before decimals and no separators." };
const WORDS = new Set(["name", "leader", "strategy", "notes", "exchange"]);
const DIGITS = "Digits, with a point before decimals and no separators.";
const hint = (name) => HINTS[name] ?? (WORDS.has(name) ? null : DIGITS);

export default function view({ query, signal, at }) {
  const filter = { active: STATES.some(([value]) => value === query.active) ? query.active : "true", company_id: query.company_id ?? "" };
  const list = paged({
    caption: "Overrides",
    columns: ["Company", "What", "Shown", "Stored", "Why", "Since", "Until", "State"],
    none: "No value is overridden.",
    fetch: (cursor) => api.get("/v1/admin/treasury/overrides", { query: { ...filter, cursor, limit: 50 }, signal }),
    row: (item) => h("tr", { "data-override": item.id }, h("th", { scope: "row" }, companyLink(item.company_id, item.ticker)), cell("What", fieldName(item.field)),
      cell("Shown", written(item.value), `strong ${wrapping(item.value)}`), cell("Stored", item.original === null ? "nothing" : written(item.original), `soft ${wrapping(item.original)}`), cell("Why", h("span", {}, item.reason, item.source === "csv" ? h("span", { class: "row-words" }, "from a spreadsheet") : null), "prose break"),
      cell("Since", time(item.since), "soft"), cell("Until", ending(item), "soft"), cell("State", item.is_active ? end(item) : over(item))),
  });

  const end = (item) => doing("Take back", async () => {
    await api.remove(`/v1/admin/treasury/overrides/${item.id}`, { signal });
    notice(`${fieldName(item.field)} of ${item.ticker} is as stored again.`);
    await list.refresh();
  }, { kind: "quiet small", confirm: "Show the stored value?", label: `Take back ${fieldName(item.field)} of ${item.ticker}` });

  function change(what) {
    Object.assign(filter, what);
    note(at.path, { show: at.show, ...filter });
    list.refresh();
  }
  const companies = companiesOnce(signal);
  return h("div", { class: "stack" }, panel("Override a value", adding({ companies, chosen: filter.company_id, signal, done: list.refresh })),
    h("details", { class: "panel" }, h("summary", {}, "Override many, from a spreadsheet"), overridesImport({ signal, done: list.refresh })),
    h("div", {}, h("div", { class: "filters" }, choice("State", STATES, filter.active, (active) => change({ active })),
      companySelect({ companies, chosen: filter.company_id, choose: (company_id) => change({ company_id }) })), list.element));
}

const over = (item) => h("span", {}, badge(item.deactivated_at ? "over" : "expired", "plain"), item.deactivated_at ? h("span", { class: "row-words" }, time(item.deactivated_at)) : null);

function adding({ companies, chosen, signal, done }) {
  let key = api.keyPerBody();
  return region(companies, (items) => {
    if (!items.length) return empty("No company is tracked yet.");
    const value = field("Value", "value", { required: true, maxlength: "4000", autocomplete: "off", hint: hint(FIELDS[0]) });
    const picked = { company_id: items.some((each) => String(each.id) === chosen) ? chosen : String(items[0].id), field: FIELDS[0] };
    const stored = region(() => storedValues(picked.company_id, signal), (found) => h("p", { class: "soft", role: "status" }, storedWords(found, picked.field)));
    const pick = (what) => {
      Object.assign(picked, what);
      value.querySelector(".hint").textContent = hint(picked.field) ?? "";
      stored.refresh();
    };
    const element = form({
      fields: [
        h("div", { class: "field-row" }, field("Company", "company_id", { options: items.map(companyOption), value: picked.company_id, onchange: (event) => pick({ company_id: event.target.value }) }),
          field("What", "field", { options: FIELDS.map((name) => [name, fieldName(name)]), onchange: (event) => pick({ field: event.target.value }) }), value),
        stored.element,
        h("div", { class: "field-row" }, field("Why", "reason", { required: true, maxlength: "2000", autocomplete: "off", hint: "Everybody can read it." }),
          field("Until", "expires_at", { type: "date", min: format.today(), hint: "Ends when that day begins (UTC). Empty: until it is taken back." })),
      ],
      action: "Override it",
      submit: async (entered, whole) => {
        const company = items.find((each) => String(each.id) === entered.company_id);
        const body = { company_id: company.id, field: entered.field, value: entered.value.trim(), reason: entered.reason.trim(), expires_at: entered.expires_at ? `${entered.expires_at}T00:00:00Z` : null };
        await api.post("/v1/admin/treasury/overrides", body, { signal, once: key(body) });
        key = api.keyPerBody(); // the same value again, after it was taken back, is another override
        whole.reset();
        pick({ company_id: whole.elements.company_id.value, field: whole.elements.field.value });
        notice(`${fieldName(entered.field)} of ${company.ticker} is overridden.`);
        await done();
      },
    });
    return element;
  }).element;
}

/** What is stored of a company in the fields that can be overridden, and what stands in for it. */
async function storedValues(id, signal) {
  const [company, { items: [financials] }] = await Promise.all([api.get(`/v1/admin/treasury/companies/${id}`, { signal }),
    api.get(`/v1/treasury/companies/${id}/financials`, { query: { as_of: format.today() }, signal })]);
  return { ...financials, ...company };
}

function storedWords(found, name) {
  const standing = found.overridden[name];
  const text = standing ? standing.original : found[name] ?? null;
  const now = text === null ? "Nothing is stored" : `Stored now: ${written(String(text))}`;
  return standing ? `${now}. Overridden with ${written(standing.value)} already: that override ends.` : `${now}.`;
}
