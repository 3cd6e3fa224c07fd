// Every movement of somebody's cash, the newest first, each with the balance after it.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { cell, money, move, paged } from "../../core/ui.js";
import { NUMBER } from "./words.js";

export default function view({ signal }) {
  return paged({
    caption: "Ledger of my cash",
    columns: ["Entry", NUMBER("Amount (USD)"), NUMBER("Balance after"), "Of", "When"],
    none: "No cash has moved yet.",
    fetch: (cursor) => api.get("/v1/exchange/ledger", { query: { cursor, limit: 50 }, signal }),
    row: (entry) => h("tr", {}, h("th", { scope: "row" }, format.words(entry.kind)), cell("Amount", move(entry.amount, format.gain), "number strong"),
      cell("Balance after", money(entry.balance_after, null, format.amount), "number"),
      cell("Of", entry.trade_id === null ? `Transfer ${entry.transfer_id}` : `Trade ${entry.trade_id}`, "soft"),
      cell("When", h("time", { datetime: entry.created_at }, format.moment(entry.created_at)), "soft")),
  }).element;
}
