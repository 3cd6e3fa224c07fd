// The parts that pages are made of. Each page says what it shows; how waiting, emptiness and errors look is said here.
import { ApiError, isAborted } from "./api.js";
import { append, fill, h, icon, uid } from "./dom.js";
import * as format from "./format.js";

/** A page's heading. It takes the focus when the page is opened, so that screen readers begin there. */
export function heading(title, ...beside) {
  return h("header", { class: "heading" }, h("h1", { tabindex: "-1" }, title), beside.length ? h("div", { class: "beside" }, beside) : null);
}

export function panel(title, ...children) {
  const id = uid("panel");
  return h("section", { class: "panel", "aria-labelledby": id }, h("h2", { id }, title), children);
}

/** What went wrong, with what a report of it should name, and a way to try again. */
export function failure(error, retry = null) {
  const known = error instanceof ApiError;
  if (!known) console.error(error);
  return h("div", { class: "failure", role: "alert" },
    icon("warning"),
    h("div", {},
      h("p", { class: "failure-words" }, known ? error.detail : "The console made a mistake. Reload the page and try again."),
      known && error.retryAfter ? h("p", {}, `Try again in ${error.retryAfter} seconds.`) : null,
      known && error.requestId ? h("p", { class: "request-id" }, "Request ", h("code", {}, error.requestId)) : null,
      retry && error.status !== 404 ? h("button", { type: "button", class: "quiet", onclick: retry }, "Try again") : null));
}

export function empty(words, ...more) {
  return h("div", { class: "empty" }, h("p", {}, words), more);
}

export function loading(words = "Loading …") {
  return h("div", { class: "loading" }, h("span", { class: "spinner", "aria-hidden": "true" }), words);
}

/** A place whose content is fetched: shows that it is on its way, then what `show` makes of it, or what went wrong.
 * `refresh()` fetches again and leaves the old content in place meanwhile. */
export function region(fetch, show, { keepOld = true } = {}) {
  const element = h("div", { class: "region" });
  let turn = 0;
  async function refresh() {
    const mine = ++turn;
    element.setAttribute("aria-busy", "true");
    if (!keepOld || !element.hasChildNodes()) fill(element, loading());
    try {
      const found = await fetch();
      if (mine === turn) keepingFocus(element, () => fill(element, show(found)));
    } catch (error) {
      if (mine === turn && !isAborted(error)) fill(element, failure(error, refresh));
    } finally {
      if (mine === turn) element.removeAttribute("aria-busy");
    }
  }
  refresh();
  return { element, refresh };
}

/** Changes a place's content. Where the focus was in it, and its element is gone, the one that says the same takes it, or
 * the next best: somebody who uses the keyboard must not be thrown about while a page keeps itself fresh. */
function keepingFocus(place, change) {
  const had = place.contains(document.activeElement) ? document.activeElement : null;
  change();
  if (had === null || place.contains(document.activeElement)) return;
  const all = [...place.querySelectorAll("a[href], button:not([disabled]), input, select, textarea, summary")];
  (all.find((each) => saysTheSame(each, had)) ?? all[0])?.focus({ preventScroll: true });
}

const saidBy = (element) => element.getAttribute("aria-label") ?? element.textContent;
const saysTheSame = (one, other) => one.tagName === other.tagName && one.getAttribute("href") === other.getAttribute("href") && saidBy(one) === saidBy(other);

/** A list in pages with a button for more. `row` makes a table row of an item. */
export function paged({ caption, columns, fetch, row, none }) {
  const body = h("tbody", {});
  const foot = h("div", { class: "more" });
  const place = h("div", { class: "region" });
  let turn = 0;
  async function load(cursor, mine) {
    if (cursor !== null) fill(foot, loading());
    try {
      const page = await fetch(cursor);
      if (mine !== turn) return;
      if (cursor === null) {
        keepingFocus(place, () => {
          fill(body, page.items.map(row));
          fill(place, page.items.length ? table(caption, columns, body) : empty(none), foot);
        });
      } else append(body, page.items.map(row));
      const next = page.next_cursor;
      fill(foot, next ? h("button", { type: "button", class: "quiet", onclick: () => load(next, mine) }, "Show more") : null);
    } catch (error) {
      if (mine === turn && !isAborted(error)) fill(cursor === null ? place : foot, failure(error, () => load(cursor, mine)));
    }
  }
  function refresh() {
    turn += 1;
    if (!place.hasChildNodes()) fill(place, loading());
    return load(null, turn);
  }
  refresh();
  return { element: place, refresh };
}

/** A table. A column is its title, or {title, class}; on a phone each cell is shown with its column's title. */
export function table(caption, columns, body) {
  return h("div", { class: "scroll" }, h("table", {}, top(caption, columns), body));
}

const top = (caption, columns) => [h("caption", { class: "unseen" }, caption), h("thead", {}, h("tr", {},
  columns.map((each) => h("th", { scope: "col", class: each.class }, each.title ?? each))))];

/** A narrow table of few columns, which stays one on a phone. */
export const dense = (caption, columns, ...bodies) => h("table", { class: "dense" }, top(caption, columns), bodies);

/** A cell. `label` names it where the table is shown as cards. */
export const cell = (label, content, kind = null) => h("td", { "data-label": label, class: kind }, content ?? format.NONE);

export function badge(text, kind = "") {
  return h("span", { class: `badge ${kind}` }, format.words(text));
}

const KINDS = { completed: "good", succeeded: "good", kept: "good", failed: "bad", rate_limited: "warn", open: "warn", removed: "bad" };
export const status = (text) => badge(text, KINDS[text] ?? "");

/** A moment as "3 min ago", with the exact time behind it. */
export function time(text) {
  return text ? h("time", { datetime: text, title: format.moment(text) }, format.ago(text)) : format.NONE;
}

/** A change of price, green or red, and with its sign for who does not see colours. */
export function move(text, write = format.percent) {
  const kind = { 1: "up", 0: "flat", "-1": "down" }[format.sign(text)];
  return h("span", { class: `move ${kind}`, title: format.exact(text) }, write(text));
}

/** A figure that is not known, with the reason: nothing stands in for it. */
export const unknown = (reason) => h("span", { class: "unknown" }, "unknown", reason ? h("span", { class: "why" }, reason) : null);

export const money = (text, currency, write = format.price) => h("span", { class: "money", title: format.exact(text) },
  write(text), text !== null && text !== undefined && currency ? h("span", { class: "currency" }, ` ${currency}`) : null);

export function progress(percent, label) {
  return h("span", { class: "progress" }, h("progress", { max: "100", value: String(percent), "aria-label": label }),
    h("span", { class: "progress-number" }, `${percent} %`));
}

/** Buttons of which one is chosen. */
export function choice(label, options, chosen, choose) {
  const group = h("div", { class: "choice", role: "group", "aria-label": label });
  for (const option of options) {
    const [value, title] = Array.isArray(option) ? option : [option, option];
    group.append(h("button", {
      type: "button", "aria-pressed": String(value === chosen), "data-value": value,
      onclick: (event) => {
        for (const each of group.children) each.setAttribute("aria-pressed", String(each === event.currentTarget));
        choose(value);
      },
    }, title));
  }
  return group;
}

/** Says something to screen readers without showing it. */
export function announce(words) {
  document.getElementById("announcer").textContent = words;
}

/** Says something to everybody, for a few seconds. */
export function notice(words, kind = "good") {
  const element = h("p", { class: `notice ${kind}` }, words);
  const place = document.getElementById("notices");
  place.append(element);
  while (place.children.length > 3) place.firstChild.remove();
  setTimeout(() => element.remove(), 6000);
}
