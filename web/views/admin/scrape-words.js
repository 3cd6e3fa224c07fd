// The words of scraping: what the API's codes mean to people.
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { link } from "../../core/router.js";
import { badge } from "../../core/ui.js";

export const JOB_STATES = [["", "All"], ["queued", "Waiting"], ["running", "Running"], ["succeeded", "Done"], ["failed", "Failed"], ["cancelled", "Cancelled"]];
const KINDS = { queued: "warn", running: "", succeeded: "good", failed: "bad", cancelled: "plain" };
const STATE_WORDS = Object.fromEntries(JOB_STATES);
export const jobState = (code) => badge(STATE_WORDS[code] ?? code, KINDS[code] ?? "plain");

/** Whether a job is not over yet, so that it is worth looking again. */
export const isOpen = (code) => code === "queued" || code === "running";

const REASONS = { schedule: "by the timetable", stale: "its number is old", manual: "asked for", retry: "done again" };
export const jobReason = (code) => REASONS[code] ?? format.words(code).toLowerCase();

/** What becomes of a document: [the API's code, words, kind of badge]. */
export const OUTCOMES = [["candidates", "states holdings", "good"], ["nothing_stated", "states none", "plain"], ["not_relevant", "not relevant", "plain"], ["unreadable", "unreadable", "bad"]];
export function outcome(code) {
  const [, words, kind] = OUTCOMES.find(([each]) => each === code) ?? [code, code, "plain"];
  return badge(words, kind);
}

/** What an id is at each kind of source. Kinds that are not named are not scraped. */
const IDS = {
  sec_edgar: ["CIK", "Up to ten digits, such as 0001050446."], tse: ["Code", "TDnet's code of five characters, such as 33500."],
  hkex: ["Stock code", "Up to five digits, such as 00434."], globenewswire: ["Issuer", "The issuer's name as the newswire writes it."],
  prnewswire: ["Issuer", "The issuer's name as the newswire writes it."],
};
export const isScraped = ({ type }) => type in IDS;
export const idName = (type) => IDS[type]?.[0] ?? "Id";
export const idHint = (type) => IDS[type]?.[1] ?? null;

/** "60" → "every hour"; how often a source is looked at. */
export function every(minutes) {
  if (minutes % 1440 === 0) return minutes === 1440 ? "every day" : `every ${minutes / 1440} days`;
  if (minutes % 60 === 0) return minutes === 60 ? "every hour" : `every ${minutes / 60} hours`;
  return `every ${minutes} minutes`;
}

export const jobLink = (id, words = `Job ${id}`) => h("a", { href: link("/admin/treasury", { show: "jobs", job: id }) }, words);
export const companyPlace = (id) => link("/admin/treasury", { show: "companies", company: id });

/** How long something took, or has been going on. */
export function took(from, to) {
  if (!from || !to) return null;
  const milliseconds = Date.parse(to) - Date.parse(from);
  return milliseconds < 1000 ? `${milliseconds} ms` : milliseconds < 120_000 ? `${(milliseconds / 1000).toFixed(1)} s` : `${Math.round(milliseconds / 60_000)} min`;
}
