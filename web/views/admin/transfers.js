// Deposits and withdrawals on the exchange: an administrator who has seen the money come or go confirms it.
import * as api from "../../core/api.js";
import { fill, h } from "../../core/dom.js";
import { field, form } from "../../core/form.js";
import * as format from "../../core/format.js";
import { note } from "../../core/router.js";
import { cell, choice, money, notice, paged, panel, time } from "../../core/ui.js";
import { NUMBER, transferState } from "../exchange/words.js";

const STATES = [["pending", "Waiting"], ["confirmed", "Confirmed"], ["rejected", "Rejected"], ["cancelled", "Taken back"]];
const STEPS = [["confirm", "Confirm"], ["reject", "Reject"]];

export default function view({ query, signal }) {
  const filter = { status: STATES.some(([value]) => value === query.status) ? query.status : "pending" };
  const editor = h("div", { class: "editor" });
  let people = new Map();
  const list = paged({
    caption: "Deposits and withdrawals",
    columns: ["Request", "Whose", NUMBER("Amount (USD)"), "Reference", "State", "Note", "Asked", "Decided", "Decide"],
    none: "No request is in this state.",
    fetch: async (cursor) => {
      if (cursor === null) people = await addresses(signal);
      return api.get("/v1/admin/exchange/transfers", { query: { ...filter, cursor, limit: 50 }, signal });
    },
    row: (item) => h("tr", { "data-transfer": item.id }, h("th", { scope: "row" }, format.words(item.kind)), cell("Whose", whose(item), "break"),
      cell("Amount", money(item.amount, null, format.amount), "number strong"), cell("Reference", item.reference, "soft break"), cell("State", transferState(item.status)),
      cell("Note", item.note, "soft break"), cell("Asked", time(item.requested_at), "soft"), cell("Decided", time(item.decided_at), "soft"),
      cell("Decide", item.status === "pending" ? h("span", { class: "row-actions" }, STEPS.map(([step, title]) => h("button", {
        type: "button", class: "quiet small", "aria-label": `${title} ${about(item)}`, onclick: () => open(item, step, title) }, title))) : "")),
  });

  const whose = (item) => people.get(item.user_id) ?? item.user_id;
  const about = (item) => `the ${item.kind} of ${format.amount(item.amount)} USD of ${whose(item)}`;

  function open(item, step, title) {
    const close = () => editor.replaceChildren();
    const consequence = step === "reject" ? "It is not booked; what it held is free again."
      : item.kind === "deposit" ? "Say so only when the money has come in: it is booked at once." : "Say so only when the money was paid out: it is booked at once.";
    fill(editor, panel(`${title} ${about(item)}`, h("p", { class: "remark warn" }, `${consequence} This cannot be undone.`), form({
      fields: [field("Note", "note", { maxlength: "500", autocomplete: "off", hint: "The person can read it. May be left empty." })],
      action: title, beside: [h("button", { type: "button", class: "quiet", onclick: close }, "Not now")],
      submit: async (entered) => {
        await api.post(`/v1/admin/exchange/transfers/${item.id}/${step}`, entered.note.trim() ? { note: entered.note.trim() } : {}, { signal, once: crypto.randomUUID() });
        notice(`The ${item.kind} of ${format.amount(item.amount)} USD is ${step === "confirm" ? "confirmed" : "rejected"}.`);
        close();
        await list.refresh();
      },
    })));
    editor.scrollIntoView({ block: "nearest" });
    editor.querySelector("input").focus();
  }

  return h("div", {}, h("div", { class: "filters" }, choice("State", STATES, filter.status, (status) => {
    filter.status = status;
    editor.replaceChildren();
    note("/admin/transfers", filter);
    list.refresh();
  })), editor, list.element);
}

/** E-mail addresses by person: transfers name people by their number. */
async function addresses(signal) {
  const { items } = await api.get("/v1/admin/users", { query: { limit: 200 }, signal });
  return new Map(items.map((person) => [person.id, person.email]));
}
