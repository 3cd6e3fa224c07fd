// Choosing one of the tracked companies, for filters and forms.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import { region } from "../../core/ui.js";

/** All tracked companies by name. They are asked for once, however many parts of a page need them. */
export function companiesOnce(signal) {
  let asked = null;
  return () => {
    asked ??= api.all("/v1/treasury/companies", { query: { sort: "name", limit: 200 }, signal }).catch((error) => {
      asked = null; // the next try asks again
      throw error;
    });
    return asked;
  };
}

export const companyOption = (each) => [String(each.id), `${each.ticker} · ${each.name} (${each.asset})`];

/** A filter by company. One that is chosen and not tracked any more stays chosen, by its number. */
export function companySelect({ companies, chosen, choose }) {
  return region(companies, (items) => {
    const known = items.map(companyOption);
    const odd = chosen && !known.some(([id]) => id === chosen) ? [[chosen, `Company ${chosen}`]] : [];
    const select = h("select", { "aria-label": "Only this company", onchange: () => choose(select.value) },
      [["", "All companies"], ...odd, ...known].map(([value, title]) => h("option", { value, selected: value === chosen }, title)));
    return h("div", { class: "filter-select" }, select);
  }).element;
}
