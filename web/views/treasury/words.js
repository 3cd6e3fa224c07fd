// The words of the treasury tracker: what the API's codes mean to people, and how its figures are written.
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { badge, money, unknown } from "../../core/ui.js";

export const NUMBER = (title) => ({ title, class: "number" });

const REASONS = {
  no_snapshot: "nothing approved yet", no_holdings: "it holds none", no_rate: "no exchange rate",
  no_coin_price: "no price of the coin", stale_coin_price: "the coin's price is older than two days",
  no_share_price: "no price of the share", stale_share_price: "the share's price is older than seven days",
  no_shares: "number of shares not known", no_diluted_shares: "diluted shares not known", no_market_cap: "market cap not known",
  stale_market_cap: "the stated market cap is older than seven days", stale_shares: "the number of shares is older than 280 days",
  stale_debt: "what is known of its debt is older than 280 days", stale_preferred: "what is known of its preferred equity is older than 280 days", stale_cash: "what is known of its cash is older than 280 days",
  stale_cost_basis: "what it paid is from long before its holdings",
  no_debt: "debt not known", no_preferred: "preferred equity not known", no_cash: "cash not known",
  no_cost_basis: "not known what it paid", no_cost: "it paid nothing", no_supply: "coins in circulation not known",
  no_previous: "nothing before to compare with", no_base: "nothing from before", basis_differs: "other shares were counted before",
  no_opening_holdings: "it held none at the beginning", no_snapshot_in_period: "no statement in this period yet",
};
/** Why a figure is not known. */
export const why = (code) => (code ? REASONS[code] ?? format.words(code).toLowerCase() : null);

const FLAGS = {
  differs_much: "More than 5 % from the one before", shrinks: "Less than before", backdated: "A later date is approved already",
  contradicts: "Another amount is known for this date", adds: "Says more than what is approved",
  contradicts_shares: "Another share count is known", contradicts_cost: "Another total cost is known",
  contradicts_average: "Another average price is known", contradicts_purchase: "Another purchase is known", split_suspect: "Shares jump: perhaps a split", low_confidence: "Read with little confidence",
  basis_unclear: "Not stated which shares are counted", unit_unclear: "Unit not clear", coin_unclear: "Coin not clear", amount_unclear: "Amount not clear",
  period_unclear: "Period not clear", derived_total: "Total was added up, not stated", reader_notes: "Its reader has doubts",
};
export const flagWords = (code) => FLAGS[code] ?? format.words(code);
export const FLAG_CODES = Object.entries(FLAGS);

const BASES = { basic: "basic shares", assumed_diluted: "assumed diluted shares", fully_diluted: "fully diluted shares", fd_max: "fully diluted shares" };
export const basis = (code) => (code ? BASES[code] ?? format.words(code).toLowerCase() : null);

const METHODS = { price_times_shares: "price × basic shares", stated: "as stated" };
export const method = (code) => METHODS[code] ?? null;

const FIELDS = {
  is_miner: "Miner", staking_pct: "Staked (%)", cost_basis_avg: "Average cost of a coin", market_cap: "Market cap (stated)", twitter: "X", dat_start_date: "Holds coins since", external_id: "Short name",
  share_asset_id: "Listed share", auto_approve_confidence: "Confidence for approval", staking_apy: "Yield of staking (%)", capital_raised_atm: "Raised at the market", capital_raised_pipe: "Raised by PIPE",
  capital_raised_converts: "Raised by convertibles", quarterly_burn: "Burnt in a quarter", avg_daily_volume: "Daily volume", mined_annual: "Mined in a year", options_open_interest: "Open interest of options",
};
/** The name of a company's field, stored or overridden. */
export const fieldName = (code) => FIELDS[code] ?? format.words(code);

/** A figure, or why it is not known. `reasons` are the API's, `name` the figure's. */
export function known(text, reasons, name, write = (value) => money(value)) {
  return text === null || text === undefined ? unknown(why(reasons?.[name])) : write(text);
}

/** "1.74×"; a very small one with digits of its own. */
export const times = (text) => `${format.sign(format.rounded(text, 2)) ? format.amount(text) : format.price(text)}×`;
export const multiple = (text) => h("span", { title: format.exact(text) }, times(text));

/** What is paid above the coins' value, in per cent of it: "1.74" → "74.0000". Less than one is a discount. */
export function premium(text) {
  const four = format.rounded(text, 4);
  if (four === null) return null;
  const part = (BigInt(four.replace(".", "")) - 10000n).toString();
  const digits = part.replace("-", "").padStart(3, "0");
  return `${part.startsWith("-") ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** So many coins, of this symbol. */
export const coins = (text, symbol = null) => money(text, symbol, format.quantity);
export const large = (text) => money(text, null, format.compact);
/** A share of something, without a sign. */
export const part = (text) => h("span", { title: format.exact(text) }, `${format.rate(format.rounded(text, 4))} %`);

export const days = (count) => (count === 0 ? "today" : count === 1 ? "1 day ago" : `${format.grouped(String(count))} days ago`);

/** A company, by its ticker. */
export const companyLink = (id, ticker, name = null) => h("a", { href: `#/treasury/${id}` }, h("strong", {}, ticker),
  name ? h("span", { class: "asset-name" }, name) : null);

/** A document, with a way to it. */
export function sourceLink({ source, source_url: url, accession }) {
  const words = accession && accession !== source ? `${source} · ${accession}` : source;
  if (!/^https?:\/\//.test(url ?? "")) return h("span", { class: "break" }, words);
  return h("a", { class: "break", href: url, target: "_blank", rel: "noopener noreferrer", title: url }, words, h("span", { class: "unseen" }, " (opens another site)"));
}

/** What a document says, in its own words. */
export const quoted = (text) => (text ? h("blockquote", { class: "evidence" }, text) : null);

/** The mark of a value that an administrator put in the place of the stored one; null where none is. */
export function overrideMark(override) {
  if (!override) return null;
  const words = `${override.original === null ? "Nothing was stored" : `Stored: ${override.original}`}. ${override.reason} (${until(override)})`;
  return h("span", { class: "override-mark", title: words }, badge("overridden", "warn"), h("span", { class: "unseen" }, ` ${words}`));
}

const until = ({ expires_at: end }) => (end ? `until ${format.moment(end)}` : "until it is taken back");
/** The same in a column. */
export const ending = ({ expires_at: end }) => (end ? format.moment(end) : "no end");

/** How a value breaks in a cell: an amount stays in one piece, long words and addresses may break anywhere. */
export const wrapping = (text) => ((text ?? "").length > 24 ? "break" : "keep");

/** Amounts are grouped; other values are as they are. */
export const written = (text) => (/^-?\d{4,}(\.\d+)?$/.test(text) ? format.exact(text) : text);
