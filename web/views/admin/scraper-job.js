// One scraper job: what it did, line by line, what became of each document, and what the source answered.
import * as api from "../../core/api.js";
import { append, fill, h } from "../../core/dom.js";
import { saveFile } from "../../core/files.js";
import { doing } from "../../core/form.js";
import * as format from "../../core/format.js";
import { repeat } from "../../core/live.js";
import { link } from "../../core/router.js";
import { cell, choice, empty, notice, panel, region, table, time } from "../../core/ui.js";
import { wrapping } from "../treasury/words.js";
import { companyPlace, isOpen, jobReason, jobState, outcome, OUTCOMES, took } from "./scrape-words.js";

const PATH = "/v1/admin/treasury/scraper-jobs";
const SHOWN = 20_000; // characters of an answer on the page; a file has all of them
const FIRST = 30; // rows of a table before the others are asked for
const MOST_DOCUMENTS = 1000; // that the API tells of

export function jobPage({ id, signal, at }) {
  const path = `${PATH}/${encodeURIComponent(id)}`;
  let open = true;
  const shown = { kind: "", whole: new Set() }; // stays while the page is refreshed, as does the answer
  const answered = { size: undefined, place: h("div", {}) };
  const place = region(() => api.get(path, { signal }), (job) => {
    open = isOpen(job.status);
    if (job.raw_size !== answered.size) fill(answered.place, panel("What the source answered", answer(job, { path, signal })));
    answered.size = job.raw_size;
    return h("div", { class: "stack" }, head(job, { at, signal, refresh: () => place.refresh() }), panel("What it did", log(job, shown)), panel("Documents", documents(job, shown)));
  });
  repeat(() => (open ? place.refresh() : null), { pause: 3000, signal });
  return h("div", { class: "stack" }, h("p", {}, h("a", { class: "button quiet", href: link(at.path, { show: at.show }) }, "All jobs")), place.element, answered.place);
}

const figure = (name, ...value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));

function head(job, { at, signal, refresh }) {
  const count = (number) => format.grouped(String(number));
  const done = async (made) => {
    if (made.id === job.id) await refresh();
    else location.hash = link(at.path, { show: at.show, job: made.id });
  };
  return panel([`Job ${job.id}: ${job.source} for `, h("a", { href: companyPlace(job.company_id) }, job.ticker)],
    h("dl", { class: "figures" }, figure("State", jobState(job.status)), figure("Id at the source", job.external_id), figure("Opened", jobReason(job.reason)), figure("Priority", count(job.priority)), figure("Attempts", count(job.attempts)),
      figure("Documents listed", count(job.documents_listed)), figure("Read", count(job.documents_read)), figure("Candidates found", count(job.candidates_found)), figure("New for review", count(job.snapshots_created)),
      figure("Scheduled", time(job.scheduled_at)), job.started_at ? figure("Began", time(job.started_at)) : figure("Not before", time(job.not_before)), job.finished_at ? figure("Took", took(job.started_at, job.finished_at) ?? format.NONE) : null),
    job.last_error || job.error_code ? h("p", { class: "remark warn break" }, job.last_error ?? format.words(job.error_code), job.error_code ? [" ", h("code", {}, job.error_code)] : null) : null,
    h("p", { class: "actions" }, again(job, { signal, done }), job.snapshots_created ? h("a", { class: "button quiet small", href: link(at.path, { show: "review", company_id: job.company_id }) }, "Review what it found") : null));
}

/** Does a job again: one that waits at once, one that is over by a new one. */
export function again(job, { signal, done }) {
  if (job.status === "running") return h("span", { class: "soft" }, "goes on");
  return doing(job.status === "queued" ? "Do it now" : "Do it again", async () => {
    const made = await api.post(`${PATH}/${job.id}/retry`, {}, { signal, once: crypto.randomUUID() });
    notice(made.id === job.id ? `Job ${job.id} of ${job.ticker} is next.` : `Job ${made.id} looks at ${job.source} for ${job.ticker} again.`);
    await done(made);
  }, { kind: "quiet small", label: `${job.status === "queued" ? "Do now" : "Do again"}: ${job.source} for ${job.ticker}, job ${job.id}` });
}

function log({ log: lines, status }, shown) {
  if (!lines.length) return empty(isOpen(status) ? "It has not begun." : "It wrote nothing down.");
  return shortened("What it did", ["When", "What"], lines, (line) => h("tr", {}, cell("When", h("time", { datetime: line.at, title: format.moment(line.at) }, clock(line.at)), "soft keep"), cell("What", line.what, "break prose")), shown);
}

/** A table of the first rows, with a way to all of them. */
function shortened(caption, columns, items, row, { whole }) {
  const body = h("tbody", {}, (whole.has(caption) ? items : items.slice(0, FIRST)).map(row));
  const more = items.length > body.rows.length ? h("button", { type: "button", class: "quiet", onclick: () => {
    whole.add(caption);
    append(body, items.slice(FIRST).map(row));
    body.rows[FIRST].querySelector("a")?.focus();
    more.remove();
  } }, `Show all ${format.grouped(String(items.length))}`) : null;
  return h("div", { class: "snug" }, table(caption, columns, body), h("div", { class: "more" }, more));
}

/** The time of day in UTC, to the second: a job's lines are seconds apart. */
const clock = (text) => `${format.day(text)}, ${new Date(text).toISOString().slice(11, 19)}`;

/** The documents, by what became of them where somebody looks for one kind. */
function documents({ documents: items, status }, shown) {
  if (!items.length) return empty(isOpen(status) ? "None was read yet." : status === "succeeded" ? "It read none: there was nothing new." : "It read none.");
  const place = h("div", {});
  const newest = [...items].sort((one, other) => other.filed.localeCompare(one.filed));
  const kinds = OUTCOMES.map(([code, words]) => [code, words, items.filter((each) => each.outcome === code).length]).filter(([, , count]) => count);
  const draw = () => fill(place, shortened("Documents", ["Document", "Filed", "What it was", "What became of it", "Doubts"], newest.filter((each) => !shown.kind || each.outcome === shown.kind), documentRow, shown));
  if (!kinds.some(([code]) => code === shown.kind)) shown.kind = "";
  draw();
  return [h("div", { class: "filters" }, choice("What became of them", [["", `All ${format.grouped(String(items.length))}`], ...kinds.map(([code, words, count]) => [code, `${format.words(words)} ${count}`])], shown.kind, (kind) => {
    shown.kind = kind;
    draw();
  })), place, items.length >= MOST_DOCUMENTS ? h("p", { class: "footnote" }, `The first ${format.grouped(String(MOST_DOCUMENTS))} that it read.`) : null];
}

const documentRow = (each) => h("tr", { "data-document": each.document_key },
  h("th", { scope: "row", class: wrapping(each.title ?? each.document_key) }, documentLink(each), each.title && each.title !== each.form ? h("span", { class: "row-words break" }, each.document_key) : null), cell("Filed", format.day(each.filed), "keep soft"), cell("What it was", each.form, "soft"),
  cell("What became of it", outcome(each.outcome)), each.warnings.length ? cell("Doubts", each.warnings.join("; "), "prose break") : cell("Doubts", ""));

function documentLink({ url, title, form, document_key: key }) {
  const words = title && title !== form ? title : key;
  if (!/^https?:\/\//.test(url ?? "")) return words;
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, words, h("span", { class: "unseen" }, " (opens another site)"));
}

function answer({ id, raw_size: size }, { path, signal }) {
  if (size === null) return empty("The source has not answered, or its answer was not kept.");
  const place = h("div", {});
  return [h("p", { class: "soft" }, `${format.grouped(String(size))} bytes, as they came when the job asked what there is.`),
    h("p", { class: "actions" }, doing("Show it", async () => {
      const found = await api.get(`${path}/raw`, { signal });
      const cut = found.content.length > SHOWN;
      fill(place, h("pre", { class: "raw", tabindex: "0", "aria-label": "The source's answer" }, found.content.slice(0, SHOWN)),
        h("p", { class: "footnote" }, cut ? `The first ${format.grouped(String(SHOWN))} characters; the file has them all. ` : null, found.is_whole ? null : "The end was cut off when it was kept. "));
      place.firstChild.focus();
    }), doing("Save as a file", async () => saveFile({ text: (await api.get(`${path}/raw`, { signal })).content, name: `job-${id}.txt`, type: "text/plain" }))), place];
}
