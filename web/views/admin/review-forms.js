// The forms of a decision that needs words: why a snapshot is rejected, or how its values are right.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import { field, form } from "../../core/form.js";
import * as format from "../../core/format.js";
import { panel } from "../../core/ui.js";
import { quoted } from "../treasury/words.js";
import { AMOUNT, BASES } from "./treasury-fields.js";

const leave = (close) => [h("button", { type: "button", class: "quiet", onclick: close }, "Not now")];
const why = (label, hint) => field(label, "note", { type: "area", required: true, maxlength: "1900", hint });

export function rejectionForm(item, { about, signal, done, close }) {
  return panel(`Reject ${about}`, item.status === "approved" ? h("p", { class: "remark warn" }, "It counts now. Without it the one that it superseded counts again, or the one of the date before.") : null,
    form({
      fields: [why("Why", "Kept with the snapshot, which never counts.")], action: "Reject it", beside: leave(close),
      submit: async ({ note }) => {
        await api.post(`/v1/admin/treasury/snapshots/${item.id}/reject`, { note: note.trim(), expected_status: item.status }, { signal, once: crypto.randomUUID() });
        await done(`${about} is rejected.`);
      },
    }));
}

export function correctionForm(item, { about, signal, done, close }) {
  const before = { snapshot_date: item.snapshot_date, holdings: item.holdings, shares_outstanding: item.shares_outstanding ?? "", share_basis: item.share_basis ?? "", evidence: item.evidence ?? "" };
  return panel(`Correct ${about}`, h("p", { class: "soft" }, "What was read stays as it is, rejected; a copy with these values is approved in its place."), quoted(item.evidence),
    form({
      fields: [
        h("div", { class: "field-row" }, field("As of", "snapshot_date", { type: "date", value: before.snapshot_date, max: format.today(), required: true }),
          field(`Holdings (${item.asset})`, "holdings", { ...AMOUNT, value: before.holdings, required: true }),
          field("Shares", "shares_outstanding", { ...AMOUNT, value: before.shares_outstanding, hint: "As stated. Empty: not stated." }),
          field("Which shares", "share_basis", { options: BASES, value: before.share_basis })),
        field("The document's words", "evidence", { type: "area", maxlength: "4000", value: before.evidence }),
        why("What was wrong", null),
      ],
      action: "Approve it so", beside: leave(close),
      submit: async ({ note, ...entered }) => {
        const changed = Object.entries(entered).filter(([name, value]) => value.trim() !== before[name].trim()).map(([name, value]) => [name, value.trim() || null]);
        if (!changed.length) throw new api.ApiError({ code: "unchanged", detail: "Nothing is changed. Approve the snapshot, or change what is wrong." });
        const body = { ...Object.fromEntries(changed), note: note.trim(), expected_status: item.status };
        await api.post(`/v1/admin/treasury/snapshots/${item.id}/correct`, body, { signal, once: crypto.randomUUID() });
        await done(`${about} is corrected and approved.`);
      },
    }));
}
