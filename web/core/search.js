// Finding an asset by typing: a combobox as ARIA describes it. The list follows the typing; arrow keys choose.
import * as api from "./api.js";
import { fill, h, icon, uid } from "./dom.js";
import { badge } from "./ui.js";

const PAUSE = 150; // between typing and asking
const SHOWN = 8;

/** A search field. `choose` is called with the asset taken. Inside a form it has the `id` that its label names. */
export function assetSearch(choose, { id = null, describedBy = null } = {}) {
  const list = h("ul", { id: uid("found"), class: "found", role: "listbox", "aria-label": "Assets found", hidden: true });
  const input = h("input", {
    type: "search", class: "search-input", role: "combobox", placeholder: "Find an asset", id,
    "aria-label": id ? null : "Find an asset", "aria-describedby": describedBy,
    "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, autocomplete: "off", spellcheck: "false",
  });
  const said = h("span", { class: "unseen", role: "status" });
  const element = h("div", { class: "search" }, icon("search"), input, list, said);
  let found = [];
  let at = -1;
  let timer = null;
  let asking = new AbortController();

  function close() {
    clearTimeout(timer);
    asking.abort();
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    at = -1;
  }

  async function ask() {
    const words = input.value.trim();
    asking.abort();
    if (!words) return close();
    asking = new AbortController();
    try {
      const page = await api.get("/v1/assets", { query: { q: words, limit: SHOWN }, signal: asking.signal });
      found = page.items;
      show(found.length ? null : `No asset is called “${words}”.`);
      said.textContent = found.length ? `${found.length} found` : "Nothing found";
    } catch (error) {
      if (api.isAborted(error)) return undefined;
      found = [];
      show(error.detail ?? "The search did not work. Try again.");
    }
    return undefined;
  }

  function show(words) {
    fill(list, words ? h("li", { class: "found-none" }, words) : found.map((asset, index) => h("li", {
      id: `${list.id}-${index}`, role: "option", "aria-selected": "false", class: "found-one",
      onpointerdown: (event) => { event.preventDefault(); take(index); },
    }, h("strong", {}, asset.symbol), h("span", { class: "found-name" }, asset.name),
      badge(asset.exchange ?? asset.asset_type, "plain"))));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    move(-1);
  }

  function move(index) {
    at = found.length ? Math.max(-1, Math.min(found.length - 1, index)) : -1;
    for (const [each, option] of [...list.children].entries()) option.setAttribute("aria-selected", String(each === at));
    if (at < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", `${list.id}-${at}`);
      list.children[at].scrollIntoView({ block: "nearest" });
    }
  }

  function take(index) {
    const asset = found[index];
    if (!asset) return;
    input.value = "";
    close();
    input.blur();
    choose(asset);
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown") list.hidden ? ask() : move(at + 1);
    else if (event.key === "ArrowUp") move(at - 1);
    else if (event.key === "Enter" && !list.hidden) take(Math.max(at, 0));
    else return;
    event.preventDefault();
  });
  return element;
}
