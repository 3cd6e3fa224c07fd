// Which document says what a company holds, in its own words.
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { empty, panel } from "../../core/ui.js";
import { coins, part, quoted, sourceLink } from "./words.js";

export function statementPanel({ statement, asset, overridden }) {
  const title = "Where this is known from";
  if (!statement) return panel(title, empty("No document about its holdings is approved yet."));
  const line = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));
  return panel(title, quoted(statement.evidence),
    h("dl", { class: "figures" }, line("Document", sourceLink(statement)), line("It states", coins(statement.holdings, asset)), line("As of", format.day(statement.snapshot_date)),
      statement.confidence === null ? null : line("Confidence of the reading", part(times100(statement.confidence))),
      line("Approved", statement.reviewed_at ? format.moment(statement.reviewed_at) : format.NONE)),
    overridden.current_holdings ? h("p", { class: "remark warn" }, "What is shown above stands in for what this document states.") : null);
}

/** "0.97" → "97": two digits to the left, in text. */
export function times100(text) {
  const [whole, fraction = ""] = text.split(".");
  const digits = (whole + fraction.slice(0, 2).padEnd(2, "0")).replace(/^0+(?=\d)/, "");
  return fraction.length > 2 ? `${digits}.${fraction.slice(2)}` : digits;
}
