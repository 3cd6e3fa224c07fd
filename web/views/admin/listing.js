// The forms that bring something to the exchange: a vehicle, and an offering of its shares.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import { field, form } from "../../core/form.js";
import { empty, notice, region } from "../../core/ui.js";
import { AMOUNT, count } from "../exchange/order-fields.js";

const WHOLE = { inputmode: "numeric", pattern: "[0-9]{1,13}", title: "A whole number, without separators.", autocomplete: "off", required: true };
const HOURS = [["always", "Around the clock"], ["session", "From the opening auction to the closing one"]];

export function vehicleForm({ signal, done }) {
  const key = api.keyPerBody();
  return form({
    fields: [field("Name", "name", { required: true, maxlength: "255", autocomplete: "off" }), field("Description", "description", { type: "area", maxlength: "4000" })],
    action: "Add the vehicle",
    submit: async ({ name, description }, element) => {
      const body = { name, description: description.trim() || null };
      const made = await api.post("/v1/admin/exchange/vehicles", body, { signal, once: key(body) });
      element.reset();
      notice(`“${made.name}” is added. Its shares can be offered now.`);
      await done();
    },
  });
}

/** {element, refresh}: the form needs to know what vehicles and people there are. */
export function offeringForm({ signal, done }) {
  const key = api.keyPerBody();
  return region(async () => {
    const [vehicles, people] = await Promise.all([api.all("/v1/exchange/vehicles", { query: { limit: 200 }, signal }),
      api.get("/v1/admin/users", { query: { limit: 200 }, signal })]);
    return { vehicles, people: people.items };
  }, ({ vehicles, people }) => (vehicles.length ? form({
    fields: [
      field("Vehicle", "vehicle_id", { options: vehicles.map((each) => [String(each.id), each.name]), value: String(vehicles.at(-1).id) }),
      field("Seller", "seller_id", { options: people.map((each) => [each.id, each.email]), hint: "Whom all shares are issued to, at the issue price." }),
      h("div", { class: "field-row" }, field("Symbol", "symbol", { required: true, pattern: "[A-Za-z][A-Za-z0-9.]{0,11}", title: "A letter, then up to 11 letters, digits or points.", autocomplete: "off", spellcheck: "false" }),
        field("Shares", "shares_issued", WHOLE), field("Issue price (USD)", "issue_price", AMOUNT)),
      h("div", { class: "field-row" }, field("Tick (USD)", "tick_size", { ...AMOUNT, value: "0.01", hint: "Prices are multiples of it." }),
        field("Lot", "lot_size", { ...WHOLE, value: "1", hint: "Orders are for multiples of it." })),
      field("Hours", "hours", { options: HOURS, value: "always" }),
    ],
    action: "List the offering",
    submit: async (entered, element) => {
      const body = { ...entered, vehicle_id: count(entered.vehicle_id), shares_issued: count(entered.shares_issued), lot_size: count(entered.lot_size) };
      const made = await api.post("/v1/admin/exchange/offerings", body, { signal, once: key(body) });
      element.reset();
      notice(`${made.symbol} is listed, and trading begins.`);
      await done();
    },
  }) : empty("Add a vehicle first.")));
}
