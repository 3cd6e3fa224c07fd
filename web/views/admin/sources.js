// How the outside sources are doing.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { repeat } from "../../core/live.js";
import { badge, cell, empty, region, table, time } from "../../core/ui.js";

export default function view({ signal }) {
  const list = region(() => api.get("/v1/admin/sources", { signal }), ({ items }) => {
    if (!items.length) return empty("No source was asked yet.");
    return table("Sources", ["Source", "State", "Last answer", "Last failure", "What it said"], h("tbody", {}, items.map((source) => h("tr", {},
      h("th", { scope: "row" }, format.source(source.source)), cell("State", state(source)), cell("Last answer", time(source.last_success_at)),
      cell("Last failure", time(source.last_failure_at), "soft"), cell("What it said", source.last_error, "soft wide-cell break")))));
  });
  repeat(list.refresh, { pause: 10_000, signal });
  return list.element;
}

function state(source) {
  const count = source.consecutive_failures;
  return count === 0 ? badge("answers", "good") : badge(`${count} ${count === 1 ? "failure" : "failures"} in a row`, count > 2 ? "bad" : "warn");
}
