// What all companies hold together, by coin. A coin is pressed to see only its companies.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { cell, empty, money, region, table } from "../../core/ui.js";
import { coins, known, large, NUMBER, part } from "./words.js";

/** {element, refresh, mark}: `choose(symbol)` hears of a coin that was pressed, `mark(symbol)` shows which one is chosen. */
export function totals({ signal, chosen, choose }) {
  let current = chosen;
  const place = region(() => api.get("/v1/treasury/summary", { signal }), (sum) => (sum.assets.length ? h("div", {},
    h("p", { class: "chart-lead" }, h("strong", {}, money(sum.holdings_value, "USD", format.compact)),
      h("span", { class: "soft" }, ` in ${sum.companies === 1 ? "1 company" : `${sum.companies} companies`}`, lacking(sum.unvalued))),
    table("Totals by coin", ["Coin", NUMBER("Companies"), NUMBER("Holdings"), NUMBER("Of all coins"), NUMBER("Value (USD)"), NUMBER("Price (USD)"), NUMBER("Market cap (USD)")],
      h("tbody", {}, sum.assets.map(row)))) : empty("No company is tracked yet.")));

  const row = (total) => h("tr", {}, h("th", { scope: "row" }, h("button", {
    type: "button", class: "link coin-choice", "data-coin": total.asset, "aria-pressed": String(total.asset === current),
    "aria-label": `Only companies that hold ${total.asset}`, onclick: () => choose(total.asset) }, total.asset)),
    cell("Companies", String(total.companies), "number"), cell("Holdings", coins(total.holdings), "number strong"),
    cell("Of all coins", known(total.supply_share_percent, total.reasons, "supply_share_percent", part), "number"),
    cell("Value", h("span", {}, large(total.holdings_value), total.unvalued ? h("span", { class: "row-words" }, `${total.unvalued} not valued`) : null), "number strong"),
    cell("Price", money(total.coin_price_usd), "number soft"), cell("Market cap", known(total.market_cap_usd, total.reasons, "market_cap_usd", large), "number"));

  function mark(symbol) {
    current = symbol;
    for (const each of place.element.querySelectorAll(".coin-choice")) each.setAttribute("aria-pressed", String(each.dataset.coin === symbol));
  }
  return { element: place.element, refresh: place.refresh, mark };
}

const lacking = (count) => (count ? `; of ${count} more the value is not known` : "");
