// A portfolio's files: importing transactions, after a look at what that would do, and exporting everything.
import * as api from "../../core/api.js";
import { fill, h } from "../../core/dom.js";
import { saveFile } from "../../core/files.js";
import { doing, field, form } from "../../core/form.js";
import { loading, panel } from "../../core/ui.js";
import { preview } from "./import-preview.js";

const LARGEST = 5 * 1024 * 1024;
const SHOWN = 100; // transactions of the preview
const FORMATS = [
  ["auto", "Find out"], ["csv", "CSV of any kind"], ["holdfast", "Holdfast's own export"], ["ghostfolio", "Ghostfolio"],
  ["interactive_brokers", "Interactive Brokers"], ["coinbase", "Coinbase"], ["binance", "Binance"], ["portfolio_performance", "Portfolio Performance"],
];

export default function view(page) {
  return h("div", { class: "stack" }, importing(page), exporting(page));
}

function importing({ portfolio, path, signal }) {
  const place = h("div", { class: "preview" });
  const file = h("input", { type: "file", id: "import-file", name: "file", accept: ".csv,.json,.txt,text/csv,application/json", required: true, "aria-describedby": "import-file-hint",
    onchange: () => place.replaceChildren() }); // what is shown is about the file before
  const element = form({
    fields: [
      h("div", { class: "field", "data-field": "content_base64" }, h("label", { for: "import-file" }, "File"), file,
        h("p", { class: "hint", id: "import-file-hint" }, "CSV or JSON, at most 5 MB. Nothing is stored before you have seen what would be."), h("p", { class: "field-error" })),
      h("details", { class: "more-options" }, h("summary", {}, "How the file is to be read"), h("div", { class: "field-row" },
        field("Format", "format", { options: FORMATS, value: "auto" }),
        field("Dates", "date_order", { options: [["", "As the file shows"], ["ymd", "Year, month, day"], ["dmy", "Day, month, year"], ["mdy", "Month, day, year"]] }),
        field("Decimals after", "decimal", { options: [["", "As the file shows"], [".", "a point"], [",", "a comma"]] }),
        field("Time zone", "time_zone", { hint: "Of times without one, such as Europe/Berlin.", autocomplete: "off", spellcheck: "false" }),
        field("Currency", "currency", { pattern: "[A-Za-z]{3}", maxlength: "3", title: "Three letters, such as EUR.", hint: "Of lines that name none.", autocomplete: "off" }),
        field("Stablecoins", "stablecoins", { options: [["", "are coins"], ["usd", "count as US dollars"]] }),
        field("Settings in the file", "settings", { options: [["", "stay out"], ["yes", "are taken over"]], hint: "Only Holdfast's own exports have some." }))),
    ],
    action: "Look at what would be imported",
    submit: async (entered) => check(await requestOf(entered, file.files[0])),
  });

  /** A dry run of a request, and its preview. What is corrected there is checked again; if that fails, the preview stays. */
  async function check(request) {
    const waiting = place.hasChildNodes() ? null : loading("Reading the file …");
    if (waiting) fill(place, waiting);
    try {
      const found = await api.post(`${path}/import`, { ...request, dry_run: true, limit: SHOWN }, { signal });
      fill(place, preview(found, { request, check, store }));
      place.querySelector("h3").focus();
    } finally {
      waiting?.remove();
    }
  }

  const key = api.keyPerBody();
  async function store(request) {
    const body = { ...request, dry_run: false, limit: 0 };
    const { counts } = await api.post(`${path}/import`, body, { signal, once: key(body) });
    element.reset();
    fill(place, h("p", { class: "remark good", tabindex: "-1" }, `${counts.new} ${counts.new === 1 ? "transaction is" : "transactions are"} imported. `,
      h("a", { href: `#/portfolios/${portfolio.id}` }, "See the portfolio")));
    place.firstChild.focus();
  }

  return panel("Import", h("div", { class: "narrow" }, element), place);
}

/** A request of the form's fields and the file, whose encoding the API recognises. */
async function requestOf(entered, file) {
  if (file.size > LARGEST) {
    throw new api.ApiError({ code: "too_large", detail: "The file is too large.", errors: [{ field: "content_base64", message: "The file has more than 5 MB. Split it by years." }] });
  }
  const chosen = Object.entries(entered).filter(([name, value]) => value && name !== "file");
  return { ...Object.fromEntries(chosen.map(([name, value]) => [name, name === "currency" ? value.toUpperCase() : value])),
    settings: entered.settings === "yes", content_base64: await base64(file) };
}

const base64 = (file) => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
  reader.onerror = () => reject(new api.ApiError({ code: "unreadable", detail: "The file could not be read. Choose it again." }));
  reader.readAsDataURL(file);
});

function exporting({ path, signal }) {
  const save = async (format) => saveFile(await api.file(`${path}/export`, { query: { format }, signal }));
  return panel("Export", h("p", { class: "soft" }, "Everything of the portfolio: its settings, rules and transactions. Importing the file into a new portfolio gives the same one again."),
    h("p", { class: "actions" }, doing("Export as CSV", () => save("csv")), doing("Export as JSON", () => save("json"))));
}
