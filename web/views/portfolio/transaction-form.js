// The form of a transaction, to enter one or to correct one. Which fields there are follows from its kind.
import * as api from "../../core/api.js";
import { assetField } from "../../core/asset-field.js";
import { fill, h } from "../../core/dom.js";
import { field, form } from "../../core/form.js";
import * as format from "../../core/format.js";
import { notice } from "../../core/ui.js";
import { NEEDS_ASSET, TAKES_ASSET, TRADES, TYPES } from "./words.js";

const NUMBER = { inputmode: "decimal", pattern: "[0-9]+([.][0-9]+)?", title: "Digits, with a point before decimals and no separators.", autocomplete: "off" };
const CODE = { pattern: "[A-Za-z]{3}", maxlength: "3", title: "Three letters, such as EUR.", autocomplete: "off", spellcheck: "false" };

/** `item` is the transaction to correct; null for a new one. */
export function transactionForm({ portfolio, path, item, signal, done, cancel }) {
  const was = item ?? { type: "buy", quantity: "", price: "", currency: "", fee: "", fee_currency: "", tax: "", timestamp: null, notes: "" };
  const places = { asset: h("div", {}), numbers: h("div", { class: "field-row" }) };
  const kept = {}; // what was typed, while the kind is being changed
  let asset = item?.asset_id ? { id: item.asset_id, symbol: item.symbol } : null;
  const kind = field("Kind", "type", { options: TYPES, value: was.type, onchange: (event) => draw(event.target.value) });
  const key = api.keyPerBody();

  function draw(type) {
    for (const each of places.numbers.querySelectorAll("input")) kept[each.name] = each.value;
    const value = (name) => kept[name] ?? (item ? shown(item[name]) : "");
    const priced = TRADES.has(type) || (item !== null && item.type === type && format.exact(item.price) !== "1");
    const own = asset && TRADES.has(type) ? "The asset's own, unless given." : "Unless given, that of the asset or else the portfolio's.";
    fill(places.asset, TAKES_ASSET.has(type) ? assetField("Asset", "asset_id", { asset, changed: (found) => { asset = found; },
      hint: NEEDS_ASSET.has(type) ? null : "Only if it belongs to one." }) : null);
    fill(places.numbers,
      field(priced ? "Quantity" : "Amount", "quantity", { ...NUMBER, value: value("quantity"), required: true, hint: priced ? "As traded then: splits are applied for you." : "Before taxes." }),
      priced ? field("Price for each", "price", { ...NUMBER, value: value("price"), required: TRADES.has(type) }) : null,
      field("Currency", "currency", { ...CODE, value: value("currency"), hint: own }),
      field("Fee", "fee", { ...NUMBER, value: value("fee") }),
      field("Currency of the fee", "fee_currency", { ...CODE, value: value("fee_currency") }),
      field("Tax", "tax", { ...NUMBER, value: value("tax") }));
  }

  draw(was.type);
  return form({
    fields: [
      h("div", { class: "field-row" }, kind, field("When, in UTC", "timestamp", {
        type: "datetime-local", step: "1", value: was.timestamp?.slice(0, 19) ?? new Date().toISOString().slice(0, 16), required: true })),
      places.asset, places.numbers,
      field("Notes", "notes", { value: was.notes ?? "", maxlength: "2000", autocomplete: "off" }),
    ],
    action: item ? "Save the correction" : "Book it",
    beside: [h("button", { type: "button", class: "quiet", onclick: cancel }, "Cancel")],
    submit: async (entered) => {
      const body = bodyOf(entered, item, asset);
      const booked = item ? await api.patch(`${path}/transactions/${item.id}`, body, { signal })
        : await api.post(`${path}/transactions`, body, { signal, once: key(body) });
      notice(told(booked));
      done();
    },
  });
}

/** A stored amount as somebody would type it: without the zeros at its end, and nothing for zero. */
const shown = (value) => (value === null || /^-?[0.]+$/.test(value) ? "" : /^\d+\.\d+$/.test(value) ? value.replace(/\.?0+$/, "") : value);

/** What is sent: for a new transaction what was filled in; for a correction what is different from before. */
function bodyOf(entered, item, asset) {
  const { type, quantity } = entered;
  if (NEEDS_ASSET.has(type) && !asset) throw missing();
  const said = { type, quantity };
  if (asset && TAKES_ASSET.has(type)) said.asset_id = asset.id;
  else if (item) said.asset_id = null;
  if (item && entered.price === undefined) said.price = "1"; // an amount of money, where it was a trade before
  const moment = entered.timestamp.padEnd(19, ":00"); // a field leaves out seconds that are zero
  for (const name of ["price", "currency", "fee_currency"]) if (entered[name]) said[name] = entered[name].toUpperCase();
  for (const name of ["fee", "tax"]) said[name] = entered[name] || "0";
  if (moment !== item?.timestamp.slice(0, 19)) said.timestamp = `${moment}Z`;
  if (item || entered.notes.trim()) said.notes = entered.notes.trim() || null;
  return said;
}

function missing() {
  return new api.ApiError({ code: "asset_missing", detail: "An asset is needed.", errors: [{ field: "asset_id", message: "Find the asset and take it." }] });
}

/** What the booking brought about. */
function told({ transaction, backfills }) {
  const words = ["It is booked."];
  const implied = transaction.implied_deposits.map((each) => `${format.amount(each.amount)} ${each.currency}`);
  if (implied.length) words.push(`As the cash was not there, a deposit of ${implied.join(" and ")} is taken as made.`);
  if (backfills.length) words.push(`The price history of ${transaction.symbol} is being fetched.`);
  return words.join(" ");
}
