// What a company holds, entered by hand: it waits for its approval like what is read from documents.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import { field, form } from "../../core/form.js";
import * as format from "../../core/format.js";
import { link } from "../../core/router.js";
import { notice } from "../../core/ui.js";
import { AMOUNT, BASES, CODE, filled } from "./treasury-fields.js";

const OUTCOMES = {
  created: "It waits for its approval.", known: "This is known already: nothing was entered.", corroborated: "Another source states the same: it stands beside it now.",
  approved: "Another source states the same, and that is enough: it is approved.",
};

export function snapshotEntry({ company, signal, at }) {
  let key = api.keyPerBody();
  return form({
    fields: [
      h("div", { class: "field-row" }, field("As of", "snapshot_date", { type: "date", required: true, max: format.today() }), field(`Holdings (${company.asset})`, "holdings", { ...AMOUNT, required: true, hint: "In coins. Zero is a value." }),
        field("Shares", "shares_outstanding", { ...AMOUNT, hint: "As stated. Empty: not stated." }), field("Which shares", "share_basis", { options: BASES })),
      h("div", { class: "field-row" }, field("Where it is stated", "source", { required: true, maxlength: "255", autocomplete: "off", hint: "Such as: 8-K of 2025-01-06." }), field("Its address", "source_url", { ...CODE, type: "url", maxlength: "2000", hint: "With https:// in front." }),
        field("Accession", "accession", { ...CODE, maxlength: "100", hint: "The document's number." })),
      field("The document's words", "evidence", { type: "area", maxlength: "4000" }),
    ],
    action: "Enter it", beside: [h("a", { class: "button quiet", href: link(at.path, { show: "review", company_id: company.id }) }, "What waits")],
    submit: async (entered, element) => {
      const body = { ...filled(entered), company_id: company.id };
      const { outcome, snapshot } = await api.post("/v1/admin/treasury/snapshots", body, { signal, once: key(body) });
      key = api.keyPerBody(); // the same again is another request, which may find it known
      element.reset();
      notice(`${format.quantity(snapshot.holdings)} ${company.asset} as of ${format.day(snapshot.snapshot_date)}: ${OUTCOMES[outcome] ?? outcome}`);
    },
  });
}
