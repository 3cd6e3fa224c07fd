// Under which id a company is found at which source: whether the source's own record agrees, and what can be done about it.
import * as api from "../../core/api.js";
import { fill, h } from "../../core/dom.js";
import { doing, field, form } from "../../core/form.js";
import { repeat } from "../../core/live.js";
import { badge, cell, empty, notice, paged, panel, region, time } from "../../core/ui.js";
import { companyPlace, idHint, idName, isOpen, isScraped, jobLink, jobState } from "./scrape-words.js";

const PATH = "/v1/admin/treasury/company-sources";
const PRIORITIES = Array.from({ length: 9 }, (_, at) => [String(at + 1), at === 0 ? "1, first" : at === 8 ? "9, last" : String(at + 1)]);

/** {element, refresh}: the ids of a company (`company_id`), or all of a source (`source_id`, or of all sources). */
export function companySources({ company_id = "", source_id = "", signal }) {
  const editor = h("div", { class: "editor" });
  let waiting = false;
  const list = paged({
    caption: "Where companies are found",
    columns: [company_id ? "Source" : "Company", "Id there", "State", "Last look", "Actions"],
    none: company_id ? "It is looked for nowhere: its numbers come by hand or by import." : "No company is looked for here.",
    fetch: async (cursor) => {
      const page = await api.get(PATH, { query: { company_id, source_id, cursor, limit: 50 }, signal });
      if (cursor === null) waiting = false;
      waiting ||= page.items.some((item) => isOpen(item.last_job_status));
      return page;
    },
    row: (item) => h("tr", { "data-company-source": item.id }, h("th", { scope: "row" }, company_id ? item.source : h("a", { href: companyPlace(item.company_id) }, item.ticker), h("span", { class: "row-words" }, company_id ? null : `${item.company_name}, ${item.source}`)),
      cell("Id there", h("span", {}, item.external_id, h("span", { class: "row-words" }, `priority ${item.priority}`))), cell("State", state(item), "prose break"),
      cell("Last look", h("span", {}, time(item.last_checked_at), item.last_job_id ? h("span", { class: "row-words" }, jobLink(item.last_job_id), " ", jobState(item.last_job_status)) : null), "soft"),
      cell("Actions", actions(item))),
  });

  function actions(item) {
    const about = `${item.source} for ${item.ticker}`;
    const act = (title, work, words, question = null) => doing(title, async () => {
      await work();
      notice(words);
      await list.refresh();
    }, { kind: "quiet small", confirm: question, label: `${title}: ${about}` });
    const switched = (is_active) => api.patch(`${PATH}/${item.id}`, { is_active }, { signal });
    const start = (path, body) => api.post(path, body, { signal, once: crypto.randomUUID() });
    return h("span", { class: "row-actions wrap" },
      item.is_active ? act("Look now", () => start("/v1/admin/treasury/scraper-jobs", { company_source_id: item.id }), `${about} is looked at now.`)
        : act("Verify", () => start(`${PATH}/${item.id}/verify`, {}), `${item.source} is asked who ${item.external_id} is.`),
      item.is_active ? act("Switch off", () => switched(false), `${about} is looked at no more.`, "Look there no more?") : item.verified_at ? act("Switch on", () => switched(true), `${about} is looked at again.`) : null,
      item.is_active ? null : act("Delete", () => api.remove(`${PATH}/${item.id}`, { signal }), `${about} is deleted.`, "Delete it and its jobs?"),
      h("button", { type: "button", class: "quiet small", "aria-label": `Change: ${about}`, onclick: () => open(changing(item, { about, signal, close, done: list.refresh })) }, "Change"));
  }

  const close = () => editor.replaceChildren();
  function open(content) {
    fill(editor, content);
    editor.scrollIntoView({ block: "nearest" });
    editor.querySelector("input, select").focus();
  }
  // the source is asked in the background: its answer is shown when it is there
  repeat(() => (waiting && !list.element.querySelector(".armed") ? list.refresh() : null), { pause: 3000, signal });
  return { element: h("div", {}, editor, list.element), refresh: list.refresh };
}

function state(item) {
  const found = item.verification ? h("span", { class: "row-words" }, item.verification) : null;
  if (item.is_active) return h("span", {}, badge("active", "good"), found);
  if (item.verified_at) return h("span", {}, badge("switched off", "plain"), found);
  if (isOpen(item.last_job_status)) return h("span", {}, badge("being verified", "warn"), found);
  return h("span", {}, badge(item.verification ? "does not agree" : "not verified", item.verification ? "bad" : "warn"), found ?? h("span", { class: "row-words" }, "the source could not be asked: see its last job"));
}

function changing(item, { about, signal, close, done }) {
  return panel(`Change: ${about}`, h("div", { class: "narrow" }, form({
    fields: [h("div", { class: "field-row" }, field(idName(item.type), "external_id", { value: item.external_id, required: true, maxlength: "100", autocomplete: "off", spellcheck: "false", hint: `${idHint(item.type) ?? ""} Another one is verified anew.`.trim() }),
      field("Priority", "priority", { options: PRIORITIES, value: String(item.priority), hint: "1 is looked at first." }))],
    action: "Save", beside: [h("button", { type: "button", class: "quiet", onclick: close }, "Not now")],
    submit: async ({ external_id, priority }) => {
      const changed = { ...(external_id.trim() === item.external_id ? {} : { external_id: external_id.trim() }), ...(priority === String(item.priority) ? {} : { priority: Number(priority) }) };
      if (!Object.keys(changed).length) throw new api.ApiError({ code: "unchanged", detail: "Nothing is changed." });
      await api.patch(`${PATH}/${item.id}`, changed, { signal });
      notice(`${about} is changed.`);
      close();
      await done();
    },
  })));
}

/** The form that says where a company is found. */
export function addingSource({ company, signal, done }) {
  let key = api.keyPerBody();
  return region(() => api.get("/v1/admin/treasury/sources", { signal }), ({ items }) => {
    const sources = items.filter(isScraped);
    if (!sources.length) return empty("There is no source to look at.");
    const typeOf = (id) => sources.find((each) => String(each.id) === id).type;
    const id = field(idName(sources[0].type), "external_id", { required: true, maxlength: "100", autocomplete: "off", spellcheck: "false", hint: idHint(sources[0].type) });
    const rename = (type) => {
      id.querySelector("label").textContent = idName(type);
      id.querySelector(".hint").textContent = idHint(type);
    };
    return h("div", { class: "narrow" }, form({
      fields: [h("div", { class: "field-row" }, field("Source", "source_id", { options: sources.map((each) => [String(each.id), each.name]), onchange: (event) => rename(typeOf(event.target.value)) }), id,
        field("Priority", "priority", { options: PRIORITIES, value: "5", hint: "1 is looked at first." }))],
      action: "Add and verify",
      submit: async (entered, element) => {
        const body = { company_id: company.id, source_id: Number(entered.source_id), priority: Number(entered.priority), external_id: entered.external_id.trim() };
        const made = await api.post(PATH, body, { signal, once: key(body) });
        key = api.keyPerBody(); // the same again is another request
        element.reset();
        rename(sources[0].type);
        notice(`${made.source} is asked who ${made.external_id} is.`);
        await done();
      },
    }));
  }).element;
}
