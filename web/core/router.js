// From the address behind # to a view: "#/assets/12?range=1Y" → the view of "/assets/:id" with {id: "12"} and {range: "1Y"}.
import { views } from "../views/registry.js";

/** Where the browser is: {view, params, query, path}. `view` is null where nothing fits. */
export function here() {
  const [path, search = ""] = location.hash.replace(/^#/, "").split("?");
  const query = Object.fromEntries(new URLSearchParams(search));
  const clean = path && path !== "content" ? path : "/";
  for (const view of views) {
    const params = matched(view.path, clean);
    if (params) return { view, params, query, path: clean };
  }
  return { view: null, params: {}, query, path: clean };
}

/** The address of a place: link("/assets/12", {range: "1Y"}). */
export function link(path, query = {}) {
  const pairs = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return `#${path}${pairs.length ? `?${new URLSearchParams(pairs)}` : ""}`;
}

export function go(path, query) {
  location.hash = link(path, query);
}

/** Changes the address without a new entry in the history and without showing the view again: for filters and ranges. */
export function note(path, query) {
  history.replaceState(null, "", link(path, query));
}

function matched(pattern, path) {
  const want = pattern.split("/");
  const have = path.split("/");
  if (want.length !== have.length) return null;
  const params = {};
  for (const [at, part] of want.entries()) {
    if (part.startsWith(":") && have[at]) params[part.slice(1)] = decodeURIComponent(have[at]);
    else if (part !== have[at]) return null;
  }
  return params;
}
