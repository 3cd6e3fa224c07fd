// Amounts, times and names as people read them. Amounts are text from the API to the screen: they are cut and rounded
// digit by digit (BigInt), and never pass through a floating-point number on the way.

const AMOUNT = /^(-?)(\d+)(?:\.(\d+))?$/;
const MINUS = "\u2212";
export const NONE = "–"; // what is not known

/** An amount with at most `places` decimals, half away from zero: "1234.567" → "1234.57". Null unless it is one. */
export function rounded(text, places) {
  const parts = AMOUNT.exec(text ?? "");
  if (!parts) return null;
  const [, sign, whole, fraction = ""] = parts;
  let digits = BigInt(whole + fraction.slice(0, places).padEnd(places, "0"));
  if (fraction.charAt(places) >= "5") digits += 1n;
  const all = digits.toString().padStart(places + 1, "0");
  const cut = all.length - places;
  const number = places ? `${all.slice(0, cut)}.${all.slice(cut)}` : all;
  return (digits === 0n ? "" : sign) + number;
}

/** With thousands separated, and a true minus sign. */
export function grouped(text) {
  const [, sign, whole, fraction] = AMOUNT.exec(text) ?? [];
  if (whole === undefined) return NONE;
  const parts = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return `${sign ? MINUS : ""}${parts}${fraction ? `.${fraction}` : ""}`;
}

/** A price: two decimals, or as many as a small one needs to show four digits of its own. */
export function price(text) {
  const parts = AMOUNT.exec(text ?? "");
  if (!parts) return NONE;
  const [, , whole, fraction = ""] = parts;
  if (/[1-9]/.test(whole)) return grouped(rounded(text, 2));
  const zeros = /^0*/.exec(fraction)[0].length;
  const places = zeros === fraction.length ? 2 : Math.max(2, zeros + 4);
  return grouped(trimmed(rounded(text, places), 2));
}

/** Six significant digits, for rates: a rate is multiplied with, and its first digits are what people compare. */
export function rate(text) {
  const parts = AMOUNT.exec(text ?? "");
  if (!parts) return NONE;
  const whole = parts[2].replace(/^0+/, "");
  const zeros = whole ? -whole.length : /^0*/.exec(parts[3] ?? "")[0].length;
  return grouped(trimmed(rounded(text, Math.min(18, Math.max(2, zeros + 6))), 2));
}

/** Every digit that there is, grouped. */
export const exact = (text) => (AMOUNT.test(text ?? "") ? grouped(trimmed(text, 0)) : NONE);

/** A percentage with its sign: "+1.20 %". */
export function percent(text) {
  const number = rounded(text, 2);
  return number === null ? NONE : `${sign(text) > 0 ? "+" : ""}${grouped(number)} %`;
}

/** A change of price, with its sign. */
export const change = (text) => (AMOUNT.test(text ?? "") ? `${sign(text) > 0 ? "+" : ""}${price(text)}` : NONE);

/** An amount of money in an account: always two decimals, so that a column of them can be read down. */
export function amount(text) {
  const number = rounded(text, 2);
  return number === null ? NONE : grouped(number);
}

/** The same with its sign, for gains and losses. */
export const gain = (text) => (AMOUNT.test(text ?? "") ? `${sign(text) > 0 ? "+" : ""}${amount(text)}` : NONE);

/** How much of something: at most eight decimals, without zeros at the end. */
export function quantity(text) {
  const number = rounded(text, 8);
  return number === null ? NONE : sign(text) && !sign(number) ? exact(text) : exact(number);
}

/** The amount with the other sign: costs are told as positive numbers and taken away. */
export function negated(text) {
  if (sign(text) === 0) return text;
  return text.startsWith("-") ? text.slice(1) : `-${text}`;
}

/** -1, 0 or 1. */
export function sign(text) {
  if (!AMOUNT.test(text ?? "") || !/[1-9]/.test(text)) return 0;
  return text.startsWith("-") ? -1 : 1;
}

/** A large amount in few characters: "1400000000000" → "1.40 T". */
export function compact(text) {
  const parts = AMOUNT.exec(text ?? "");
  if (!parts) return NONE;
  const whole = parts[2].replace(/^0+/, "");
  const step = Math.min(4, Math.floor((whole.length - 1) / 3));
  if (step < 1) return price(text);
  const cut = whole.length - step * 3;
  const scaled = `${parts[1]}${whole.slice(0, cut)}.${whole.slice(cut)}`;
  return `${grouped(rounded(scaled, 2))} ${["", "k", "M", "B", "T"][step]}`;
}

function trimmed(text, least) {
  const [whole, fraction = ""] = text.split(".");
  const kept = fraction.replace(/0+$/, "").padEnd(least, "0");
  return kept ? `${whole}.${kept}` : whole;
}

/** "7 Feb 2026" for a day or a moment, in UTC. */
export function day(text) {
  return text ? DAY.format(new Date(text.length === 10 ? `${text}T00:00:00Z` : text)) : NONE;
}

/** "7 Feb 2026, 12:00 UTC" */
export const moment = (text) => (text ? `${MOMENT.format(new Date(text))} UTC` : NONE);

/** "3 min ago", or the day for what is long past. */
export function ago(text, now = Date.now()) {
  if (!text) return NONE;
  const seconds = Math.round((now - Date.parse(text)) / 1000);
  if (seconds < 0) return seconds > -90 ? "now" : `in ${span(-seconds)}`;
  if (seconds < 10) return "just now";
  return seconds < 86400 * 30 ? `${span(seconds)} ago` : day(text);
}

function span(seconds) {
  const [size, word] = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]].find(([each]) => seconds >= each) ?? [1, "s"];
  return `${Math.floor(seconds / size)} ${word}`;
}

/** "price_source" → "Price source" */
export function words(text) {
  const spaced = String(text ?? "").replaceAll("_", " ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const MOMENT = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZone: "UTC",
});

const SOURCES = {
  alpaca: "Alpaca", binance: "Binance", coingecko: "CoinGecko", definition: "by definition", ecb: "ECB",
  openexchangerates: "Open Exchange Rates",
};
/** A source by the name it gives itself; several, where the API names several. */
export const source = (text) => String(text).split(",").map((each) => SOURCES[each] ?? words(each)).join(", ");

/** Today in UTC, as the API writes days. */
export const today = () => new Date().toISOString().slice(0, 10);

/** The day some months before today. */
export function monthsAgo(count) {
  const now = new Date();
  const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - count, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(now.getUTCDate(), last));
  return first.toISOString().slice(0, 10);
}
