// The order ticket: what somebody wants to buy or sell, what that would do now, and placing it.
import * as api from "../../core/api.js";
import { fill, h, uid } from "../../core/dom.js";
import { allow, field, form } from "../../core/form.js";
import * as format from "../../core/format.js";
import { choice, money, notice, region } from "../../core/ui.js";
import { count, priceField, sharesField } from "./order-fields.js";
import { preview } from "./preview.js";
import { counted, figure, forcesOf, PRICINGS, SIDES, stopped } from "./words.js";

const PAUSE = 350; // between typing and asking what the order would do

/** {element, refresh, take}: `refresh` looks anew at cash, shares and what the order would do; `take` puts a price in. */
export function ticket({ offering, path, signal, placed }) {
  const chosen = { order_type: "buy", pricing: "limit" };
  const typed = { shares_requested: "", price_per_share: "", time_in_force: "" };
  const fields = h("div", { class: "ticket-fields" });
  const told = h("div", { class: "preview-place", role: "status", id: uid("told") });
  const funds = region(() => api.get("/v1/exchange/portfolio", { signal }), (owned) => fundsOf(owned, offering));
  let key = api.keyPerBody();
  let asking = new AbortController();
  let timer = null;

  const element = form({
    fields: [
      h("div", { class: "ticket-choices" },
        choice("Buy or sell", SIDES, chosen.order_type, (side) => change({ order_type: side })),
        choice("Pricing", PRICINGS, chosen.pricing, (pricing) => change({ pricing }))),
      funds.element, fields, told,
    ],
    action: "Buy", kind: "wide",
    submit: async (entered) => {
      const body = bodyOf(entered);
      const { order, trades } = await api.post(`${path}/orders`, body, { signal, once: key(body) });
      key = api.keyPerBody(); // placed: the same again is another order
      notice(outcome(order, trades));
      clear();
      await placed();
    },
  });
  const button = element.querySelector("button[type=submit]");
  button.setAttribute("aria-describedby", told.id);
  element.classList.add("ticket");
  element.addEventListener("input", soon);
  draw();
  stand();

  function keep() {
    for (const each of fields.querySelectorAll("[name]")) typed[each.name] = each.value;
  }

  function change(what) {
    keep();
    Object.assign(chosen, what);
    draw();
    soon();
  }

  function draw() {
    const { order_type: side, pricing } = chosen;
    const options = forcesOf(pricing);
    const label = pricing === "limit" ? "Limit price (USD)" : "Most for a share (USD)";
    fill(fields,
      h("div", { class: "field-row" }, sharesField("Shares", offering, { value: typed.shares_requested }),
        pricing === "market" && side === "sell" ? null : priceField(label, offering, { value: typed.price_per_share })),
      pricing === "market" && side === "sell" ? h("p", { class: "hint" }, "Takes whatever price there is.") : null,
      field("Good", "time_in_force", { options, value: options.some(([code]) => code === typed.time_in_force) ? typed.time_in_force : options[0][0] }));
    button.textContent = `${side === "buy" ? "Buy" : "Sell"} ${offering.symbol}`;
    element.dataset.side = side;
  }

  function clear() {
    for (const each of fields.querySelectorAll("input")) each.value = "";
    clearTimeout(timer);
    asking.abort();
    fill(told);
    stand();
  }

  /** Whether orders are taken now. Where they are not an order can be written all the same, and the reason is said. */
  function stand() {
    const why = stopped(offering.phase);
    allow(element, why === null);
    if (why !== null) tell(h("p", { class: "remark warn" }, why));
    return why === null;
  }

  const bodyOf = (entered) => ({
    ...chosen, time_in_force: entered.time_in_force, shares_requested: count(entered.shares_requested),
    ...(entered.price_per_share === undefined ? {} : { price_per_share: entered.price_per_share }),
  });

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  }

  /** Asks what the order would do, once it is complete. A later answer takes the place of an earlier one. */
  async function ask() {
    asking.abort();
    if (!stand()) return undefined;
    const inputs = [...fields.querySelectorAll("[name]")];
    if (inputs.some((each) => !each.validity.valid)) return void fill(told);
    asking = new AbortController();
    const body = bodyOf(Object.fromEntries(inputs.map((each) => [each.name, each.value])));
    try {
      const answer = await api.post(`${path}/preview`, body, { signal: AbortSignal.any([signal, asking.signal]) });
      tell(preview(answer, body));
    } catch (error) {
      if (!api.isAborted(error)) tell(h("p", { class: "remark warn" }, refusal(error)));
    }
    return undefined;
  }

  /** Screen readers hear of it only where it is another than before. */
  function tell(found) {
    if (found.textContent !== told.textContent) fill(told, found);
  }

  return {
    element,
    refresh: () => Promise.all([funds.refresh(), ask()]),
    take(price) {
      if (chosen.pricing === "market") {
        element.querySelector('[data-value="limit"]').click();
      }
      const input = fields.querySelector("[name=price_per_share]");
      input.value = price;
      input.focus();
      soon();
    },
  };
}

function refusal(error) {
  if (!(error instanceof api.ApiError)) throw error;
  return Object.values(error.fields).join(" ") || error.detail;
}

function fundsOf({ cash, positions }, offering) {
  const held = positions.find((each) => each.offering_id === offering.id);
  return h("dl", { class: "figures funds" },
    figure("Free cash", money(cash.available, "USD", format.amount)),
    figure("Free shares", held ? counted(held.shares_owned - held.shares_reserved, "share") : "none"));
}

/** What became of an order, in a sentence. */
export function outcome(order, trades) {
  const done = order.order_type === "buy" ? "Bought" : "Sold";
  const words = trades.length ? [`${done} ${counted(order.shares_filled, "share")} at ${format.price(order.average_fill_price)} on average.`] : [];
  const open = order.shares_requested - order.shares_filled;
  if (order.status === "cancelled") words.push(trades.length ? "The rest is cancelled." : "Nothing was traded: the order is cancelled.");
  else if (open > 0) words.push(`${counted(open, "share")} ${open === 1 ? "waits" : "wait"}.`);
  return words.join(" ");
}
