// A portfolio's transactions, the newest first: entering, correcting and deleting them.
import * as api from "../../core/api.js";
import { fill, h } from "../../core/dom.js";
import { doing } from "../../core/form.js";
import * as format from "../../core/format.js";
import { note } from "../../core/router.js";
import { cell, move, notice, paged, panel } from "../../core/ui.js";
import { transactionForm } from "./transaction-form.js";
import { costs, price, quantity, what, when } from "./transaction-parts.js";
import { titled, TYPES } from "./words.js";

const NUMBER = (title) => ({ title, class: "number" });

export default function view({ portfolio, path, query, signal }) {
  const filter = { type: TYPES.some(([type]) => type === query.type) ? query.type : "" };
  const editor = h("div", { class: "editor" });
  const list = paged({
    caption: "Transactions",
    columns: ["Transaction", "When, in UTC", NUMBER("Quantity"), NUMBER("Price"), NUMBER("Fee and tax"), NUMBER("Realised gain"), "Actions"],
    none: filter.type ? "There are no transactions of this kind." : "No transactions yet. Enter the first, or import a file.",
    fetch: (cursor) => api.get(`${path}/transactions`, { query: { ...filter, cursor, limit: 50 }, signal }),
    row,
  });

  function row(item) {
    const name = `${titled(TYPES, item.type)}${item.symbol ? ` ${item.symbol}` : ""} of ${format.day(item.timestamp)}`;
    return h("tr", {}, what(item, item.notes ? h("span", { class: "row-words" }, item.notes) : null), when(item, "soft"), quantity(item), price(item), costs(item),
      cell("Realised gain", item.realised_gain === null ? "" : move(item.realised_gain, format.gain), "number"),
      cell("Actions", h("span", { class: "row-actions" },
        h("button", { type: "button", class: "quiet small", "aria-label": `Edit ${name}`, onclick: () => open(item) }, "Edit"),
        doing("Delete", async () => {
          await api.remove(`${path}/transactions/${item.id}`, { signal });
          notice("The transaction is deleted, and what follows from it computed anew.");
          list.refresh();
        }, { kind: "quiet small", confirm: "Really?", label: `Delete ${name}` }))));
  }

  /** The form for a new transaction, or for the one to correct. */
  function open(item = null) {
    const title = item ? "Correct the transaction" : "Enter a transaction";
    fill(editor, panel(title, transactionForm({
      portfolio, path, item, signal,
      done: () => { close(); list.refresh(); }, cancel: close,
    })));
    editor.scrollIntoView({ block: "nearest" });
    editor.querySelector("select, input").focus();
  }

  function close() {
    editor.replaceChildren();
    add.focus();
  }

  const add = h("button", { type: "button", onclick: () => open() }, "Enter a transaction");
  const kinds = h("select", { "aria-label": "Kind of transactions", onchange: () => {
    filter.type = kinds.value;
    note(`/portfolios/${portfolio.id}/transactions`, filter);
    list.refresh();
  } }, h("option", { value: "" }, "All kinds"), TYPES.map(([type, title]) => h("option", { value: type, selected: type === filter.type }, title)));
  return h("div", {}, h("div", { class: "filters" }, h("div", { class: "filter-select" }, kinds), add), editor, list.element);
}
