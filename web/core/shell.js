// The frame around the pages: the menu, the search, and who is signed in.
import { append, fill, h, icon } from "./dom.js";
import * as api from "./api.js";
import { go } from "./router.js";
import { assetSearch } from "./search.js";
import * as session from "./session.js";
import { notice } from "./ui.js";
import { views } from "../views/registry.js";

/** Builds the frame around `content`. `mark(view)` shows where one is, `person()` who is signed in. */
export function shell(app, content) {
  const menu = h("nav", { class: "menu", id: "menu", "aria-label": "Main" });
  const who = h("div", { class: "who" });
  const toggle = h("button", {
    type: "button", class: "menu-toggle", "aria-expanded": "false", "aria-controls": "menu", "aria-label": "Menu", onclick: () => open(),
  }, icon("menu"));
  const about = h("p", { class: "about" });
  const side = h("div", { class: "side" },
    h("a", { class: "brand", href: "#/" }, h("img", { src: "icon.svg", alt: "", width: "28", height: "28" }), "Holdfast"), menu,
    h("div", { class: "side-foot" }, h("a", { href: "/docs" }, icon("book"), "API reference"), about));
  fill(app, side, h("header", { class: "bar" }, toggle, assetSearch((asset) => go(`/assets/${asset.id}`)), who), content);
  let current = null;

  function open(wanted = toggle.getAttribute("aria-expanded") === "false") {
    toggle.setAttribute("aria-expanded", String(wanted));
    app.classList.toggle("menu-open", wanted);
    if (wanted) menu.querySelector("a")?.focus();
  }
  side.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && app.classList.contains("menu-open")) {
      open(false);
      toggle.focus();
    }
  });
  app.addEventListener("click", (event) => {
    if (app.classList.contains("menu-open") && !side.contains(event.target) && !toggle.contains(event.target)) open(false);
  });

  function drawMenu() {
    const seen = views.filter((view) => view.group && (view.access === "public" || session.me()) && (view.access !== "admin" || session.isAdmin()));
    const groups = [...new Set(seen.map((view) => view.group))];
    fill(menu, groups.map((group) => h("div", { class: "menu-group" }, h("h2", {}, group),
      h("ul", {}, seen.filter((view) => view.group === group).map((view) => h("li", {}, h("a", {
        href: `#${view.path}`, "aria-current": view.path === current ? "page" : null,
      }, icon(view.icon), view.title)))))));
  }

  function mark(view) {
    current = view?.under ?? view?.path ?? null;
    open(false);
    drawMenu();
  }

  function person() {
    const me = session.me();
    drawMenu();
    fill(who);
    if (!me) {
      append(who, [h("a", { class: "button", href: "#/signin" }, "Sign in")]);
      return;
    }
    append(who, [
      h("a", { class: "me", href: "#/account", title: me.email }, h("span", { class: "initial", "aria-hidden": "true" }, me.email.charAt(0).toUpperCase()),
        h("span", { class: "me-name" }, me.email)),
      h("button", { type: "button", class: "quiet", onclick: leave }, "Sign out"),
    ]);
  }

  async function leave() {
    try {
      await session.signOut();
      notice("You are signed out.");
      go("/");
    } catch (error) {
      notice(`Signing out did not work: ${error.detail ?? "try again"}`, "bad");
    }
  }

  api.get("/health", { anonymous: true }).then((health) => {
    fill(about, `${health.stage === "local" ? "On this machine" : health.stage} · ${health.version}`);
  }).catch(() => {}); // only a line of small print
  return { mark, person };
}
