// Scraper jobs: looks at companies' sources, those that go on and those that are over; starting one, and doing one again.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import { field, form } from "../../core/form.js";
import * as format from "../../core/format.js";
import { repeat } from "../../core/live.js";
import { note } from "../../core/router.js";
import { cell, choice, empty, notice, paged, panel, region, time } from "../../core/ui.js";
import { NUMBER } from "../treasury/words.js";
import { companiesOnce, companyOption, companySelect } from "./company-select.js";
import { companyPlace, isOpen, isScraped, jobLink, jobReason, JOB_STATES, jobState, took } from "./scrape-words.js";
import { again, jobPage } from "./scraper-job.js";

const PATH = "/v1/admin/treasury/scraper-jobs";
const LOOKED_THROUGH = 10; // pages at most that one request for more goes through, where a source is chosen

export default function view({ query, signal, at }) {
  if (query.job) return jobPage({ id: query.job, signal, at });
  const filter = { status: JOB_STATES.some(([value]) => value === query.status) ? query.status : "", company_id: query.company_id ?? "", source: query.source ?? "" };
  let open = false;
  const list = paged({
    caption: "Scraper jobs",
    columns: ["Company", "Source", "State", NUMBER("Listed"), NUMBER("Read"), NUMBER("Found"), NUMBER("New"), "When", "Actions"],
    none: "No job fits. Jobs are opened by the timetable for companies whose source is active, or below by hand.",
    fetch: async (cursor) => {
      const page = await jobs(filter, cursor, signal);
      if (cursor === null) open = false;
      open ||= page.items.some((job) => isOpen(job.status));
      return page;
    },
    row: (job) => h("tr", { "data-job": job.id }, h("th", { scope: "row" }, h("a", { href: companyPlace(job.company_id) }, job.ticker), h("span", { class: "row-words" }, jobLink(job.id))),
      cell("Source", h("span", {}, job.source, h("span", { class: "row-words" }, job.external_id))),
      cell("State", h("span", {}, jobState(job.status), h("span", { class: "row-words" }, jobReason(job.reason), job.attempts > 1 ? `, attempt ${job.attempts}` : null), problem(job))),
      ...[["Listed", job.documents_listed], ["Read", job.documents_read], ["Found", job.candidates_found], ["New", job.snapshots_created]].map(([label, count]) => cell(label, format.grouped(String(count)), "number")),
      cell("When", when(job), "soft"), cell("Actions", again(job, { signal, done: list.refresh }))),
  });

  function change(what) {
    Object.assign(filter, what);
    note(at.path, { show: at.show, ...filter });
    list.refresh();
  }
  // while something goes on it is looked at often; a button that is about to be pressed is not taken away
  repeat(() => (open && !list.element.querySelector(".armed") ? list.refresh() : null), { pause: 4000, signal });
  const companies = companiesOnce(signal);
  return h("div", { class: "stack" },
    h("div", {}, h("div", { class: "filters" }, choice("State", JOB_STATES, filter.status, (status) => change({ status })), companySelect({ companies, chosen: filter.company_id, choose: (company_id) => change({ company_id }) }),
      sourceSelect({ chosen: filter.source, signal, choose: (source) => change({ source }) }), h("button", { type: "button", class: "quiet small", onclick: () => list.refresh() }, "Refresh")), list.element),
    panel("Look now", starting({ companies, chosen: filter.company_id, signal, done: list.refresh })));
}

/** A page of jobs. The API knows no filter by source: those of others are left out here, and further pages asked for instead. */
async function jobs({ source, ...filter }, cursor, signal) {
  const ask = (from) => api.get(PATH, { query: { ...filter, cursor: from, limit: source ? 200 : 50 }, signal });
  if (!source) return ask(cursor);
  const found = { items: [], next_cursor: cursor };
  for (let turn = 0; turn < LOOKED_THROUGH && found.items.length < 50; turn += 1) {
    const page = await ask(found.next_cursor);
    found.items.push(...page.items.filter((job) => job.source === source));
    found.next_cursor = page.next_cursor;
    if (!page.next_cursor) break;
  }
  return found;
}

function sourceSelect({ chosen, signal, choose }) {
  return region(() => api.get("/v1/admin/treasury/sources", { signal }), ({ items }) => {
    const select = h("select", { "aria-label": "Only this source", onchange: () => choose(select.value) },
      [["", "All sources"], ...items.filter(isScraped).map(({ name }) => [name, name])].map(([value, title]) => h("option", { value, selected: value === chosen }, title)));
    return h("div", { class: "filter-select" }, select);
  }).element;
}

/** What went wrong, with its code; the whole message where it is long. */
function problem({ error_code: code, last_error: words }) {
  if (!code && !words) return null;
  return h("span", { class: "row-words break job-problem", title: words }, words && words.length > 140 ? `${words.slice(0, 140).trim()} …` : words ?? format.words(code));
}

function when(job) {
  const line = (...content) => h("span", { class: "row-words keep" }, content);
  if (job.finished_at) return h("span", {}, time(job.finished_at), line(`took ${took(job.started_at, job.finished_at) ?? "no time"}`));
  if (job.started_at && job.status === "running") return h("span", {}, time(job.started_at), line("began"));
  return h("span", {}, time(job.not_before), line(Date.parse(job.not_before) > Date.now() ? "not before" : "its turn came"));
}

function starting({ companies, chosen, signal, done }) {
  return region(companies, (items) => (items.length ? h("div", { class: "narrow" }, form({
    fields: [field("Company", "company_id", { options: items.map(companyOption), value: chosen, hint: "All its active sources are looked at, back to the beginning of its treasury. What was read already is not read again." })],
    action: "Look at its sources",
    submit: async ({ company_id }) => {
      const { items: started } = await api.post(PATH, { company_id: Number(company_id) }, { signal, once: crypto.randomUUID() });
      notice(started.length === 1 ? "1 job is started." : `${started.length} jobs are started.`);
      await done();
    },
  })) : empty("No company is tracked yet."))).element;
}
