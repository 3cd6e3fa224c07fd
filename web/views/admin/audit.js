// Who changed what, the newest first.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import { note } from "../../core/router.js";
import { badge, cell, paged, time } from "../../core/ui.js";

const KINDS = { insert: "good", update: "plain", delete: "bad" };

export default function view({ query, signal }) {
  const filter = { table: query.table ?? "", record: query.record ?? "" };
  const list = paged({
    caption: "Audit log",
    columns: ["When", "Table", "Record", "Action", "What changed", "Who", "From"],
    none: "Nothing was recorded, or nothing that fits.",
    fetch: (cursor) => api.get("/v1/admin/audit-log", { query: { ...filter, cursor, limit: 50 }, signal }),
    row: (entry) => h("tr", {}, cell("When", time(entry.at), "soft"), cell("Table", h("code", {}, entry.table_name)),
      cell("Record", h("button", { type: "button", class: "link", title: entry.record_id, onclick: () => change({ table: entry.table_name, record: entry.record_id }) }, short(entry.record_id))),
      cell("Action", badge(entry.action, KINDS[entry.action.toLowerCase()] ?? "plain")), cell("What changed", changes(entry), "wide-cell"),
      cell("Who", entry.user_id ? h("span", { title: entry.user_id }, `${entry.role ?? ""} ${short(entry.user_id)}`.trim()) : entry.role, "soft"), cell("From", entry.origin, "soft")),
  });
  const table = input("Table", "table");
  const record = input("Record", "record");

  function input(title, name) {
    const element = h("input", { type: "search", "aria-label": title, placeholder: title, value: filter[name], onchange: () => change({ [name]: element.value.trim() }) });
    return element;
  }

  function change(what) {
    Object.assign(filter, what);
    [table.value, record.value] = [filter.table, filter.record];
    note("/admin/audit", filter);
    list.refresh();
  }

  return h("div", {}, h("div", { class: "filters" }, table, record, h("button", { type: "button", class: "quiet", onclick: () => change({ table: "", record: "" }) }, "Show all")), list.element);
}

const ROUTINE = ["id", "created_at", "updated_at"]; // in every record, so the least telling: last

const short = (text) => (text.length > 13 ? `${text.slice(0, 8)}…` : text);

function changes(entry) {
  const all = entry.changed_fields ?? Object.keys(entry.new_values ?? entry.old_values ?? {});
  const fields = [...all.filter((name) => !ROUTINE.includes(name)), ...all.filter((name) => ROUTINE.includes(name))];
  return h("details", {}, h("summary", {}, fields.slice(0, 4).join(", ") + (fields.length > 4 ? ` and ${fields.length - 4} more` : "")),
    h("dl", { class: "changes" }, fields.map((name) => h("div", {}, h("dt", {}, name),
      h("dd", {}, entry.old_values && name in entry.old_values ? h("del", {}, written(entry.old_values[name])) : null, " ",
        entry.new_values && name in entry.new_values ? h("ins", {}, written(entry.new_values[name])) : null)))));
}

const written = (value) => (typeof value === "string" ? value : JSON.stringify(value));
