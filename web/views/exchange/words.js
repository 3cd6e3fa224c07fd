// The words of the exchange: what the API's codes mean to people, and how shares and states are written.
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { badge } from "../../core/ui.js";

export const USD = "USD";
export const NUMBER = (title) => ({ title, class: "number" });

/** Shares come as whole numbers. */
export const shares = (count) => format.grouped(String(count));
export const counted = (count, one, many = `${one}s`) => `${shares(count)} ${count === 1 ? one : many}`;

/** Title of a code in a list of [code, title]. */
export const titled = (list, code) => list.find(([each]) => each === code)?.[1] ?? format.words(code);

export const SIDES = [["buy", "Buy"], ["sell", "Sell"]];
export const PRICINGS = [["limit", "Limit"], ["market", "Market"]];
const RESTING = [["gtc", "Until cancelled"], ["day", "For today"]];
const OTHERS = [["ioc", "At once, cancel the rest"], ["fok", "At once and in full, or not at all"],
  ["at_open", "At the next opening auction"], ["at_close", "At the next closing auction"]];
const FORCES = [...RESTING, ...OTHERS];
/** The same in a column. */
export const SHORT_FORCES = [["gtc", "Until cancelled"], ["day", "Today"], ["ioc", "At once"], ["fok", "At once, in full"], ["at_open", "Opening auction"], ["at_close", "Closing auction"]];
/** How long an order may be good for: a market order does not rest in the book. */
export const forcesOf = (pricing) => (pricing === "market" ? OTHERS : FORCES);

const PHASES = { continuous: ["Trading", "good"], call: ["Call", "warn"], halted: ["Halted", "bad"], closed: ["Closed", "plain"] };
/** What trading is like now, as a badge. */
export const phase = (code) => badge(...(PHASES[code] ?? [code, ""]));
export const PHASE_WORDS = {
  continuous: "Orders trade at once.",
  call: "Orders collect for the next auction; nothing trades until then.",
  halted: "Trading is halted. Orders can be cancelled, but neither placed nor amended.",
  closed: "This offering is closed: it is not traded any more.",
};

/** Why orders are neither placed nor amended now; null where they are. */
export const stopped = (phase) => (phase === "halted" || phase === "closed" ? PHASE_WORDS[phase] : null);

const STATES = { active: ["Open", "warn"], partially_filled: ["Partly filled", "warn"], filled: ["Filled", "good"], cancelled: ["Cancelled", "plain"] };
export const orderState = (order) => badge(...(STATES[order.status] ?? [order.status, ""]));

const REASONS = {
  user: "by you", immediate_or_cancel: "what was not filled at once", fill_or_kill: "could not be filled in full at once",
  expired: "the day was over", auction_over: "its auction was held", offering_closed: "the offering was closed", admin: "by an administrator",
};
export const cancelReason = (code) => REASONS[code] ?? format.words(code);

const TRANSFERS = { pending: "warn", confirmed: "good", rejected: "bad", cancelled: "plain" };
export const transferState = (code) => badge(code, TRANSFERS[code] ?? "");

const AUCTIONS = { opening_auction: "Opening auction", closing_auction: "Closing auction" };
export const auctionName = (code) => AUCTIONS[code] ?? format.words(code);

/** A row's head that stays on one line. */
export const head = (...content) => h("th", { scope: "row", class: "keep" }, content);

/** "5 at 108.00" */
export const lots = (count, price) => [shares(count), " at ", h("span", { title: format.exact(price) }, price === null ? "any price" : format.price(price))];

/** Something with small words below it. */
export const beneath = (content, words) => h("span", {}, content, words ? h("span", { class: "row-words" }, words) : null);

/** A link to an offering, by its symbol. */
export const offeringLink = (id, symbol, name = null) => h("a", { href: `#/exchange/${id}` }, h("strong", {}, symbol),
  name ? h("span", { class: "asset-name" }, name) : null);

/** Whether nobody is about to press something in a place: by itself it is not drawn anew under somebody's fingers. */
export const untouched = (place) => !place.element.contains(document.activeElement);

/** A term and what it is, for a list of figures. */
export const figure = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));
