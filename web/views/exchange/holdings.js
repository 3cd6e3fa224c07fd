// What somebody holds: cash and shares of one moment, what they are worth, and what they gained.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { repeat } from "../../core/live.js";
import { cell, empty, money, move, panel, region, table } from "../../core/ui.js";
import { figure, NUMBER, offeringLink, shares } from "./words.js";

export default function view({ signal }) {
  const place = region(() => api.get("/v1/exchange/portfolio", { signal }), ({ equity, cash, totals, positions }) => h("div", { class: "stack" },
    h("div", { class: "quote" },
      h("p", { class: "quote-price" }, money(equity, "USD", format.amount), h("span", { class: "soft" }, "cash and shares together")),
      h("dl", { class: "figures" }, figure("Cash", money(cash.balance, "USD", format.amount)), figure("Held for orders and withdrawals", money(cash.reserved, "USD", format.amount)),
        figure("Free cash", money(cash.available, "USD", format.amount)), figure("Shares are worth", money(totals.total_market_value, "USD", format.amount)),
        figure("They cost", money(totals.total_value_at_cost, "USD", format.amount)), figure("Unrealised gain", move(totals.unrealized_gain_loss, format.gain)),
        figure("Realised gain", move(totals.realised_gain, format.gain)))),
    panel("Holdings", positions.length ? holdings(positions, totals) : empty("You hold no shares.", h("a", { class: "button", href: "#/exchange" }, "See what is offered")),
      h("p", { class: "footnote" }, "Costs and gains are without commission. A share counts at the last trade's price, or at the issue price before any trade."))));
  repeat(place.refresh, { pause: 5000, signal });
  return place.element;
}

function holdings(positions, totals) {
  const columns = ["Offering", NUMBER("Shares"), NUMBER("Offered for sale"), NUMBER("Average cost"), NUMBER("Mark"), NUMBER("Value (USD)"), NUMBER("Unrealised gain"), NUMBER("Realised gain")];
  return table("Holdings", columns, h("tbody", {}, positions.map((item) => h("tr", {},
    h("th", { scope: "row" }, offeringLink(item.offering_id, item.symbol)), cell("Shares", shares(item.shares_owned), "number"),
    cell("Offered for sale", shares(item.shares_reserved), "number soft"), cell("Average cost", money(item.entry_price), "number"), cell("Mark", money(item.current_mark), "number"),
    cell("Value", money(item.market_value, null, format.amount), "number strong"), cell("Unrealised gain", gain(item.unrealized_gain_loss, item.unrealized_gain_loss_pct), "number"),
    cell("Realised gain", move(item.realised_gain, format.gain), "number"))),
  h("tr", { class: "total" }, h("th", { scope: "row" }, "Together"), cell("Shares", shares(totals.total_shares_owned), "number"),
    ["Offered for sale", "Average cost", "Mark"].map((label) => h("td", { "data-label": label })),
    cell("Value", money(totals.total_market_value, null, format.amount), "number strong"),
    cell("Unrealised gain", gain(totals.unrealized_gain_loss, totals.unrealized_gain_loss_pct), "number"), cell("Realised gain", move(totals.realised_gain, format.gain), "number"))));
}

const gain = (amount, percent) => h("span", {}, move(amount, format.gain),
  h("span", { class: "row-words" }, percent === null ? "nothing was paid" : move(percent)));
