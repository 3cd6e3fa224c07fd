// Charts: a line over an area, and perhaps a second line to compare it with, drawn as SVG. Numbers are used here for
// positions and nothing else; what is written beside the line is the text that the API sent.
import { append, fill, h, s, uid } from "./dom.js";
import * as format from "./format.js";
import { table } from "./ui.js";

const HEIGHT = 320;
const SPACE = { top: 16, right: 12, bottom: 30, left: 68 };
const MONTH = new Intl.DateTimeFormat("en-GB", { month: "short", year: "numeric", timeZone: "UTC" });
const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

/** A chart of the closes of bars ({timestamp, close}, oldest first). */
export function priceChart(bars, { currency, title }) {
  return lineChart(bars.map((bar) => ({ moment: bar.timestamp, text: bar.close })), {
    title, said: (text) => `${format.price(text)} ${currency}`, nouns: ["close", "closes"],
  });
}

/** A chart of amounts over time, as wide as its place and drawn anew when that changes. A point is {moment, text, second}:
 * where `text` is null the line has a gap. `said` writes an amount; `names` are those of both lines, where there are two.
 * At least one point must be known. */
export function lineChart(given, { title, said, nouns = ["day", "days"], names = null }) {
  const points = given.map((each) => ({ ...each, at: Date.parse(each.moment), y: position(each.text), y2: position(each.second) }));
  const words = summary(points, said, nouns);
  const stage = h("div", { class: "chart-stage" });
  const tip = h("output", { class: "chart-tip", hidden: true });
  const figure = h("figure", { class: "chart" }, h("div", { class: "chart-frame" }, stage, tip),
    h("figcaption", {}, names ? h("span", { class: "chart-key" }, h("span", { class: "key-first" }, names[0]),
      h("span", { class: "key-second" }, names[1])) : null, words));
  let width = 0;
  new ResizeObserver(([entry]) => {
    const found = Math.floor(entry.contentRect.width);
    if (found > 0 && found !== width) draw(found);
  }).observe(stage);

  function draw(found) {
    width = found;
    const scale = scales(points, width);
    const floor = HEIGHT - SPACE.bottom;
    const gradient = uid("fade");
    const cursor = s("g", { class: "chart-cursor", visibility: "hidden" },
      s("line", { y1: SPACE.top, y2: floor }), s("circle", { r: 4.5 }));
    const runs = stretches(points, "y");
    const svg = s("svg", {
      width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", tabindex: "0",
      "aria-label": `${title}. ${words} Arrow keys read single ${nouns[1]}.`,
    },
      s("defs", {}, s("linearGradient", { id: gradient, x1: 0, x2: 0, y1: 0, y2: 1 },
        s("stop", { offset: "0", class: "fade-top" }), s("stop", { offset: "1", class: "fade-bottom" }))),
      scale.yTicks.map((tick) => s("g", { class: "chart-grid" },
        s("line", { x1: SPACE.left, x2: width - SPACE.right, y1: tick.at, y2: tick.at }),
        s("text", { x: SPACE.left - 10, y: tick.at, "text-anchor": "end", dy: "0.35em" }, tick.text))),
      scale.xTicks.map((tick) => s("text", { class: "chart-date", x: tick.at, y: HEIGHT - 8, "text-anchor": "middle" }, tick.text)),
      runs.map((run) => [
        s("path", { class: "chart-area", fill: `url(#${gradient})`,
          d: `${path(run, "y", scale)}L${scale.x(run.at(-1).at)} ${floor}L${scale.x(run[0].at)} ${floor}Z` }),
        run.length > 1 ? s("path", { class: "chart-line", d: path(run, "y", scale) })
          : s("circle", { class: "chart-dot", r: runs.length > 1 ? 2 : 4, cx: scale.x(run[0].at), cy: scale.y(run[0].y) })]),
      stretches(points, "y2").map((run) => s("path", { class: "chart-second", d: path(run, "y2", scale) })),
      cursor);
    fill(stage, svg);
    follow(svg, cursor, scale);
  }

  /** The point under the pointer, or the one that the arrow keys walk to. */
  function follow(svg, cursor, scale) {
    let at = points.length - 1;
    const show = (index) => {
      at = Math.max(0, Math.min(points.length - 1, index));
      const { moment, text, second, at: instant, y } = points[at];
      const x = scale.x(instant);
      cursor.setAttribute("visibility", "visible");
      for (const name of ["x1", "x2"]) cursor.firstChild.setAttribute(name, x);
      cursor.lastChild.setAttribute("cx", x);
      cursor.lastChild.setAttribute("cy", y === null ? HEIGHT : scale.y(y));
      tip.hidden = false;
      fill(tip, h("strong", {}, y === null ? "not known" : said(text)), names && second ? h("span", {}, `${names[1]} ${said(second)}`) : null,
        h("span", {}, format.day(moment)));
      tip.style.left = `${Math.max(0, Math.min(width - tip.offsetWidth, x - tip.offsetWidth / 2))}px`;
    };
    const hide = () => {
      cursor.setAttribute("visibility", "hidden");
      tip.hidden = true;
    };
    svg.addEventListener("pointermove", (event) => {
      const moment = scale.moment(event.clientX - svg.getBoundingClientRect().left);
      show(nearest(points, moment));
    });
    svg.addEventListener("pointerleave", hide);
    svg.addEventListener("blur", hide);
    svg.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      show(at + step);
    });
  }

  return figure;
}

/** Where an amount is drawn; null where it is not known. */
const position = (text) => (text === null || text === undefined ? null : Number(text));

/** The runs of points that follow one another without a gap. */
function stretches(points, key) {
  const runs = [[]];
  for (const point of points) {
    if (point[key] !== null) runs.at(-1).push(point);
    else if (runs.at(-1).length) runs.push([]);
  }
  return runs.filter((run) => run.length);
}

const path = (run, key, scale) => run.map((point, at) => `${at ? "L" : "M"}${scale.x(point.at)} ${scale.y(point[key])}`).join("");

function summary(points, said, [one, many]) {
  const known = points.filter((point) => point.y !== null);
  const [first, last] = [known[0], known.at(-1)];
  const low = known.reduce((least, each) => (each.y < least.y ? each : least));
  const high = known.reduce((most, each) => (each.y > most.y ? each : most));
  const told = (point) => `${said(point.text)} on ${format.day(point.moment)}`;
  const lacking = points.length - known.length;
  const gaps = lacking ? ` Of ${lacking} more ${lacking === 1 ? one : many} the value is not known.` : "";
  if (known.length === 1) return `One ${one}: ${told(first)}.${gaps}`;
  return `${known.length} ${many}, from ${told(first)} to ${told(last)}; lowest ${told(low)}, highest ${told(high)}.${gaps}`;
}

/** Positions of moments and prices, and where the axes are labelled. */
function scales(points, width) {
  const values = points.flatMap((point) => [point.y, point.y2]).filter((value) => value !== null);
  const ticks = steps(Math.min(...values), Math.max(...values), 5);
  const [low, high] = [ticks[0], ticks.at(-1)];
  const [start, end] = [points[0].at, points.at(-1).at];
  const [inner, depth] = [width - SPACE.left - SPACE.right, HEIGHT - SPACE.top - SPACE.bottom];
  const round = (value) => Math.round(value * 10) / 10;
  const x = (moment) => round(SPACE.left + (end === start ? 0.5 : (moment - start) / (end - start)) * inner);
  const y = (value) => round(SPACE.top + (1 - (value - low) / (high - low)) * depth);
  const count = Math.max(1, Math.min(6, Math.floor(inner / 110)));
  const long = end - start > 200 * 86400e3;
  const xTicks = start === end ? [{ at: x(start), text: format.day(points[0].moment) }]
    : Array.from({ length: count }, (_, at) => {
      const moment = start + ((at + 0.5) / count) * (end - start);
      return { at: x(moment), text: (long ? MONTH : DATE).format(moment) };
    });
  const decimals = Math.max(0, -Math.floor(Math.log10(ticks[1] - ticks[0]) + 1e-9));
  return {
    x, y, xTicks,
    moment: (position) => start + ((position - SPACE.left) / inner) * (end - start),
    yTicks: ticks.map((value) => ({ at: y(value), text: label(value, decimals) })),
  };
}

export function label(value, decimals) {
  if (Math.abs(value) >= 1e6) return format.compact(value.toFixed(0));
  return format.grouped((value || 0).toFixed(Math.min(decimals, 12))); // "|| 0": the zero of a range below it is -0
}

/** Round numbers around a range: 1, 2 or 5 times a power of ten apart. */
export function steps(low, high, wanted) {
  const span = high - low || Math.abs(high) * 0.1 || 1;
  const rough = span / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough);
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil(high / step));
  return Array.from({ length: last - first + 1 }, (_, at) => (first + at) * step);
}

export function nearest(points, moment) {
  let [low, high] = [0, points.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle].at < moment) low = middle + 1;
    else high = middle;
  }
  const before = points[low - 1];
  return before && moment - before.at < points[low].at - moment ? low - 1 : low;
}

/** The same closes as a table, for who prefers reading them. */
export function closesTable(bars, currency) {
  return chartTable("Closes", ["Date", `Close (${currency})`, "Low", "High", "Volume", { title: "Source", class: "text" }], bars, (bar) => h("tr", {},
    h("th", { scope: "row" }, format.day(bar.timestamp)),
    [bar.close, bar.low, bar.high, bar.volume].map((value) => h("td", { class: "number" }, format.exact(value))),
    h("td", {}, format.source(bar.source))));
}

/** What a chart shows as a table, the newest first: made when it is opened. `row` makes a table row of an item. */
export function chartTable(label, columns, items, row) {
  const body = h("div", {});
  const heads = columns.map((each, at) => (typeof each === "string" ? { title: each, class: at ? "number" : null } : each));
  const details = h("details", { class: "closes", ontoggle: () => {
    if (!details.open || body.hasChildNodes()) return;
    const whole = table(label, heads, h("tbody", {}, [...items].reverse().slice(0, 1000).map(row)));
    whole.classList.add("tall");
    for (const [name, value] of Object.entries({ tabindex: "0", role: "region", "aria-label": label })) whole.setAttribute(name, value);
    append(body, [whole]);
  } }, h("summary", {}, "Show as a table"), body);
  return details;
}
