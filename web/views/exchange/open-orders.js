// Somebody's open orders, of one offering or of all: with cancelling and amending.
import * as api from "../../core/api.js";
import { fill, h } from "../../core/dom.js";
import { allow, doing, form } from "../../core/form.js";
import * as format from "../../core/format.js";
import { cell, money, notice, paged, time } from "../../core/ui.js";
import { count, priceField, sharesField } from "./order-fields.js";
import { offeringsById, orderName, orderPrice } from "./own.js";
import { outcome } from "./ticket.js";
import { beneath, counted, head, NUMBER, offeringLink, shares, SHORT_FORCES, stopped, titled, untouched } from "./words.js";

/** {element, refresh}. `offering` narrows it to one; `changed` hears when an order is cancelled or amended. */
export function openOrders({ offering = null, signal, changed = () => {} }) {
  const editor = h("div", { class: "editor" });
  let stand = () => {}; // lets the order in the editor be amended, or says why not
  let drawn = null; // what trading was like when the list was drawn
  const clear = h("div", { class: "filters", hidden: true });
  let offerings = new Map();
  const list = paged({
    caption: offering ? `My open orders in ${offering.symbol}` : "My open orders",
    columns: ["Order", ...(offering ? [] : ["Offering"]), NUMBER("Price (USD)"), NUMBER("Filled"), NUMBER("Holds"), "Placed", "Actions"],
    none: "You have no open orders.",
    fetch: async (cursor) => {
      if (!offering && cursor === null) offerings = await offeringsById(signal);
      drawn = offering?.phase;
      const page = await api.get("/v1/exchange/orders", { query: { status: "open", offering_id: offering?.id, cursor, limit: 50 }, signal });
      if (cursor === null) clear.hidden = !page.items.length;
      return page;
    },
    row,
  });

  function row(order) {
    const name = orderName(order);
    return h("tr", { "data-order": order.id }, head(beneath(name, titled(SHORT_FORCES, order.time_in_force))),
      offering ? null : cell("Offering", offeringLink(order.offering_id, symbolOf(order))),
      cell("Price", orderPrice(order), "number"),
      cell("Filled", `${shares(order.shares_filled)} of ${shares(order.shares_requested)}`, "number"),
      cell("Holds", order.order_type === "buy" ? money(order.reserved_cash, "USD", format.amount) : counted(order.shares_requested - order.shares_filled, "share"), "number"),
      cell("Placed", time(order.created_at), "soft"),
      cell("Actions", [h("span", { class: "row-actions" },
        order.pricing === "limit" ? h("button", { type: "button", class: "quiet small", "aria-label": `Amend order ${order.id}: ${name}`, disabled: whyNot(order) !== null, onclick: () => amend(order) }, "Amend") : null,
        doing("Cancel", async () => {
          await api.remove(`/v1/exchange/orders/${order.id}`, { signal });
          notice(`Order ${order.id} is cancelled. What it held is free again.`);
          await after();
        }, { kind: "quiet small", label: `Cancel order ${order.id}: ${name}` })),
      whyNot(order) && h("span", { class: "row-words" }, whyNot(order))]));
  }

  /** Why an order cannot be amended now: its offering is halted. */
  const whyNot = (order) => stopped((offering ?? offerings.get(order.offering_id))?.phase);

  const symbolOf = (order) => (offering ?? offerings.get(order.offering_id))?.symbol ?? String(order.offering_id);
  const after = () => Promise.all([list.refresh(), changed()]);

  function close() {
    stand = () => {};
    editor.replaceChildren();
    list.element.querySelector("button")?.focus();
  }

  function amend(order) {
    const rules = offering ?? offerings.get(order.offering_id) ?? { tick_size: "0.01", lot_size: 1 };
    const filled = order.shares_filled ? `The ${shares(order.shares_filled)} that are filled count in.` : null;
    const told = h("p", { class: "remark warn", role: "status", hidden: true });
    fill(editor, h("div", { class: "amend" }, h("h3", {}, `Amend order ${order.id}: ${orderName(order)} ${symbolOf(order)}`),
      h("p", { class: "hint" }, "With fewer shares at the same price it keeps its place in the queue; otherwise it goes to the end, and may trade at once."),
      form({
        fields: [h("div", { class: "field-row" }, sharesField("Shares in all", rules, { value: String(order.shares_requested), hint: filled }),
          priceField("New limit price (USD)", rules, { value: order.price_per_share }))],
        action: "Amend", beside: [h("button", { type: "button", class: "quiet", onclick: close }, "Leave it as it is")],
        submit: async (entered) => {
          const changes = { shares_requested: count(entered.shares_requested), price_per_share: entered.price_per_share };
          const { order: amended, trades } = await api.patch(`/v1/exchange/orders/${order.id}`, changes, { signal });
          notice(`Order ${order.id} is amended. ${outcome(amended, trades)}`);
          close();
          await after();
        },
      }), told));
    stand = () => {
      const why = whyNot(order);
      allow(editor.querySelector("form"), why === null);
      told.textContent = why;
      told.hidden = why === null;
    };
    editor.scrollIntoView({ block: "nearest" });
    editor.querySelector("input").focus();
  }

  fill(clear, doing("Cancel all", async () => {
    const { cancelled } = await api.remove(offering ? `/v1/exchange/offerings/${offering.id}/orders` : "/v1/exchange/orders", { signal });
    notice(`${counted(cancelled, "order")} cancelled.`);
    await after();
  }, { confirm: "Really all?", label: offering ? `Cancel all my orders in ${offering.symbol}` : "Cancel all my orders" }));

  const refresh = async () => {
    if (untouched(list) || drawn !== offering?.phase) await list.refresh();
    stand();
  };
  return { element: h("div", {}, editor, list.element, clear), refresh };
}
