// The price chart: closes as a line over an area, drawn as SVG. Numbers are used here for positions and nothing else; what
// is written beside the line is the text that the API sent.
import { append, fill, h, s, uid } from "./dom.js";
import * as format from "./format.js";

const HEIGHT = 320;
const SPACE = { top: 16, right: 12, bottom: 30, left: 68 };
const MONTH = new Intl.DateTimeFormat("en-GB", { month: "short", year: "numeric", timeZone: "UTC" });
const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

/** A chart of bars ({timestamp, close}, oldest first), as wide as its place and drawn anew when that changes. */
export function priceChart(bars, { currency, title }) {
  const points = bars.map((bar) => ({ bar, at: Date.parse(bar.timestamp), y: Number(bar.close) }));
  const stage = h("div", { class: "chart-stage" });
  const tip = h("output", { class: "chart-tip", hidden: true });
  const figure = h("figure", { class: "chart" }, h("div", { class: "chart-frame" }, stage, tip),
    h("figcaption", {}, summary(points, currency)));
  let width = 0;
  new ResizeObserver(([entry]) => {
    const found = Math.floor(entry.contentRect.width);
    if (found > 0 && found !== width) draw(found);
  }).observe(stage);

  function draw(found) {
    width = found;
    const scale = scales(points, width);
    const path = points.map((point, at) => `${at ? "L" : "M"}${scale.x(point.at)} ${scale.y(point.y)}`).join("");
    const floor = HEIGHT - SPACE.bottom;
    const gradient = uid("fade");
    const cursor = s("g", { class: "chart-cursor", visibility: "hidden" },
      s("line", { y1: SPACE.top, y2: floor }), s("circle", { r: 4.5 }));
    const svg = s("svg", {
      width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", tabindex: "0",
      "aria-label": `${title}. ${summary(points, currency)} Arrow keys read single closes.`,
    },
      s("defs", {}, s("linearGradient", { id: gradient, x1: 0, x2: 0, y1: 0, y2: 1 },
        s("stop", { offset: "0", class: "fade-top" }), s("stop", { offset: "1", class: "fade-bottom" }))),
      scale.yTicks.map((tick) => s("g", { class: "chart-grid" },
        s("line", { x1: SPACE.left, x2: width - SPACE.right, y1: tick.at, y2: tick.at }),
        s("text", { x: SPACE.left - 10, y: tick.at, "text-anchor": "end", dy: "0.35em" }, tick.text))),
      scale.xTicks.map((tick) => s("text", { class: "chart-date", x: tick.at, y: HEIGHT - 8, "text-anchor": "middle" }, tick.text)),
      points.length > 1 ? s("path", {
        class: "chart-area", fill: `url(#${gradient})`,
        d: `${path}L${scale.x(points.at(-1).at)} ${floor}L${scale.x(points[0].at)} ${floor}Z`,
      }) : null,
      points.length > 1 ? s("path", { class: "chart-line", d: path })
        : s("circle", { class: "chart-dot", r: 4, cx: scale.x(points[0].at), cy: scale.y(points[0].y) }),
      cursor);
    fill(stage, svg);
    follow(svg, cursor, scale);
  }

  /** The close under the pointer, or the one that the arrow keys walk to. */
  function follow(svg, cursor, scale) {
    let at = points.length - 1;
    const show = (index) => {
      at = Math.max(0, Math.min(points.length - 1, index));
      const { bar, at: moment, y } = points[at];
      const [x, height] = [scale.x(moment), scale.y(y)];
      cursor.setAttribute("visibility", "visible");
      for (const name of ["x1", "x2"]) cursor.firstChild.setAttribute(name, x);
      cursor.lastChild.setAttribute("cx", x);
      cursor.lastChild.setAttribute("cy", height);
      tip.hidden = false;
      fill(tip, h("strong", {}, `${format.price(bar.close)} ${currency}`), h("span", {}, format.day(bar.timestamp)));
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

function summary(points, currency) {
  const [first, last] = [points[0], points.at(-1)];
  const low = points.reduce((least, each) => (each.y < least.y ? each : least));
  const high = points.reduce((most, each) => (each.y > most.y ? each : most));
  const said = (point) => `${format.price(point.bar.close)} ${currency} on ${format.day(point.bar.timestamp)}`;
  const count = `${points.length} closes, from`;
  if (points.length === 1) return `One close: ${said(first)}.`;
  return `${count} ${said(first)} to ${said(last)}; lowest ${said(low)}, highest ${said(high)}.`;
}

/** Positions of moments and prices, and where the axes are labelled. */
function scales(points, width) {
  const values = points.map((point) => point.y);
  const ticks = steps(Math.min(...values), Math.max(...values), 5);
  const [low, high] = [ticks[0], ticks.at(-1)];
  const [start, end] = [points[0].at, points.at(-1).at];
  const [inner, depth] = [width - SPACE.left - SPACE.right, HEIGHT - SPACE.top - SPACE.bottom];
  const round = (value) => Math.round(value * 10) / 10;
  const x = (moment) => round(SPACE.left + (end === start ? 0.5 : (moment - start) / (end - start)) * inner);
  const y = (value) => round(SPACE.top + (1 - (value - low) / (high - low)) * depth);
  const count = Math.max(1, Math.min(6, Math.floor(inner / 110)));
  const long = end - start > 200 * 86400e3;
  const xTicks = start === end ? [{ at: x(start), text: format.day(points[0].bar.timestamp) }]
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

function label(value, decimals) {
  if (value >= 1e6) return format.compact(value.toFixed(0));
  return format.grouped(Math.abs(value).toFixed(Math.min(decimals, 12)));
}

/** Round numbers around a range: 1, 2 or 5 times a power of ten apart. */
function steps(low, high, wanted) {
  const span = high - low || Math.abs(high) * 0.1 || 1;
  const rough = span / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough);
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil(high / step));
  return Array.from({ length: last - first + 1 }, (_, at) => (first + at) * step);
}

function nearest(points, moment) {
  let [low, high] = [0, points.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle].at < moment) low = middle + 1;
    else high = middle;
  }
  const before = points[low - 1];
  return before && moment - before.at < points[low].at - moment ? low - 1 : low;
}

/** The same closes as a table, for who prefers reading them: made when it is opened. */
export function closesTable(bars, currency) {
  const body = h("div", {});
  const details = h("details", { class: "closes", ontoggle: () => {
    if (!details.open || body.hasChildNodes()) return;
    append(body, [h("div", { class: "scroll tall", tabindex: "0", role: "region", "aria-label": "Closes" },
      h("table", {}, h("thead", {}, h("tr", {}, ["Date", `Close (${currency})`, "Low", "High", "Volume", "Source"].map((each, at) =>
        h("th", { scope: "col", class: at > 0 && at < 5 ? "number" : null }, each)))),
      h("tbody", {}, [...bars].reverse().slice(0, 1000).map((bar) => h("tr", {},
        h("th", { scope: "row" }, format.day(bar.timestamp)),
        [bar.close, bar.low, bar.high, bar.volume].map((value) => h("td", { class: "number" }, format.exact(value))),
        h("td", {}, format.source(bar.source)))))))]);
  } }, h("summary", {}, "Show as a table"), body);
  return details;
}
