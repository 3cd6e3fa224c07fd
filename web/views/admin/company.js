// One company as administrators look after it: its fields, where its numbers are found, and its financials.
import * as api from "../../core/api.js";
import { fill, h } from "../../core/dom.js";
import { doing, form } from "../../core/form.js";
import { link } from "../../core/router.js";
import { badge, notice, panel, region } from "../../core/ui.js";
import { fieldName, written } from "../treasury/words.js";
import { companyFields } from "./company-fields.js";
import { companyFinancials } from "./company-financials.js";
import { addingSource, companySources } from "./company-sources.js";
import { snapshotEntry } from "./snapshot-entry.js";

export function companyPage({ id, signal, at }) {
  const path = `/v1/admin/treasury/companies/${encodeURIComponent(id)}`;
  const below = h("div", { class: "stack" });
  const place = region(async () => {
    const company = await api.get(path, { signal });
    const share = company.share_asset_id === null ? null : await api.get(`/v1/assets/${company.share_asset_id}`, { signal });
    return { company, share };
  }, ({ company, share }) => {
    if (!below.hasChildNodes()) fill(below, parts(company, { signal, at }));
    return h("div", { class: "stack" }, head(company, { path, signal, at, done: () => place.refresh() }), panel("The company", editing({ company, share, path, signal, done: () => place.refresh() })));
  });
  return h("div", { class: "stack" }, h("p", {}, h("a", { class: "button quiet", href: link(at.path, { show: at.show }) }, "All companies")), place.element, below);
}

/** What is fetched for itself, and stays when the company's fields are saved. */
function parts(company, { signal, at }) {
  const found = companySources({ company_id: company.id, signal });
  return [
    panel("Where its numbers are found", h("p", { class: "soft board-note" }, "Before an id is used the source's own record has to agree with the company. Until then nothing of it is read."), found.element,
      h("details", { class: "add-here" }, h("summary", {}, "Add another id"), addingSource({ company, signal, done: found.refresh }))),
    h("details", { class: "panel" }, h("summary", {}, "Enter by hand what it holds"), snapshotEntry({ company, signal, at })),
    panel("Financials", companyFinancials({ id: company.id, signal }))];
}

function head(company, { path, signal, at, done }) {
  const wanted = !company.is_active;
  const overridden = Object.keys(company.overridden).length;
  return h("div", { class: "company-head" }, h("h2", {}, `${company.ticker} · ${company.name}`), h("span", { class: "badge plain" }, company.asset), company.is_active ? badge("tracked", "good") : badge("not tracked", "warn"),
    h("span", { class: "row-actions wrap" }, h("a", { class: "button quiet small", href: `#/treasury/${company.id}` }, "As everybody sees it"), h("a", { class: "button quiet small", href: link(at.path, { show: "review", company_id: company.id }) }, "Its snapshots"),
      h("a", { class: "button quiet small", href: link(at.path, { show: "overrides", company_id: company.id }) }, overridden ? `Its overrides (${overridden})` : "Its overrides"), h("a", { class: "button quiet small", href: link(at.path, { show: "jobs", company_id: company.id }) }, "Its jobs"),
      doing(wanted ? "Track it again" : "Stop tracking it", async () => {
        await api.patch(path, { is_active: wanted }, { signal });
        notice(wanted ? `${company.ticker} is tracked again.` : `${company.ticker} is not tracked any more. Its number is ${company.id}.`);
        await done();
      }, { kind: "quiet small", confirm: wanted ? null : "Leaves all lists. Really?" })));
}

function editing({ company, share, path, signal, done }) {
  const stored = storedOf(company);
  const hints = Object.fromEntries(Object.entries(company.overridden).map(([name, each]) => [name, `Overridden: ${written(each.value)} is shown.`]));
  const { fields, values } = companyFields({ company: stored, share, hints });
  return form({
    fields,
    action: "Save the changes",
    submit: async (entered) => {
      const change = Object.fromEntries(Object.entries(values(entered)).filter(([name, value]) => !same(value, stored[name])));
      if (!Object.keys(change).length) throw new api.ApiError({ code: "unchanged", detail: "Nothing is changed." });
      const changed = await api.patch(path, change, { signal });
      notice(`${changed.ticker}: ${Object.keys(change).map((name) => fieldName(name).toLowerCase()).join(", ")} saved.`);
      await done();
    },
  });
}

/** The company with what is stored where something else is shown: the form must not store an override's value. */
function storedOf(company) {
  const stored = { ...company };
  for (const [name, each] of Object.entries(company.overridden)) {
    if (name in stored) stored[name] = typeof stored[name] === "boolean" ? each.original === "true" : each.original;
  }
  return stored;
}

const same = (value, stored) => String(value ?? "") === String(stored ?? "");
