// Somebody's open orders, of one offering or of all: with cancelling and amending.
import * as api from "../../core/api.js";
import { fill, h } from "../../core/dom.js";
import { doing, form } from "../../core/form.js";
import * as format from "../../core/format.js";
import { cell, money, notice, paged, time } from "../../core/ui.js";
import { count, priceField, sharesField } from "./order-fields.js";
import { offeringsById, orderName } from "./own.js";
import { outcome } from "./ticket.js";
import { counted, head, NUMBER, offeringLink, shares, SHORT_FORCES, titled } from "./words.js";

/** {element, refresh}. `offering` narrows it to one; `changed` hears when an order is cancelled or amended. */
export function openOrders({ offering = null, signal, changed = () => {} }) {
  const editor = h("div", { class: "editor" });
  const clear = h("div", { class: "filters", hidden: true });
  let offerings = new Map();
  const list = paged({
    caption: offering ? `My open orders in ${offering.symbol}` : "My open orders",
    columns: ["Order", ...(offering ? [] : ["Offering"]), NUMBER("Price (USD)"), NUMBER("Filled"), "Good", NUMBER("Holds"), "Placed", "Actions"],
    none: "You have no open orders.",
    fetch: async (cursor) => {
      if (!offering && cursor === null) offerings = await offeringsById(signal);
      const page = await api.get("/v1/exchange/orders", { query: { status: "open", offering_id: offering?.id, cursor, limit: 50 }, signal });
      if (cursor === null) clear.hidden = !page.items.length;
      return page;
    },
    row,
  });

  function row(order) {
    const name = orderName(order);
    return h("tr", { "data-order": order.id }, head(name),
      offering ? null : cell("Offering", offeringLink(order.offering_id, symbolOf(order))),
      cell("Price", order.price_per_share === null ? "any" : money(order.price_per_share), "number"),
      cell("Filled", `${shares(order.shares_filled)} of ${shares(order.shares_requested)}`, "number"), cell("Good", titled(SHORT_FORCES, order.time_in_force), "soft"),
      cell("Holds", order.order_type === "buy" ? money(order.reserved_cash, "USD", format.amount) : counted(order.shares_requested - order.shares_filled, "share"), "number"),
      cell("Placed", time(order.created_at), "soft"),
      cell("Actions", h("span", { class: "row-actions" },
        order.pricing === "limit" ? h("button", { type: "button", class: "quiet small", "aria-label": `Amend order ${order.id}: ${name}`, onclick: () => amend(order) }, "Amend") : null,
        doing("Cancel", async () => {
          await api.remove(`/v1/exchange/orders/${order.id}`, { signal });
          notice(`Order ${order.id} is cancelled. What it held is free again.`);
          await after();
        }, { kind: "quiet small", label: `Cancel order ${order.id}: ${name}` }))));
  }

  const symbolOf = (order) => (offering ?? offerings.get(order.offering_id))?.symbol ?? String(order.offering_id);
  const after = () => Promise.all([list.refresh(), changed()]);

  function close() {
    editor.replaceChildren();
    list.element.querySelector("button")?.focus();
  }

  function amend(order) {
    const rules = offering ?? offerings.get(order.offering_id) ?? { tick_size: "0.01", lot_size: 1 };
    const filled = order.shares_filled ? `The ${shares(order.shares_filled)} that are filled count in.` : null;
    fill(editor, h("div", { class: "amend" }, h("h3", {}, `Amend order ${order.id}: ${orderName(order)} ${symbolOf(order)}`),
      h("p", { class: "hint" }, "With fewer shares at the same price it keeps its place in the queue; otherwise it goes to the end, and may trade at once."),
      form({
        fields: [h("div", { class: "field-row" }, sharesField(rules, { value: String(order.shares_requested), hint: filled }),
          priceField("Limit price (USD)", rules, { value: order.price_per_share }))],
        action: "Amend", beside: [h("button", { type: "button", class: "quiet", onclick: close }, "Leave it as it is")],
        submit: async (entered) => {
          const changes = { shares_requested: count(entered.shares_requested), price_per_share: entered.price_per_share };
          const { order: amended, trades } = await api.patch(`/v1/exchange/orders/${order.id}`, changes, { signal });
          notice(`Order ${order.id} is amended. ${outcome(amended, trades)}`);
          close();
          await after();
        },
      })));
    editor.scrollIntoView({ block: "nearest" });
    editor.querySelector("input").focus();
  }

  fill(clear, doing("Cancel all", async () => {
    const { cancelled } = await api.remove(offering ? `/v1/exchange/offerings/${offering.id}/orders` : "/v1/exchange/orders", { signal });
    notice(`${counted(cancelled, "order")} cancelled.`);
    await after();
  }, { confirm: "Really all?", label: offering ? `Cancel all my orders in ${offering.symbol}` : "Cancel all my orders" }));

  /** By itself, the list is not drawn anew under somebody's fingers. */
  const refresh = async () => {
    if (!list.element.contains(document.activeElement)) await list.refresh();
  };
  return { element: h("div", {}, editor, list.element, clear), refresh };
}
