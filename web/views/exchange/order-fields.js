// What the forms of orders share: fields for shares and a price, and the order as the API takes it.
import { field } from "../../core/form.js";
import * as format from "../../core/format.js";
import { shares } from "./words.js";

export const AMOUNT = { inputmode: "decimal", pattern: "[0-9]+([.][0-9]{1,2})?", title: "Digits, with a point before cents and no separators.", autocomplete: "off", required: true };
const WHOLE = { inputmode: "numeric", pattern: "[0-9]{1,13}", title: "Whole shares, without separators.", autocomplete: "off", required: true };

/** Shares are counted: a whole number, not an amount. */
export const count = (text) => Number(text);

export const sharesField = ({ lot_size: lot }, { value = "", hint = null } = {}) => field("Shares", "shares_requested", {
  ...WHOLE, value, hint: hint ?? (lot === 1 ? null : `A multiple of ${shares(lot)}.`) });

export const priceField = (label, { tick_size: tick }, { value = "", hint = null } = {}) => field(label, "price_per_share", {
  ...AMOUNT, value, hint: [hint, tick === "0.01" ? null : `A multiple of ${format.exact(tick)}.`].filter(Boolean).join(" ") || null });
