// The last trades of an offering, the newest first, without who traded.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { dense, empty, region, time } from "../../core/ui.js";
import { shares } from "./words.js";

const SHOWN = 20;
const TAKERS = { buy: ["up", "bought"], sell: ["down", "sold"] };
const AUCTIONS = { opening: "opening auction", closing: "closing auction" };

export function tapePanel(path, signal) {
  let newest = null;
  return region(() => api.get(`${path}/trades`, { query: { limit: SHOWN }, signal }), ({ items }) => {
    if (!items.length) return empty("Nothing was traded yet.");
    const seen = newest;
    newest = items[0].id;
    return dense("Last trades", [{ title: "Price", class: "number" }, { title: "Shares", class: "number" }, "How", "When"],
      h("tbody", {}, items.map((trade) => line(trade, seen !== null && trade.id > seen))));
  });
}

function line(trade, isNew) {
  const [kind, words] = TAKERS[trade.taker] ?? ["flat", AUCTIONS[trade.trade_type] ?? trade.trade_type];
  return h("tr", {},
    h("th", { scope: "row", class: `number move ${kind}${isNew ? ` flash-${kind === "down" ? "down" : "up"}` : ""}`, title: `${format.amount(trade.total_value)} USD` }, format.price(trade.price_per_share)),
    h("td", { class: "number" }, shares(trade.shares_traded)), h("td", { class: "soft" }, words), h("td", { class: "soft" }, time(trade.executed_at)));
}
