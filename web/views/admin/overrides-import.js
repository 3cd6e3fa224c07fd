// Overrides from a spreadsheet: a file is chosen, what it would do is shown line by line, and then all of it is done or none.
import * as api from "../../core/api.js";
import { fill, h } from "../../core/dom.js";
import { doing, form } from "../../core/form.js";
import * as format from "../../core/format.js";
import { cell, loading, notice, table } from "../../core/ui.js";
import { companyLink, ending, fieldName, NUMBER, wrapping, written } from "../treasury/words.js";

const PATH = "/v1/admin/treasury/overrides/import";
const LARGEST = 1_000_000; // of the API's 1 MB, which the rest of the request needs a little of
const MOST_ERRORS = 200; // that the API tells of
const EXAMPLE = "company,field,value,reason,expires\nmstr,tier,1,It buys every week.,2027-01-31";

export function overridesImport({ signal, done }) {
  const place = h("div", { class: "preview" });
  const input = h("input", { type: "file", id: "overrides-file", name: "file", accept: ".csv,.txt,.tsv,text/csv", required: true, "aria-describedby": "overrides-file-hint overrides-file-error",
    onchange: () => place.replaceChildren() }); // what is shown is about the file before
  const element = form({
    fields: [h("div", { class: "field", "data-field": "content" }, h("label", { for: "overrides-file" }, "CSV file"), input,
      h("p", { class: "hint", id: "overrides-file-hint" }, "Columns: company (or ticker), field, value, reason; if needed asset and expires. At most 1 MB. Nothing is stored before you have seen what would be."),
      h("p", { class: "field-error", id: "overrides-file-error" })),
    h("details", {}, h("summary", {}, "How such a file looks"), h("pre", { class: "sample" }, EXAMPLE))],
    action: "Look at what it would do",
    submit: async () => check(await textOf(input.files[0])),
  });

  async function check(content) {
    fill(place, loading("Reading the file …"));
    try {
      const found = await api.post(PATH, { content, dry_run: true }, { signal });
      fill(place, report(found, () => store(content)));
      place.querySelector("h3").focus();
    } catch (error) {
      place.replaceChildren();
      throw error;
    }
  }

  let key = api.keyPerBody();
  async function store(content) {
    const body = { content, dry_run: false };
    try {
      const { rows } = await api.post(PATH, body, { signal, once: key(body) });
      key = api.keyPerBody(); // the same file again is another import
      element.reset();
      fill(place, h("p", { class: "remark good", tabindex: "-1" }, `${values(rows.length)} overridden.`));
      place.firstChild.focus();
      notice(`${values(rows.length)} overridden.`);
    } catch (error) {
      if (error.code !== "import_refused") throw error;
      await check(content); // something changed since the look at it: what is wrong now is shown by line
      return;
    }
    await done();
  }

  return h("div", {}, h("div", { class: "narrow" }, element), place);
}

const values = (count) => (count === 1 ? "1 value is" : `${format.grouped(String(count))} values are`);

function report({ rows, errors }, store) {
  const wrong = errors.length >= MOST_ERRORS ? `The first ${MOST_ERRORS} problems` : errors.length === 1 ? "1 problem" : `${errors.length} problems`;
  return h("div", { class: "stack" },
    h("h3", { tabindex: "-1" }, errors.length ? `${wrong} to put right` : rows.length ? `${values(rows.length).replace(/ (is|are)$/, "")} would be overridden` : "The file has no line to import"),
    errors.length ? h("p", { class: "soft" }, "A file is imported as a whole or not at all. Put these lines right in it, and choose it again.") : null,
    errors.length ? table("Problems, by line", [NUMBER("Line"), "Column", "What is wrong"], h("tbody", {}, errors.map((error) => h("tr", { "data-line": error.line },
      cell("Line", String(error.line), "number"), cell("Column", error.column ?? "the line"), cell("What is wrong", error.message, "prose break"))))) : null,
    rows.length ? h("div", {}, errors.length ? h("h4", {}, "What the other lines would do") : null, h("div", { class: "snug" }, table("What the file would do", [NUMBER("Line"), "Company", "What", "Stored", "To be shown", "Why", "Until"],
      h("tbody", {}, rows.map((row) => h("tr", { "data-line": row.line }, cell("Line", String(row.line), "number soft"), h("th", { scope: "row" }, companyLink(row.company_id, row.ticker)), cell("What", fieldName(row.field)),
        cell("Stored", h("span", {}, row.original === null ? "nothing" : written(row.original), row.replaces === null ? null : h("span", { class: "row-words" }, `overridden with ${written(row.replaces)}`)), `soft ${wrapping(row.original)}`),
        cell("To be shown", written(row.value), `strong ${wrapping(row.value)}`), cell("Why", row.reason, "prose break"), cell("Until", ending(row), "soft"))))))) : null,
    rows.length && !errors.length ? h("p", { class: "actions" }, doing(rows.length === 1 ? "Override this value" : `Override these ${format.grouped(String(rows.length))} values`, store, { kind: "" })) : null);
}

/** A file's text. The API reads UTF-8: other encodings would put wrong letters in names, so they are refused. */
async function textOf(file) {
  if (file.size > LARGEST) throw refusal("The file has more than 1 MB. Split it.");
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch (error) {
    throw refusal(error instanceof TypeError ? "This is no text in UTF-8. Save it from the spreadsheet as “CSV UTF-8”." : "The file could not be read. Choose it again.");
  }
  if (!text.trim()) throw refusal("The file is empty.");
  return text;
}

const refusal = (message) => new api.ApiError({ code: "file_refused", detail: message, errors: [{ field: "content", message }] });
