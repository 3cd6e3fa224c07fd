// The settings of a portfolio as fields of a form: to make one, and to change one.
import { h } from "../../core/dom.js";
import { field } from "../../core/form.js";
import { CASH_MODES, COST_METHODS } from "./words.js";

export function settingsFields(portfolio = {}) {
  return [
    field("Name", "name", { value: portfolio.name ?? "", required: true, maxlength: "255", autocomplete: "off" }),
    h("div", { class: "field-row" },
      field("Currency", "currency", { value: portfolio.currency ?? "USD", required: true, pattern: "[A-Za-z]{3}", maxlength: "3", title: "Three letters, such as EUR.",
        autocomplete: "off", spellcheck: "false", hint: "In which its value is told." }),
      field("Cost of what is sold", "cost_method", { options: COST_METHODS, value: portfolio.cost_method ?? "average" })),
    field("Cash", "cash_mode", { options: CASH_MODES, value: portfolio.cash_mode ?? "automatic" }),
    h("div", { class: "field", "data-field": "allow_short" },
      h("label", { class: "check" }, h("input", { type: "checkbox", name: "allow_short", checked: Boolean(portfolio.allow_short) }), "More may be sold than is held"),
      h("p", { class: "field-error" })),
  ];
}

/** What the fields say, as the API takes it. */
export const settingsOf = (entered) => ({ ...entered, name: entered.name.trim(), currency: entered.currency.trim().toUpperCase() });
