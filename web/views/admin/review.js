// What was read from documents and waits for a look: approve it, reject it, or put it right.
import * as api from "../../core/api.js";
import { fill, h } from "../../core/dom.js";
import { doing } from "../../core/form.js";
import * as format from "../../core/format.js";
import { link, note } from "../../core/router.js";
import { badge, cell, choice, move, notice, paged, time } from "../../core/ui.js";
import { times100 } from "../treasury/statement.js";
import { coins, companyLink, FLAG_CODES, flagWords, NUMBER, part, quoted, sourceLink } from "../treasury/words.js";
import { chosenOnes } from "./review-many.js";
import { correctionForm, rejectionForm } from "./review-forms.js";

const STATES = [["pending", "Waiting"], ["approved", "Approved"], ["rejected", "Rejected"], ["superseded", "Superseded"], ["", "All"]];
const KINDS = { pending: "warn", approved: "good", rejected: "bad", superseded: "plain" };

export default function view({ query, signal, at }) {
  const filter = { status: STATES.some(([value]) => value === query.status) ? query.status : "pending", flag: query.flag ?? "", company_id: query.company_id ?? "" };
  const editor = h("div", { class: "editor" });
  const many = chosenOnes({ signal, done: () => list.refresh() });
  const list = paged({
    caption: "Snapshots",
    columns: ["Company", NUMBER("Found"), NUMBER("Change"), "Look twice because", "The document's words", "Decide"],
    none: filter.status === "pending" ? "Nothing waits for a look." : "No snapshot is in this state.",
    fetch: async (cursor) => {
      if (cursor === null) many.clear();
      return api.get("/v1/admin/treasury/snapshots", { query: { ...filter, cursor, limit: 50 }, signal });
    },
    row: (item) => h("tr", { "data-snapshot": item.id }, h("th", { scope: "row", class: "snapshot-head" }, many.box(item), companyLink(item.company_id, item.ticker),
      h("span", { class: "row-words" }, item.company_name), h("span", { class: "row-words" }, `as of ${format.day(item.snapshot_date)}`), filter.status === "pending" ? null : badge(item.status, KINDS[item.status])),
      cell("Found", h("span", {}, coins(item.holdings, item.asset), shares(item)), "number strong"),
      cell("Change", item.previous_holdings === null ? h("span", { class: "soft" }, "the first one") : h("span", {}, item.change_percent === null ? signed(item.change) : move(item.change_percent),
        h("span", { class: "row-words" }, "from ", coins(item.previous_holdings, item.asset)), h("span", { class: "row-words" }, `approved as of ${format.day(item.previous_date)}`)), "number"),
      cell("Look twice because", item.flags.length ? h("ul", { class: "flag-list" }, item.flags.map((flag) => h("li", {}, badge(flagWords(flag), "warn")))) : h("span", { class: "soft" }, "no reason")),
      cell("The document's words", document(item), "prose evidence-cell"), cell("Decide", decide(item), "decide-cell")),
  });

  function decide(item) {
    const about = `${item.ticker} of ${format.day(item.snapshot_date)}`;
    const asking = (title, make) => h("button", { type: "button", class: "quiet small", "aria-label": `${title} ${about}`, onclick: () => open(make(item, { about, signal, done, close })) }, title);
    if (item.status === "pending") {
      return h("span", { class: "row-actions" }, doing("Approve", async () => {
        await api.post(`/v1/admin/treasury/snapshots/${item.id}/approve`, {}, { signal, once: crypto.randomUUID() });
        await done(`${about}: ${format.quantity(item.holdings)} ${item.asset} is approved.`);
      }, { kind: "small", label: `Approve ${about}` }), asking("Correct", correctionForm), asking("Reject", rejectionForm));
    }
    if (item.status === "approved") return h("span", { class: "row-actions" }, asking("Correct", correctionForm), asking("Reject", rejectionForm), reviewed(item));
    return reviewed(item);
  }

  function open(panel) {
    fill(editor, panel);
    editor.scrollIntoView({ block: "nearest" });
    editor.querySelector("input, textarea").focus();
  }
  const close = () => editor.replaceChildren();
  async function done(words) {
    notice(words);
    close();
    await list.refresh();
  }
  function change(what) {
    Object.assign(filter, what);
    note(at.path, { show: at.show, ...filter });
    close();
    list.refresh();
  }

  const flags = h("select", { "aria-label": "Only with this flag", onchange: () => change({ flag: flags.value }) },
    [["", "With any flag, or none"], ...FLAG_CODES].map(([code, words]) => h("option", { value: code, selected: code === filter.flag }, words)));
  return h("div", {}, h("div", { class: "filters" }, choice("State", STATES, filter.status, (status) => change({ status })), h("div", { class: "filter-select" }, flags),
    filter.company_id ? h("a", { class: "button quiet", href: link(at.path, { show: at.show }) }, "All companies") : null), many.element, editor, list.element);
}

const signed = (text) => `${format.sign(text) > 0 ? "+" : ""}${format.quantity(text)}`;

const shares = (item) => (item.shares_outstanding === null ? null : h("span", { class: "row-words", title: format.exact(item.shares_outstanding) }, `${format.compact(item.shares_outstanding)} shares`));

/** Evidence: short words at once, longer ones when asked for. */
function document(item) {
  const long = (item.evidence ?? "").length > 220;
  return h("div", {}, long ? h("details", { class: "evidence-more" }, h("summary", {}, `“${item.evidence.slice(0, 110).trim()} …”`), quoted(item.evidence)) : quoted(item.evidence),
    h("span", { class: "row-words" }, sourceLink(item), item.confidence === null ? null : [" · confidence ", part(times100(item.confidence))],
      item.corroborated_by.length ? ` · ${item.corroborated_by.length === 1 ? "another source states" : `${item.corroborated_by.length} other sources state`} the same` : null));
}

const reviewed = (item) => h("span", { class: "row-words" }, item.review_note ? `“${item.review_note}” ` : null, item.reviewed_at ? time(item.reviewed_at) : null);
