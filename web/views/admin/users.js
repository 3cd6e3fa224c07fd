// Accounts: who there is, what they may do, and whether they may sign in.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import { doing } from "../../core/form.js";
import { note } from "../../core/router.js";
import * as session from "../../core/session.js";
import { badge, cell, choice, notice, paged, time } from "../../core/ui.js";

const ROLES = ["user", "affiliate", "admin"];

export default function view({ query, signal }) {
  const filter = { q: query.q ?? "", role: ROLES.includes(query.role) ? query.role : "" };
  const list = paged({
    caption: "People",
    columns: ["E-mail address", "Name", "Role", "State", "Joined", "Last signed in", "Actions"],
    none: "Nobody fits.",
    fetch: (cursor) => api.get("/v1/admin/users", { query: { ...filter, cursor, limit: 50 }, signal }),
    row: (user) => h("tr", { "data-user": user.email }, h("th", { scope: "row", class: "break" }, user.email), cell("Name", user.display_name),
      cell("Role", role(user)), cell("State", user.is_active ? badge("active", "good") : badge("deactivated", "bad")),
      cell("Joined", time(user.created_at), "soft"), cell("Last signed in", time(user.last_login_at), "soft"), cell("Actions", active(user))),
  });

  function change(what) {
    Object.assign(filter, what);
    note("/admin/users", filter);
    list.refresh();
  }

  function role(user) {
    const select = h("select", { "aria-label": `Role of ${user.email}` }, ROLES.map((each) => h("option", { value: each, selected: each === user.role }, each)));
    const save = doing("Save", async () => {
      await api.put(`/v1/admin/users/${user.id}/role`, { role: select.value }, { signal });
      notice(`${user.email} is now ${select.value}.`);
      list.refresh();
    }, { kind: "small", label: `Save the role of ${user.email}` });
    save.hidden = true;
    select.addEventListener("change", () => { save.hidden = select.value === user.role; });
    return h("span", { class: "row-actions" }, select, save);
  }

  function active(user) {
    if (user.id === session.me()?.id) return h("span", { class: "soft" }, "You");
    const wanted = !user.is_active;
    return doing(wanted ? "Activate" : "Deactivate", async () => {
      await api.put(`/v1/admin/users/${user.id}/active`, { is_active: wanted }, { signal });
      notice(`${user.email} is ${wanted ? "active again" : "deactivated"}.`);
      list.refresh();
    }, { kind: "quiet small", confirm: wanted ? null : "Ends all sessions. Really?", label: `${wanted ? "Activate" : "Deactivate"} ${user.email}` });
  }

  const words = h("input", { type: "search", "aria-label": "Part of an address or a name", placeholder: "Address or name", value: filter.q, onchange: () => change({ q: words.value.trim() }) });
  return h("div", {}, h("div", { class: "filters" }, words, choice("Role", [["", "All"], ...ROLES], filter.role, (chosen) => change({ role: chosen }))), list.element);
}
