// The account: profile, settings, password, and signing out everywhere.
import * as api from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { doing, field, form } from "../core/form.js";
import * as format from "../core/format.js";
import { go } from "../core/router.js";
import * as session from "../core/session.js";
import { applyTheme } from "../core/theme.js";
import { badge, cell, empty, heading, money, notice, panel, region, table, time } from "../core/ui.js";

export default function view({ signal }) {
  return h("div", {}, heading("Account", badge(session.me().role, "plain")),
    h("div", { class: "two" }, h("div", {}, profile(signal), settings(signal)), h("div", {}, password(signal), everywhere())));
}

function profile(signal) {
  const place = region(() => api.get("/v1/profile", { signal }), (mine) => h("div", {},
    h("dl", { class: "figures" },
      h("div", {}, h("dt", {}, "E-mail address"), h("dd", {}, mine.email)),
      h("div", {}, h("dt", {}, "Play money"), h("dd", {}, money(mine.paper_balance, "USD"))),
      h("div", {}, h("dt", {}, "Member since"), h("dd", {}, format.day(mine.created_at)))),
    form({
      fields: [
        field("Name", "display_name", { value: mine.display_name ?? "", maxlength: "80", autocomplete: "name" }),
        field("Picture", "avatar_url", { type: "url", value: mine.avatar_url ?? "", hint: "An address that begins with https://", placeholder: "https://" }),
      ],
      action: "Save profile",
      submit: async ({ display_name: name, avatar_url: picture }) => {
        await api.patch("/v1/profile", { display_name: name.trim() || null, avatar_url: picture.trim() || null }, { signal });
        notice("Your profile is saved.");
      },
    })));
  return panel("Profile", place.element);
}

function settings(signal) {
  const editor = h("div", {});
  const list = region(() => api.all("/v1/settings", { signal }), (items) => {
    if (!items.length) return empty("No settings.");
    return table("Settings", ["Name", "Value", "Changed", "Actions"], h("tbody", {}, items.map((item) => h("tr", {},
      h("th", { scope: "row" }, h("code", {}, item.name)), cell("Value", h("code", {}, JSON.stringify(item.value)), "break code-cell"), cell("Changed", time(item.updated_at), "soft"),
      cell("Actions", h("span", { class: "row-actions" },
        h("button", { type: "button", class: "quiet small", "aria-label": `Edit ${item.name}`, onclick: () => edit(item) }, "Edit"),
        doing("Remove", async () => { await api.remove(`/v1/settings/${item.name}`, { signal }); await changed(item.name); },
          { kind: "quiet small", confirm: "Really?", label: `Remove ${item.name}` })))))));
  });

  async function changed(name) {
    if (name === "theme") await applyTheme();
    list.refresh();
  }

  function edit(item) {
    const name = item ? null : field("Name", "name", { required: true, pattern: "[a-z][a-z0-9_.]{0,63}", title: "Lower-case letters, digits, _ and ., beginning with a letter." });
    const known = item?.name === "theme" ? { options: [["system", "As the system"], ["light", "Light"], ["dark", "Dark"]], value: item.value } : null;
    const value = field(item ? item.name : "Value", "value", known ?? { type: "area", value: item ? JSON.stringify(item.value, null, 2) : "", required: true, hint: "Any JSON. What is not JSON is kept as text.", spellcheck: "false" });
    fill(editor, form({
      fields: [name, value], action: "Save setting",
      beside: [h("button", { type: "button", class: "quiet", onclick: () => editor.replaceChildren() }, "Cancel")],
      submit: async (entered) => {
        const target = item?.name ?? entered.name;
        await api.put(`/v1/settings/${target}`, { value: known ? entered.value : parsed(entered.value) }, { signal });
        editor.replaceChildren();
        notice(`The setting ${target} is saved.`);
        await changed(target);
      },
    }));
    editor.querySelector("input, select, textarea").focus();
  }

  return panel("Settings", list.element, editor, h("p", { class: "actions" }, h("button", { type: "button", class: "quiet", onclick: () => edit(null) }, "Add a setting")));
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function password(signal) {
  return panel("Password", form({
    fields: [
      h("input", { type: "text", name: "username", value: session.me().email, autocomplete: "username", hidden: true, readonly: true }),
      field("Current password", "current_password", { type: "password", autocomplete: "current-password", required: true }),
      field("New password", "new_password", { type: "password", autocomplete: "new-password", required: true, hint: "12 to 128 characters. Your other sessions end." }),
    ],
    action: "Change password",
    submit: async ({ current_password: current, new_password: fresh }, element) => {
      await session.replace(await api.put("/v1/auth/password", { current_password: current, new_password: fresh }, { signal }));
      element.reset();
      notice("Your password is changed. Your other sessions have ended.");
    },
  }));
}

function everywhere() {
  return panel("Sessions", h("p", { class: "soft" }, "Ends all your sessions on all devices, this one too. API keys stay."),
    doing("Sign out everywhere", async () => {
      await session.signOut(true);
      notice("You are signed out everywhere.");
      go("/");
    }, { confirm: "Press again to sign out everywhere" }));
}
