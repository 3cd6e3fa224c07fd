// The exchange: what is listed and whether it trades, new vehicles and offerings, what was earned, and whether the books agree.
import * as api from "../../core/api.js";
import { fill, h } from "../../core/dom.js";
import { doing, form, field } from "../../core/form.js";
import * as format from "../../core/format.js";
import { badge, cell, empty, money, notice, paged, panel, region, table } from "../../core/ui.js";
import { figure, NUMBER, offeringLink, phase, shares } from "../exchange/words.js";
import { offeringForm, vehicleForm } from "./listing.js";

const STEPS = {
  trading: [["halt", "Halt"], ["close", "Close for good"]],
  halted: [["resume", "Resume"], ["close", "Close for good"]],
  closed: [],
};
const DONE = { halt: "is halted", resume: "trades again", close: "is closed" };

export default function view({ signal }) {
  const editor = h("div", { class: "editor" });
  const list = paged({
    caption: "Offerings",
    columns: ["Offering", "Now", "Note", NUMBER("Last price (USD)"), NUMBER("Shares issued"), NUMBER("Tick"), NUMBER("Lot"), "Hours", "Next auction", "Actions"],
    none: "Nothing is listed yet. Add a vehicle, then list an offering of it.",
    fetch: (cursor) => api.get("/v1/exchange/offerings", { query: { cursor, limit: 50 }, signal }),
    row: (item) => h("tr", { "data-offering": item.symbol }, h("th", { scope: "row" }, offeringLink(item.id, item.symbol, item.vehicle_name)),
      cell("Now", phase(item.phase)), cell("Note", item.status_note, "soft break"), cell("Last price", money(item.current_share_price), "number"),
      cell("Shares issued", shares(item.shares_issued), "number"), cell("Tick", format.price(item.tick_size), "number soft"), cell("Lot", shares(item.lot_size), "number soft"),
      cell("Hours", format.words(item.hours), "soft"), cell("Next auction", item.next_auction ? format.moment(item.next_auction.at) : null, "soft"),
      cell("Actions", h("span", { class: "row-actions" }, STEPS[item.status].map(([step, title]) => h("button", {
        type: "button", class: "quiet small", "aria-label": `${title}: ${item.symbol}`, onclick: () => open(item, step, title) }, title))))),
  });

  /** Asks for the reason: everybody can read it. */
  function open(item, step, title) {
    const close = () => editor.replaceChildren();
    fill(editor, panel(`${title}: ${item.symbol}`, step === "close" ? h("p", { class: "remark warn" }, "All its open orders are cancelled, and it never trades again. Who holds shares keeps them.") : null,
      form({
        fields: [field("Why", "note", { maxlength: "500", autocomplete: "off", hint: "Everybody can read it. May be left empty." })],
        action: title, beside: [h("button", { type: "button", class: "quiet", onclick: close }, "Leave it as it is")],
        submit: async ({ note }) => {
          await api.post(`/v1/admin/exchange/offerings/${item.id}/${step}`, note.trim() ? { note: note.trim() } : {}, { signal, once: crypto.randomUUID() });
          notice(`${item.symbol} ${DONE[step]}.`);
          close();
          await list.refresh();
        },
      })));
    editor.querySelector("input").focus();
  }

  const offered = offeringForm({ signal, done: list.refresh });
  return h("div", { class: "stack" }, editor, list.element,
    h("div", { class: "halves" }, panel("Add a vehicle", vehicleForm({ signal, done: offered.refresh })), panel("List an offering", offered.element)),
    h("div", { class: "halves" }, panel("Earned commission", earned(signal)), panel("Check of the books", books(signal))));
}

function earned(signal) {
  return region(() => api.get("/v1/admin/exchange/commissions", { signal }), ({ total, items }) => h("div", {},
    h("dl", { class: "figures" }, figure("In all", money(total, "USD", format.amount))),
    items.length ? table("Earned commission", ["Offering", NUMBER("Earned (USD)")], h("tbody", {}, items.map((item) => h("tr", {},
      h("th", { scope: "row" }, offeringLink(item.offering_id, item.symbol)), cell("Earned", money(item.earned, null, format.amount), "number"))))) : null)).element;
}

/** Reads every row, so it is run when asked for. */
function books(signal) {
  const result = h("div", { role: "status" });
  return h("div", {}, h("p", { class: "soft" }, "Whether balances, reserves, shares, quotes and candles follow from the ledger, the orders and the trades. A job does it every hour."),
    doing("Check now", async () => {
      const found = await api.get("/v1/admin/exchange/books", { signal });
      fill(result, found.agrees ? h("p", { class: "remark good" }, badge("agree", "good"), ` The books agree, as of ${format.moment(found.at)}.`)
        : table("What does not agree", ["Rule", "What", "Expected", "Found"], h("tbody", {}, found.disagreements.map((each) => h("tr", {},
          h("th", { scope: "row" }, h("code", {}, each.rule)), cell("What", each.subject), cell("Expected", each.expected), cell("Found", each.found))))));
    }), result);
}
