// The sources of documents: how they do, how often they are looked at, and under which id companies are found there.
import * as api from "../../core/api.js";
import { fill, h } from "../../core/dom.js";
import { doing, field, form } from "../../core/form.js";
import { repeat } from "../../core/live.js";
import { link, note } from "../../core/router.js";
import { badge, cell, notice, panel, region, table, time } from "../../core/ui.js";
import { NUMBER } from "../treasury/words.js";
import { companySources } from "./company-sources.js";
import { every, isScraped } from "./scrape-words.js";

const WORRYING = 3; // companies whose looks all fail: then it is the source, not an id
const PATH = "/v1/admin/treasury/sources";

export default function view({ query, signal, at }) {
  const editor = h("div", { class: "editor" });
  let chosen = query.source_id ?? "";
  const within = h("div", {});
  const list = region(async () => {
    const [{ items }, companies] = await Promise.all([api.get(PATH, { signal }), api.all("/v1/admin/treasury/company-sources", { query: { limit: 200 }, signal })]);
    return { items, companies };
  }, ({ items, companies }) => {
    if (!within.hasChildNodes()) showCompanies(items);
    return table("Sources", ["Source", "State", "How it does", NUMBER("Companies"), "Looked at", "Actions"], h("tbody", {}, items.map((item) => row(item, companies.filter((each) => each.source_id === item.id)))));
  });

  function row(item, companies) {
    if (!isScraped(item)) return h("tr", { "data-source": item.type }, h("th", { scope: "row" }, item.name), cell("State", badge("by people", "plain")), cell("How it does", "nothing is fetched from it", "soft"), cell("Companies", "", "number"), cell("Looked at", ""), cell("Actions", ""));
    return h("tr", { "data-source": item.type }, h("th", { scope: "row", title: item.base_url }, item.name),
      cell("State", item.is_active ? badge("on", "good") : badge("off", "bad")), cell("How it does", health(item, companies)),
      cell("Companies", h("span", {}, `${item.active_company_sources} active`, h("span", { class: "row-words" }, `of ${item.company_sources}`)), "number"), cell("Looked at", h("span", {}, every(item.check_every_minutes), h("span", { class: "row-words keep" }, item.last_checked_at ? ["last ", time(item.last_checked_at)] : "never yet")), "soft"),
      cell("Actions", h("span", { class: "row-actions" }, h("button", { type: "button", class: "quiet small", "aria-label": `How often ${item.name} is looked at`, onclick: () => open(item) }, "How often"), onOff(item))));
  }

  const onOff = (item) => doing(item.is_active ? "Switch off" : "Switch on", async () => {
    await api.patch(`${PATH}/${item.id}`, { is_active: !item.is_active }, { signal });
    notice(`${item.name} is ${item.is_active ? "off: none of its companies is looked for there" : "on again"}.`);
    await list.refresh();
  }, { kind: "quiet small", confirm: item.is_active ? "Off for all companies?" : null, label: `Switch ${item.is_active ? "off" : "on"} ${item.name}` });

  function open(item) {
    const close = () => editor.replaceChildren();
    fill(editor, panel(`How often ${item.name} is looked at`, h("div", { class: "narrow" }, form({
      fields: [field("Minutes between looks", "check_every_minutes", { type: "number", min: "5", max: "10080", step: "1", required: true, value: String(item.check_every_minutes), hint: "For each company: 5 to 10080, which is a week. 60 is every hour." })],
      action: "Save", beside: [h("button", { type: "button", class: "quiet", onclick: close }, "Not now")],
      submit: async (entered) => {
        const changed = await api.patch(`${PATH}/${item.id}`, { check_every_minutes: Number(entered.check_every_minutes) }, { signal });
        notice(`${item.name} is looked at ${every(changed.check_every_minutes)}.`);
        close();
        await list.refresh();
      },
    }))));
    editor.scrollIntoView({ block: "nearest" });
    editor.querySelector("input").focus();
  }

  function showCompanies(items) {
    const select = h("select", { "aria-label": "Only this source", onchange: () => {
      chosen = select.value;
      note(at.path, { show: at.show, source_id: chosen });
      draw();
    } }, [["", "All sources"], ...items.filter(isScraped).map((item) => [String(item.id), item.name])].map(([value, title]) => h("option", { value, selected: value === chosen }, title)));
    const place = h("div", {});
    const leaving = { now: null };
    const draw = () => {
      leaving.now?.abort();
      leaving.now = new AbortController();
      fill(place, companySources({ source_id: chosen, signal: AbortSignal.any([signal, leaving.now.signal]) }).element);
    };
    draw();
    fill(within, panel("Companies and their ids", h("p", { class: "soft board-note" }, "Which id is which company's. To add one, open the company under ", h("a", { href: link(at.path, { show: "companies" }) }, "Companies"), "."),
      h("div", { class: "filters" }, h("div", { class: "filter-select" }, select)), place));
  }

  repeat(() => (list.element.querySelector(".armed") ? null : list.refresh()), { pause: 15_000, signal });
  return h("div", { class: "stack" }, editor, list.element, within);
}

/** How a source does: by how the last look for each of its companies ended. */
function health(item, companies) {
  const looked = companies.filter((each) => each.last_job_status === "succeeded" || each.last_job_status === "failed");
  const failed = looked.filter((each) => each.last_job_status === "failed");
  const jobs = (words, status) => h("a", { class: "row-words", href: link("/admin/treasury", { show: "jobs", status, source: item.name }) }, words);
  if (!looked.length) return h("span", { class: "soft" }, companies.length ? "not looked at yet" : "no company is looked for here");
  if (!failed.length) return h("span", {}, badge("answers", "good"), jobs("its jobs", ""));
  return h("span", {}, badge(`${failed.length} of ${looked.length} last looks failed`, failed.length === looked.length && looked.length >= WORRYING ? "bad" : "warn"), jobs("the failed jobs", "failed"));
}
