// Elements from code. Text always becomes text nodes, never markup: what comes from the API cannot inject anything.

const SVG = "http://www.w3.org/2000/svg";

/** An element: h("button", {class: "quiet", onclick: save, disabled: busy}, "Save"). */
export function h(tag, props, ...children) {
  return build(document.createElement(tag), props, children);
}

/** The same for SVG. */
export function s(tag, props, ...children) {
  return build(document.createElementNS(SVG, tag), props, children);
}

/** Puts children in place of what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren();
  return append(element, children);
}

export function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) {
      element.append(child instanceof Node ? child : String(child));
    }
  }
  return element;
}

function build(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") setValue(element, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  return append(element, children);
}

/** A value that a form's reset goes back to. */
function setValue(element, value) {
  if ("defaultValue" in element) element.defaultValue = value;
  element.value = value;
}

let last = 0;
/** An id that no other element has, for labels and descriptions. */
export const uid = (prefix) => `${prefix}-${++last}`;

const ICONS = {
  market: "M3 17l5-6 4 3 8-9M15 5h5v5",
  search: "M10.5 4a6.5 6.5 0 100 13 6.5 6.5 0 000-13zM15.5 15.5L21 21",
  assets: "M4 5h16v4H4zM4 12h16M4 16h16M4 20h10",
  rates: "M4 8h14l-3-3M20 16H6l3 3",
  backfill: "M12 4v11m0 0l-4-4m4 4l4-4M5 20h14",
  person: "M12 12a4 4 0 100-8 4 4 0 000 8zM4.5 20c1-4 4-5.5 7.500-5.500s6.500 1.500 7.500 5.500",
  key: "M14.500 9.500a4 4 0 11-1.200-2.800M12.800 10.800L20 18v2h-3v-2h-2v-2h-1.800",
  shield: "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6z",
  book: "M5 5c3-1.500 5-1 7 .5 2-1.500 4-2 7-.5v14c-3-1.500-5-1-7 .5-2-1.500-4-2-7-.5zM12 5.500v14",
  menu: "M4 7h16M4 12h16M4 17h16",
  portfolio: "M4 8h16v11H4zM9 8V5h6v3M4 13h16",
  exchange: "M7 4v16M4 8h6v8H4zM17 3v18M14 6h6v7h-6z",
  wallet: "M4 7h15v12H4zM4 7l11-3v3M15 13h4",
  ranking: "M4 20v-6h5v6M9.500 20V5h5v15M15 20v-9h5v9M3 20h18",
  vault: "M4 4h16v14H4zM12 8a3 3 0 100 6 3 3 0 000-6zM12 3.500v1M7 18v2M17 18v2",
  warning: "M12 4l9 16H3zM12 10v4m0 3v.01",
};

/** A small drawing beside words that say the same, and so hidden from screen readers. */
export function icon(name) {
  return s("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    s("path", { d: ICONS[name] ?? ICONS.market }));
}
