// API keys: made with chosen scopes, shown once, revoked for good.
import * as api from "../core/api.js";
import { fill, h, uid } from "../core/dom.js";
import { doing, field, form } from "../core/form.js";
import * as format from "../core/format.js";
import { badge, cell, heading, notice, paged, panel, region, time } from "../core/ui.js";

export default function view({ signal }) {
  const fresh = h("div", { "aria-live": "polite" });
  const list = paged({
    caption: "API keys",
    columns: ["Name", "Begins with", "Scopes", "Made", "Ends", "Last used", "Actions"],
    none: "You have no API keys. Make one for a machine that should act in your name.",
    fetch: (cursor) => api.get("/v1/api-keys", { query: { cursor, limit: 50 }, signal }),
    row: (key) => h("tr", { class: state(key) === "active" ? null : "gone" },
      h("th", { scope: "row" }, key.name, " ", state(key) === "active" ? null : badge(state(key), "plain")),
      cell("Begins with", h("code", {}, `${key.prefix}…`)), cell("Scopes", key.scopes.map((scope) => h("span", { class: "badge plain code" }, scope))),
      cell("Made", format.day(key.created_at), "soft"), cell("Ends", format.day(key.expires_at), "soft"), cell("Last used", time(key.last_used_at), "soft"),
      cell("Actions", state(key) === "active" ? doing("Revoke", async () => {
        await api.remove(`/v1/api-keys/${key.id}`, { signal });
        notice(`The key “${key.name}” is revoked.`);
        list.refresh();
      }, { kind: "quiet small", confirm: "Revoke for good?", label: `Revoke ${key.name}` }) : null)),
  });
  const maker = region(() => scopes(signal), (known) => form({
    fields: [
      field("Name", "name", { required: true, maxlength: "80", hint: "Which machine it is for.", autocomplete: "off" }),
      scopeField(known),
      field("Days until it ends", "expires_in_days", { type: "number", min: "1", max: "365", step: "1", value: "90", required: true }),
    ],
    action: "Make key",
    submit: async ({ name, scopes: chosen, expires_in_days: days }, element) => {
      const key = await api.post("/v1/api-keys", { name, scopes: chosen, expires_in_days: Number(days) }, { signal });
      element.reset();
      fill(fresh, once(key, () => fresh.replaceChildren()));
      list.refresh();
    },
  }));
  return h("div", {}, heading("API keys"),
    h("p", { class: "lead" }, "A key lets a machine act in your name, as far as its scopes go. It never acts as an administrator."),
    fresh, panel("Make a key", h("div", { class: "narrow" }, maker.element)), panel("Your keys", list.element));
}

/** The new key: the only time that it can be seen. */
function once(key, done) {
  const text = h("input", { type: "text", readonly: true, value: key.key, class: "secret", "aria-label": "The new API key", onfocus: (event) => event.target.select() });
  return h("div", { class: "once" },
    h("p", {}, h("strong", {}, `The key “${key.name}” is made. `), "Copy it now: only a hash of it is kept, and it cannot be shown again."),
    h("div", { class: "once-line" }, text,
      h("button", { type: "button", onclick: async (event) => {
        const button = event.currentTarget; // an event's target is gone after the wait
        try {
          await navigator.clipboard.writeText(key.key);
          button.textContent = "Copied";
        } catch {
          text.select(); // without leave to use the clipboard: it is selected, to be copied by hand
        }
      } }, "Copy"),
      h("button", { type: "button", class: "quiet", onclick: done }, "I have it")),
    h("p", { class: "soft" }, "Send it as ", h("code", {}, "X-Api-Key"), "."));
}

function scopeField(known) {
  const error = uid("error");
  return h("fieldset", { class: "field", "data-field": "scopes", "aria-describedby": error }, h("legend", {}, "Scopes"),
    h("div", { class: "checks" }, known.map(([scope, count]) => h("label", { class: "check" },
      h("input", { type: "checkbox", name: "scopes", value: scope, "data-many": true }), h("code", {}, scope), h("span", { class: "soft" }, `${count} ${count === 1 ? "operation" : "operations"}`)))),
    h("p", { class: "field-error", id: error }));
}

/** The scopes that there are, and how many operations each opens: the API's own description knows. */
async function scopes(signal) {
  const { paths } = await api.get("/v1/openapi.json", { signal });
  const found = new Map();
  for (const operations of Object.values(paths)) {
    for (const each of Object.values(operations)) {
      const scope = each["x-api-key-scope"];
      if (scope && !each["x-admin-only"]) found.set(scope, (found.get(scope) ?? 0) + 1);
    }
  }
  return [...found].sort();
}

function state(key) {
  if (key.revoked_at) return "revoked";
  return Date.parse(key.expires_at) < Date.now() ? "expired" : "active";
}
