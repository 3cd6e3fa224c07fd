// Signing in, and making an account: one form with a field more or less.
import * as api from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { field, form } from "../core/form.js";
import { go, link } from "../core/router.js";
import * as session from "../core/session.js";
import { heading } from "../core/ui.js";

export default function view({ path, query, signal }) {
  const fresh = path === "/register";
  const next = query.next?.startsWith("/") ? query.next : "/";
  const hint = h("div", {});
  const name = fresh ? field("Name", "display_name", { autocomplete: "name", hint: "Optional. How you want to be called.", maxlength: "80" }) : null;
  const email = field("E-mail address", "email", { type: "email", autocomplete: "username", required: true });
  const password = field("Password", "password", {
    type: "password", autocomplete: fresh ? "new-password" : "current-password", required: true,
    hint: fresh ? "12 to 128 characters. A few words that only you put together are best." : null,
  });
  const shown = h("label", { class: "check" }, h("input", { type: "checkbox", onchange: (event) => {
    password.querySelector("input").type = event.target.checked ? "text" : "password";
  } }), "Show the password");

  async function submit({ email: address, password: secret, display_name: called }) {
    if (fresh) await session.register({ email: address, password: secret, ...(called ? { display_name: called } : {}) });
    else await session.signIn({ email: address, password: secret });
    go(next);
  }

  if (!fresh) showDemo(hint, signal);
  return h("div", { class: "entry" },
    heading(fresh ? "Create an account" : "Sign in"),
    h("p", { class: "entry-lead" }, fresh ? "Watch assets, have their histories fetched, and let machines act for you."
      : "To what you watch, your settings and your keys."),
    hint,
    form({ fields: [name, email, password, shown], action: fresh ? "Create account" : "Sign in", kind: "wide", submit }),
    h("p", { class: "entry-other" }, fresh ? "You have an account? " : "No account yet? ",
      h("a", { href: link(fresh ? "/signin" : "/register", { next: query.next }) }, fresh ? "Sign in" : "Create one")));
}

/** On one's own machine there are people to try it with. Elsewhere nothing is said. */
async function showDemo(place, signal) {
  try {
    const { stage } = await api.get("/health", { signal, anonymous: true });
    if (stage === "local") {
      fill(place, h("p", { class: "tip" }, "This is Holdfast on your machine. Its demo people are ", h("code", {}, "demo@example.com"),
        " and ", h("code", {}, "admin@example.com"), "; ", h("code", {}, "./holdfast up"), " shows their passwords."));
    }
  } catch {
    // without an answer there is no hint; the form says what is wrong when it is sent
  }
}
