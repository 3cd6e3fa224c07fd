// Several snapshots at once: which are chosen, and their approval.
import * as api from "../../core/api.js";
import { fill, h } from "../../core/dom.js";
import { doing } from "../../core/form.js";
import * as format from "../../core/format.js";
import { notice } from "../../core/ui.js";

const WHY = { snapshot_unknown: "is not there any more", snapshot_decided: "was decided about meanwhile" };

/** {element, box, clear}: `box(item)` is the box of a pending snapshot, `done()` is called when some were approved. */
export function chosenOnes({ signal, done }) {
  const boxes = new Map(); // by the snapshot's number: {item, input}
  const result = h("div", { role: "status" });
  const bar = h("div", { class: "filters chosen-bar", hidden: true });
  const element = h("div", {}, bar, result);

  function box(item) {
    if (item.status !== "pending") return null;
    const input = h("input", { type: "checkbox", "aria-label": `Choose ${item.ticker} of ${format.day(item.snapshot_date)}`, onchange: draw });
    boxes.set(item.id, { item, input });
    queueMicrotask(draw);
    return input;
  }

  function clear() {
    boxes.clear();
    draw();
  }

  function choose(which) {
    for (const { item, input } of boxes.values()) input.checked = which(item);
    draw();
  }

  const chosen = () => [...boxes.values()].filter(({ input }) => input.checked).map(({ item }) => item);
  const count = h("span", { class: "soft", role: "status" });
  const approve = doing("Approve the chosen ones", () => send(chosen()), { kind: "small", confirm: "Approve all of them?" });
  const pick = (title, which) => h("button", { type: "button", class: "quiet small", onclick: () => choose(which) }, title);
  fill(bar, h("span", { class: "row-actions" }, pick("Choose all without a flag", (item) => !item.flags.length), pick("Choose none", () => false)), count, approve);

  function draw() {
    const many = chosen().length;
    bar.hidden = boxes.size === 0;
    fill(count, many === 0 ? "None is chosen." : many === 1 ? "1 is chosen." : `${many} are chosen.`);
    approve.querySelector("button").disabled = many === 0;
  }

  async function send(items) {
    // oldest first: of several for one company the latest date is looked at last, as a person would
    const sorted = [...items].sort((a, b) => a.snapshot_date.localeCompare(b.snapshot_date) || a.id - b.id);
    const found = await api.post("/v1/admin/treasury/snapshots/bulk-approve", { ids: sorted.map((item) => item.id) }, { signal, once: crypto.randomUUID() });
    const known = new Map(sorted.map((item) => [item.id, item]));
    const left = found.items.filter((each) => !each.approved);
    notice(found.approved === 1 ? "1 snapshot is approved." : `${found.approved} snapshots are approved.`);
    fill(result, left.length ? h("div", { class: "remark warn" }, "Not approved:", h("ul", {}, left.map((each) => h("li", {},
      `${known.get(each.id).ticker} of ${format.day(known.get(each.id).snapshot_date)} ${WHY[each.code] ?? "could not be approved"}`)))) : null);
    await done();
    draw();
  }

  return { element, box, clear };
}
