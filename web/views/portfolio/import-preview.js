// What an import would do: how the file was understood, what would be made, what is wrong with which line; and correcting it.
import { assetField } from "../../core/asset-field.js";
import { fill, h } from "../../core/dom.js";
import { doing } from "../../core/form.js";
import * as format from "../../core/format.js";
import { badge, cell, table } from "../../core/ui.js";
import { costs, price, quantity, what, when } from "./transaction-parts.js";
import { TYPES } from "./words.js";

const NUMBER = (title) => ({ title, class: "number" });
const STATUS = { matched: "good", chosen: "good", ambiguous: "warn", unknown: "bad", left_out: "plain" };
const FIELDS = { timestamp: "Date", time: "Time of day", type: "Kind", symbol: "Symbol", fee_currency: "Currency of the fee", external_id: "Id" };
/** What is wrong, and what to do about it on this page; the API's words name fields of its requests. */
function advice({ message }) {
  return message.replace(/: name it in `assets`.*$/, ": choose it below, or leave the line out.")
    .replace(/ Send "type_words".*$/, " Say below what it means, or leave the line out.");
}


/** `found` is the report of a dry run of `request`. `check(request)` looks again, `store(request)` imports. */
export function preview(found, { request, check, store }) {
  const { counts } = found;
  const change = { mapping: { ...request.mapping }, assets: { ...request.assets }, type_words: { ...request.type_words } };
  const again = () => check({ ...request, ...change });
  const wrong = [...new Set(found.errors.map((error) => error.line).filter((line) => line !== null))];
  const importable = counts.errors === 0 && counts.new > 0;
  return h("div", { class: "stack" },
    h("h3", { tabindex: "-1" }, importable ? `${counted(counts.new, "transaction")} would be imported` : counts.errors ? `${counted(counts.errors, "error")} to put right` : "There is nothing new in this file"),
    h("p", { class: "soft" }, [`${found.title}, ${found.encoding}`, found.time_zone ? `times in ${found.time_zone}` : null].filter(Boolean).join(", "), ". ",
      `New: ${counts.new}. Stored already: ${counts.duplicates}. Left out: ${counts.skipped}. Errors: ${counts.errors}.`),
    found.notes.length ? h("div", { class: "remark" }, found.notes.map((words) => h("p", {}, words))) : null,
    found.errors.length ? remarks("Errors, by line", found.errors) : null,
    wrong.length ? h("p", { class: "actions" }, doing(`Leave out ${counted(wrong.length, "line")} with errors`,
      () => check({ ...request, ...change, skip_lines: [...new Set([...(request.skip_lines ?? []), ...wrong])] }))) : null,
    found.errors.some((error) => error.code === "type_unknown") ? typeWords(change, again) : null,
    assets(found, change, again), columns(found, change, again),
    found.transactions.length ? transactions(found) : null,
    found.skipped.length ? h("details", {}, h("summary", {}, `${counted(found.skipped.length, "line")} left out`), remarks("Left out, by line", found.skipped)) : null,
    importable ? h("p", { class: "actions" }, doing(`Import ${counted(counts.new, "transaction")}`, () => store({ ...request, ...change }), { kind: "" })) : null);
}

const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

function remarks(caption, items) {
  return table(caption, [NUMBER("Line"), "Column", "What is wrong"], h("tbody", {}, items.map((item) => h("tr", {},
    cell("Line", item.line === null ? "File" : String(item.line), "number"), cell("Column", item.column ?? ""), cell("What is wrong", advice(item), "prose")))));
}

function transactions({ transactions: items, counts }) {
  const all = counts.new + counts.duplicates;
  const rest = all > items.length ? `The first ${items.length} of ${all} transactions` : "Transactions";
  return h("div", {}, h("h4", {}, rest), table(rest, [NUMBER("Line"), "Transaction", "When, in UTC", NUMBER("Quantity"), NUMBER("Price"), NUMBER("Fee and tax"), "Status"], h("tbody", {}, items.map((item) => h("tr", { class: item.status === "duplicate" ? "gone" : null },
    cell("Line", String(item.line), "number soft"), what(item), when(item), quantity(item), price(item), costs(item),
    cell("Status", badge(item.status === "new" ? "new" : "stored already", item.status === "new" ? "good" : "plain")))))));
}

/** What the file calls a kind of transaction, where its word is not known. */
function typeWords(change, again) {
  const word = h("input", { type: "text", "aria-label": "Word in the file", placeholder: "Word in the file", autocomplete: "off" });
  const kind = h("select", { "aria-label": "Means the kind" }, TYPES.map(([type, title]) => h("option", { value: type }, title)));
  return h("div", { class: "type-words" }, word, h("span", {}, "means"), kind, doing("Check again with this word", () => {
    if (word.value.trim()) change.type_words[word.value.trim()] = kind.value;
    return again();
  }));
}

/** The assets that the file names and what they were taken for; those that are not certain can be chosen. */
function assets(found, change, again) {
  if (!found.assets.length) return null;
  const open = found.assets.some((each) => each.status === "ambiguous" || each.status === "unknown");
  return h("details", { open }, h("summary", {}, `${counted(found.assets.length, "asset")} in the file`),
    table("Assets in the file", ["In the file", "Taken for", "Correct it"], h("tbody", {}, found.assets.map((each) => h("tr", {},
      h("th", { scope: "row" }, each.written, h("span", { class: "row-words" }, counted(each.lines, "line"))),
      cell("Taken for", h("span", {}, badge(each.status, STATUS[each.status]), each.asset ? ` ${named(each.asset)}` : null)), cell("Correct it", corrected(each, change), "correct-cell"))))),
    h("p", { class: "actions" }, doing("Check again with these assets", again)));
}

function corrected(each, change) {
  const search = h("div", {});
  const choose = (value) => {
    fill(search, value === "other" ? assetField(`Asset for ${each.written}`, "asset", { changed: (asset) => { change.assets[each.written] = asset?.id; } }) : null);
    if (value === "") delete change.assets[each.written];
    else if (value === "none") change.assets[each.written] = null;
    else if (value !== "other") change.assets[each.written] = each.suggestions[value].id;
  };
  const select = h("select", { "aria-label": `Take ${each.written} for`, onchange: () => choose(select.value) },
    h("option", { value: "" }, each.asset ? "Leave it so" : "Choose …"),
    each.suggestions.map((asset, at) => h("option", { value: String(at) }, named(asset))),
    h("option", { value: "other" }, "Another asset …"), h("option", { value: "none", selected: each.status === "left_out" }, "Leave its lines out"));
  return h("div", { class: "correct" }, select, search);
}

const named = (asset) => [asset.symbol, asset.name, asset.exchange, asset.currency].filter(Boolean).join(" · ");

/** Which column of the file stands for what; only files of any kind have a choice. */
function columns(found, change, again) {
  const mapped = found.mapping.filter((each) => each.column !== null || found.format === "csv");
  if (!mapped.length || !found.columns.length) return null;
  return h("details", { open: found.errors.some((error) => error.line === null) }, h("summary", {}, "How the columns were understood"),
    h("div", { class: "columns" }, mapped.map((each) => {
      const select = h("select", { "aria-label": `Column for ${FIELDS[each.field] ?? format.words(each.field)}`, onchange: () => { change.mapping[each.field] = select.value || null; } },
        h("option", { value: "" }, "none"), found.columns.map((column) => h("option", { value: column, selected: column === each.column }, column)));
      return h("div", { class: "column" }, h("span", {}, h("strong", {}, FIELDS[each.field] ?? format.words(each.field)),
        h("span", { class: "soft" }, each.column === null ? "" : ` ${each.confidence} % sure`)), select);
    })), h("p", { class: "actions" }, doing("Check again with these columns", again)));
}
