// Price histories that are being fetched: a first purchase sets that off, and figures are unknown until they are there.
import * as api from "../../core/api.js";
import { fill, h } from "../../core/dom.js";
import { repeat } from "../../core/live.js";
import { isAtWork } from "../backfill-card.js";

/** A line that says so while it goes on. `landed` is called when a history is complete. */
export function followHistories(landed, signal) {
  const line = h("p", { class: "remark", role: "status", hidden: true });
  let before = null;
  repeat(async () => {
    const { items } = await api.get("/v1/backfills", { query: { limit: 50 }, signal });
    const atWork = items.filter(isAtWork);
    const symbols = [...new Set(atWork.map((item) => item.symbol))];
    line.hidden = symbols.length === 0;
    fill(line, symbols.length ? [`Price histories are being fetched: ${symbols.join(", ")}. What needs them is unknown until then. `, h("a", { href: "#/backfills" }, "Follow it")] : null);
    if (before !== null && atWork.length < before) await landed();
    before = atWork.length;
    return atWork.length ? 3000 : 20_000;
  }, { pause: 3000, signal, now: true });
  return line;
}
