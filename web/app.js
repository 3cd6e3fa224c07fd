// The console's start: takes up the session, puts the frame around the pages, and shows the page of the address.
import { fill, h } from "./core/dom.js";
import { ApiError, UNREACHABLE } from "./core/api.js";
import * as session from "./core/session.js";
import { go, here } from "./core/router.js";
import { announce, empty, failure, heading, loading } from "./core/ui.js";
import { shell } from "./core/shell.js";
import { applyTheme } from "./core/theme.js";

const content = document.getElementById("content");
const frame = shell(document.getElementById("app"), content);
let leaving = new AbortController();
let first = true;

async function show() {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const place = here();
  const { view } = place;
  frame.mark(view);
  document.title = view ? `${view.title} · Holdfast` : "Holdfast";
  if (view && view.access !== "public" && !session.me()) {
    go("/signin", { next: place.path });
    return;
  }
  if (!view || (view.access === "admin" && !session.isAdmin())) {
    fill(content, heading("Nothing here"), empty(view ? "Only administrators see this page." : "There is no such page."));
    arrive();
    return;
  }
  if (!content.firstElementChild || first) fill(content, loading());
  try {
    const { default: make } = await view.load().catch(() => {
      throw new ApiError({ code: "unreachable", detail: UNREACHABLE }); // the page's own module did not come
    });
    if (signal.aborted) return;
    fill(content, make({ ...place, signal }));
  } catch (error) {
    if (signal.aborted) return;
    fill(content, heading(view.title), failure(error, show));
  }
  arrive();
}

/** Tells where one is now: the focus goes to the heading, except at the very start, where it is the browser's. */
function arrive() {
  scrollTo(0, 0);
  if (!first) content.querySelector("h1")?.focus({ preventScroll: true });
  first = false;
  announce(document.title);
}

window.addEventListener("hashchange", () => {
  if (location.hash !== "#content") show();
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address belongs to the router
  content.focus();
});
try {
  await session.resume();
} catch {
  // Unreachable right now: the pages say so themselves, each with a way to try again.
}
session.onChange(() => {
  frame.person();
  applyTheme();
  const { view } = here();
  if (!session.me() && view?.access !== "public") go("/");
  else if (view && !["/signin", "/register"].includes(view.path)) show();
});
document.getElementById("app").removeAttribute("aria-busy");
frame.person();
applyTheme();
if (!here().view || here().view.access === "public" || session.me()) show();
else go("/signin", { next: here().path });
