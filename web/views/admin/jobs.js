// Runs of jobs, the newest first.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { note } from "../../core/router.js";
import { cell, paged, status, time } from "../../core/ui.js";

export default function view({ query, signal }) {
  const filter = { job: query.job ?? "" };
  const list = paged({
    caption: "Job runs",
    columns: ["Job", "Status", "For", "Started", { title: "Took", class: "number" }, { title: "Rows", class: "number" }, "What happened"],
    none: "No job has run yet, or none of that name.",
    fetch: (cursor) => api.get("/v1/admin/job-runs", { query: { ...filter, cursor, limit: 50 }, signal }),
    row: (run) => h("tr", {}, h("th", { scope: "row" }, h("code", {}, run.job)), cell("Status", status(run.status)),
      cell("For", format.moment(run.as_of), "soft"), cell("Started", time(run.started_at), "soft"), cell("Took", took(run), "number"),
      cell("Rows", format.grouped(String(run.rows_changed)), "number"), cell("What happened", run.error ?? details(run.details), "soft wide-cell")),
  });
  const name = h("input", { type: "search", "aria-label": "Name of the job", placeholder: "Name of the job", value: filter.job, onchange: () => {
    filter.job = name.value.trim();
    note("/admin/jobs", filter);
    list.refresh();
  } });
  return h("div", {}, h("div", { class: "filters" }, name, h("button", { type: "button", class: "quiet", onclick: () => list.refresh() }, "Refresh")), list.element);
}

function took(run) {
  if (!run.finished_at) return null;
  const milliseconds = Date.parse(run.finished_at) - Date.parse(run.started_at);
  return milliseconds < 1000 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** What a run left besides its count, without what is empty. */
function details(found) {
  const written = (value) => {
    if (Array.isArray(value)) return value.join(", ");
    return value !== null && typeof value === "object" ? Object.entries(value).map((pair) => pair.join(" ")).join(", ") : String(value ?? "");
  };
  return Object.entries(found).map(([key, value]) => [format.words(key), written(value)]).filter(([, value]) => value)
    .map((pair) => pair.join(": ")).join("; ");
}
