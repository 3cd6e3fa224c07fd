// A company's financials as administrators enter them: the rows with their days, a new row, and taking one out.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import { doing, field, form } from "../../core/form.js";
import * as format from "../../core/format.js";
import { notice } from "../../core/ui.js";
import { financialsList } from "../treasury/financials.js";
import { AMOUNT, CODE, filled, SIGNED } from "./treasury-fields.js";

const YES_NO = [["", "not known"], ["true", "yes"], ["false", "no"]];

export function companyFinancials({ id, signal }) {
  const path = `/v1/treasury/companies/${encodeURIComponent(id)}`;
  const list = financialsList({ path, signal, action: (item) => doing("Take out", async () => {
    await api.remove(`/v1/admin/treasury/financials/${item.id}`, { signal });
    notice(`The figures from ${format.day(item.effective_date)} on are taken out: those before them hold until the next ones.`);
    await list.refresh();
  }, { kind: "quiet small", confirm: "Take these figures out?", label: `Take out the figures from ${format.day(item.effective_date)} on` }) });
  return [list.element, h("details", { class: "add-here" }, h("summary", {}, "Add what holds from a day on"), adding({ id, signal, done: list.refresh }))];
}

function adding({ id, signal, done }) {
  let key = api.keyPerBody();
  const amount = (label, name, more = {}) => field(label, name, { ...AMOUNT, ...more });
  return form({
    fields: [
      h("div", { class: "field-row" }, field("From", "effective_date", { type: "date", required: true, max: format.today(), value: format.today(), hint: "Until the next row's day." }), field("Currency", "currency", { ...CODE, pattern: "[A-Za-z]{3}", title: "Three letters, such as USD.", hint: "The company's unless given." }),
        field("Where it is known from", "source", { required: true, maxlength: "255", autocomplete: "off", hint: "Such as: 10-Q of 2025-05-05." }), field("Its address", "source_url", { ...CODE, type: "url", maxlength: "2000", hint: "With https:// in front." })),
      field("Take over from the row before what is left empty", "carry_forward", { type: "checkbox", value: true, hint: "Otherwise it is unknown from that day on. Share counts are taken over only all together." }),
      h("div", { class: "field-row" }, amount("Basic shares", "shares_basic"), amount("Assumed diluted shares", "shares_assumed_diluted"), amount("Fully diluted shares", "shares_fully_diluted"), field("In shares of", "shares_unit_date", { type: "date", max: format.today(), hint: "The first day unless given; matters after a split." })),
      h("div", { class: "field-row" }, amount("Debt", "total_debt"), amount("Preferred equity", "preferred_equity"), amount("Cash", "cash"), amount("Average cost of a coin", "cost_basis_avg")),
      h("details", { class: "more-options" }, h("summary", {}, "Market cap, staking, capital raised and more"), h("div", { class: "field-row" },
        amount("Market cap as stated", "market_cap", { hint: "Used where price × shares is not known." }), field("Accession", "accession", { ...CODE, maxlength: "100", hint: "The document's number." }), amount("Staked (%)", "staking_pct", { hint: "85 is 85 %." }), field("Yield of staking (%)", "staking_apy", SIGNED), field("How it stakes", "staking_method", { maxlength: "255", autocomplete: "off" }), amount("Raised at the market", "capital_raised_atm"), amount("Raised by PIPE", "capital_raised_pipe"),
        amount("Raised by convertibles", "capital_raised_converts"), field("Burnt in a quarter", "quarterly_burn", SIGNED), amount("Daily volume", "avg_daily_volume"), field("Leverage ratio", "leverage_ratio", SIGNED), amount("Mined in a year", "mined_annual"),
        field("Has options", "has_options", { options: YES_NO }), amount("Open interest of options", "options_open_interest"))),
    ],
    action: "Add these figures",
    submit: async (entered, element) => {
      const body = filled(entered);
      const made = await api.post(`/v1/admin/treasury/companies/${encodeURIComponent(id)}/financials`, body, { signal, once: key(body) });
      key = api.keyPerBody(); // the same again, after it was taken out, is another row
      element.reset();
      notice(`These figures hold from ${format.day(made.effective_date)} ${made.end_date ? `until before ${format.day(made.end_date)}` : "on"}.`);
      await done();
    },
  });
}
