// The fields of a company, of the form that adds one and of the one that changes it.
import { assetField } from "../../core/asset-field.js";
import { h } from "../../core/dom.js";
import { field } from "../../core/form.js";
import * as format from "../../core/format.js";
import { CODE } from "./treasury-fields.js";

const TIERS = [["", "none"], ...Array.from({ length: 9 }, (_, at) => [String(at + 1), String(at + 1)])];
const CONFIDENCE = { ...CODE, inputmode: "decimal", pattern: "0?[.][5-9][0-9]{0,3}|1([.]0+)?", title: "From 0.5 to 1, with a point, such as 0.95.", placeholder: "0.95" };

/** {fields, values}: `values(entered)` is what the form's fields and the share say, as text, flags, or null for what is empty.
 * `company` is what is stored; without one it is a new company, whose coin is asked for. `hints` are said beside fields. */
export function companyFields({ company = null, share = null, hints = {} } = {}) {
  const at = (name) => company?.[name] ?? "";
  const one = (label, name, { hint = null, ...more } = {}) => field(label, name, { value: String(at(name)), hint: [hint, hints[name]].filter(Boolean).join(" ") || null, ...more });
  let listed = company?.share_asset_id ?? null;
  const fields = [
    h("div", { class: "field-row" }, one("Ticker", "ticker", { ...CODE, required: true, maxlength: "20" }), one("Name", "name", { required: true, maxlength: "255", autocomplete: "off" }),
      company ? null : one("Coin", "asset", { ...CODE, required: true, maxlength: "50", hint: "The symbol of the coin it holds, such as BTC." }),
      one("Short name", "external_id", { ...CODE, required: Boolean(company), maxlength: "64", hint: company ? "In files and imports." : "In files and imports. Its ticker in small letters unless given." })),
    h("div", { class: "field-row" }, one("Exchange", "exchange", { maxlength: "50", autocomplete: "off" }), one("Currency", "currency", { ...CODE, required: true, value: at("currency") || "USD", pattern: "[A-Za-z]{3}", title: "Three letters, such as USD.", hint: "Of its listing." }),
      one("Country", "country", { ...CODE, pattern: "[A-Za-z]{2}", title: "Two letters, such as US.", hint: "Two letters." }), one("Tier", "tier", { options: TIERS })),
    h("div", { class: "field-row" }, one("Holds coins since", "dat_start_date", { type: "date", max: format.today() }),
      one("Confidence for approval", "auto_approve_confidence", { ...CONFIDENCE, hint: "From it on, what two sources agree on is approved without a look. Empty: never." }),
      one("It is a miner", "is_miner", { type: "checkbox", value: company?.is_miner ?? false, hint: "Not among mNAVs and yields." }),
      assetField("Listed share", "share_asset_id", { asset: share, hint: company ? null : "Only where its ticker is not enough.", changed: (asset) => { listed = asset?.id ?? null; } })),
    h("details", { class: "more-options" }, h("summary", {}, "About it"), h("div", { class: "field-row" },
      one("Website", "website", { ...CODE, type: "url", maxlength: "2000", hint: "With https:// in front." }), one("X", "twitter", { ...CODE, maxlength: "2000" }), one("Led by", "leader", { maxlength: "255", autocomplete: "off" })),
    h("div", { class: "field-row" }, one("Tokenized at", "tokenized_address", { ...CODE, maxlength: "255", hint: "The address of its token." }), one("On the chain", "tokenized_chain", { ...CODE, maxlength: "50" })),
    h("div", { class: "field-row wide-fields" }, one("Strategy", "strategy", { type: "area", maxlength: "4000" }), one("Notes", "notes", { type: "area", maxlength: "4000" }))),
  ];
  const values = (entered) => whole({ ...Object.fromEntries(Object.entries(entered).map(([name, value]) => [name, typeof value === "string" ? value.trim() || null : value])), share_asset_id: listed });
  return { fields, values };
}

/** The tier is counted: a number, where all else is text. */
const whole = (values) => ({ ...values, tier: values.tier === null ? null : Number(values.tier) });

/** A new company as the API takes it: what is empty is left out. */
export const companyOf = (values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
