// My portfolios, with what each is worth now and how its day was; and making one.
import * as api from "../../core/api.js";
import { fill, h } from "../../core/dom.js";
import { form } from "../../core/form.js";
import { go } from "../../core/router.js";
import { cell, heading, notice, paged, panel, unknown } from "../../core/ui.js";
import { settingsFields, settingsOf } from "./settings-fields.js";
import { dayChange, today, worth } from "./today.js";
import { COST_METHODS, titled } from "./words.js";

export default function view({ signal }) {
  const list = paged({
    caption: "My portfolios",
    columns: ["Portfolio", { title: "Value", class: "number" }, { title: "Today", class: "number" }, "Cost", "Cash"],
    none: "You have no portfolio yet. Make one below, then enter what you did or import a file from your broker.",
    fetch: (cursor) => api.get("/v1/portfolios", { query: { cursor, limit: 50 }, signal }),
    row: (portfolio) => row(portfolio, signal),
  });
  const key = api.keyPerBody();
  const maker = form({
    fields: settingsFields(), action: "Create portfolio",
    submit: async (entered) => {
      const body = settingsOf(entered);
      const made = await api.post("/v1/portfolios", body, { signal, once: key(body) });
      notice(`“${made.name}” is made. Enter its first transaction, or import a file.`);
      go(`/portfolios/${made.id}/transactions`);
    },
  });
  return h("div", {}, heading("Portfolios"), list.element, panel("Create a portfolio", h("div", { class: "narrow" }, maker)));
}

/** A portfolio's row. Its figures come a moment later: each is computed when it is asked for. */
function row(portfolio, signal) {
  const cells = [cell("Value", "…", "number strong"), cell("Today", "…", "number")];
  for (const each of cells) each.setAttribute("aria-busy", "true");
  today(portfolio.id, signal).then((now) => [worth(now), dayChange(now)], (error) => {
    if (api.isAborted(error)) return null;
    return [unknown(error.detail ?? "The console made a mistake."), "–"];
  }).then((found) => found && cells.forEach((each, at) => {
    fill(each, found[at]);
    each.removeAttribute("aria-busy");
  }));
  return h("tr", {},
    h("th", { scope: "row", class: "asset-cell" }, h("a", { href: `#/portfolios/${portfolio.id}` }, h("strong", {}, portfolio.name),
      h("span", { class: "asset-name" }, portfolio.currency))),
    cells, cell("Cost", titled(COST_METHODS, portfolio.cost_method), "soft"), cell("Cash", portfolio.cash_mode === "strict" ? "Strict" : "Automatic", "soft"));
}
