// Somebody's cash: what there is, paying in and out, and what became of the requests.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import { doing, field, form } from "../../core/form.js";
import * as format from "../../core/format.js";
import { follow } from "../../core/live.js";
import { cell, money, notice, paged, panel, region, time } from "../../core/ui.js";
import { AMOUNT } from "./order-fields.js";
import { figure, NUMBER, transferState } from "./words.js";

export default function view({ signal }) {
  const balance = region(() => api.get("/v1/exchange/cash", { signal }), (cash) => h("div", { class: "quote" },
    h("p", { class: "quote-price" }, money(cash.available, "USD", format.amount), h("span", { class: "soft" }, "free to trade with")),
    h("dl", { class: "figures" }, figure("Balance", money(cash.balance, "USD", format.amount)),
      figure("Held for buy orders and withdrawals", money(cash.reserved, "USD", format.amount)))));
  const requests = transfers(signal, () => balance.refresh());
  const refresh = () => Promise.all([balance.refresh(), requests.refresh()]);
  follow("exchange-cash", async (events) => {
    if (events.length) await refresh();
  }, { signal });
  return h("div", { class: "stack" }, balance.element, h("div", { class: "halves" },
    panel("Pay in", request("deposits", "Announce the deposit", "It is yours to trade with once an administrator has seen it come in.", signal, refresh)),
    panel("Pay out", request("withdrawals", "Ask for the withdrawal", "It is held from now on, and gone once an administrator has confirmed it.", signal, refresh))),
  panel("Deposits and withdrawals", requests.element));
}

function request(kind, action, hint, signal, done) {
  let key = api.keyPerBody();
  return form({
    fields: [field("Amount (USD)", "amount", { ...AMOUNT, hint }), field("Reference", "reference", { maxlength: "200", autocomplete: "off", hint: "What the payment is known by; may be left empty." })],
    action,
    submit: async ({ amount, reference }, element) => {
      const body = { amount, ...(reference.trim() ? { reference: reference.trim() } : {}) };
      await api.post(`/v1/exchange/${kind}`, body, { signal, once: key(body) });
      key = api.keyPerBody(); // done: the same again is another request
      element.reset();
      notice(kind === "deposits" ? "The deposit is announced." : "The withdrawal is asked for, and its amount held.");
      await done();
    },
  });
}

function transfers(signal, changed) {
  const list = paged({
    caption: "Deposits and withdrawals",
    columns: ["Request", NUMBER("Amount (USD)"), "State", "Reference", "Note", "Asked", "Decided", "Actions"],
    none: "You have asked for no deposit or withdrawal yet.",
    fetch: (cursor) => api.get("/v1/exchange/transfers", { query: { cursor, limit: 30 }, signal }),
    row: (item) => h("tr", {}, h("th", { scope: "row" }, format.words(item.kind)), cell("Amount", money(item.amount, null, format.amount), "number strong"),
      cell("State", transferState(item.status)), cell("Reference", item.reference, "soft break"), cell("Note", item.note, "soft break"),
      cell("Asked", time(item.requested_at), "soft"), cell("Decided", time(item.decided_at), "soft"),
      cell("Actions", item.status === "pending" ? doing("Take back", async () => {
        await api.remove(`/v1/exchange/transfers/${item.id}`, { signal });
        notice(`The ${item.kind} is taken back.`);
        await Promise.all([list.refresh(), changed()]);
      }, { kind: "quiet small", label: `Take back the ${item.kind} of ${format.amount(item.amount)}` }) : "")),
  });
  return list;
}
