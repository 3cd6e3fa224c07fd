// A chart of candles: the range of each interval as a line, opening to close as a body, and below it what was traded.
// Numbers are used here for positions and nothing else; what is written is the text that the API sent.
import { fill, h, s } from "./dom.js";
import { label, nearest, steps } from "./chart.js";
import * as format from "./format.js";

const HEIGHT = 340;
const SPACE = { top: 12, right: 12, bottom: 28, left: 62 };
const VOLUME = 54; // height of the tallest volume bar
const FEWEST = 24; // intervals that are drawn at least: a single candle is not as wide as the chart
const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const HOUR = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });

const position = (text) => Number(text);

/** Candles ({opens_at, open_price …}, oldest first, at least one) of `step` ms each; `when` writes a moment. An interval
 * without trades is a gap, as it is no price. */
export function candleChart(candles, { title, step, when }) {
  const points = candles.map((candle) => ({
    candle, at: Date.parse(candle.opens_at) + step / 2,
    open: position(candle.open_price), high: position(candle.high_price), low: position(candle.low_price), close: position(candle.close_price),
  }));
  const words = summary(candles, when);
  const stage = h("div", { class: "chart-stage candle-stage" });
  const tip = h("output", { class: "chart-tip", hidden: true });
  const figure = h("figure", { class: "chart" }, h("div", { class: "chart-frame" }, stage, tip), h("figcaption", {}, words));
  let width = 0;
  new ResizeObserver(([entry]) => {
    const found = Math.floor(entry.contentRect.width);
    if (found > 0 && found !== width) draw(found);
  }).observe(stage);

  function draw(found) {
    width = found;
    const scale = scales(points, step, width);
    const cursor = s("line", { class: "candle-cursor", y1: SPACE.top, y2: HEIGHT - SPACE.bottom, visibility: "hidden" });
    const svg = s("svg", {
      width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", tabindex: "0",
      "aria-label": `${title}. ${words} Arrow keys read single candles.`,
    },
      scale.yTicks.map((tick) => s("g", { class: "chart-grid" },
        s("line", { x1: SPACE.left, x2: width - SPACE.right, y1: tick.at, y2: tick.at }),
        s("text", { x: SPACE.left - 10, y: tick.at, "text-anchor": "end", dy: "0.35em" }, tick.text))),
      scale.xTicks.map((tick) => s("text", { class: "chart-date", x: tick.at, y: HEIGHT - 8, "text-anchor": "middle" }, tick.text)),
      cursor, points.map((point) => candle(point, scale)));
    fill(stage, svg);
    follow(svg, cursor, scale);
  }

  /** The candle under the pointer, or the one that the arrow keys walk to. */
  function follow(svg, cursor, scale) {
    let at = points.length;
    const show = (index) => {
      at = Math.max(0, Math.min(points.length - 1, index));
      const { candle: told, at: instant } = points[at];
      const x = scale.x(instant);
      for (const name of ["x1", "x2"]) cursor.setAttribute(name, x);
      cursor.setAttribute("visibility", "visible");
      tip.hidden = false;
      fill(tip, h("strong", {}, when(told.opens_at)),
        h("span", {}, `Open ${format.price(told.open_price)}, close ${format.price(told.close_price)}`),
        h("span", {}, `Low ${format.price(told.low_price)}, high ${format.price(told.high_price)}`),
        h("span", {}, `${format.grouped(String(told.volume_shares))} shares in ${told.trade_count === 1 ? "1 trade" : `${told.trade_count} trades`}`));
      tip.style.left = `${Math.max(0, Math.min(width - tip.offsetWidth, x < width / 2 ? x + 12 : x - 12 - tip.offsetWidth))}px`;
    };
    const hide = () => {
      cursor.setAttribute("visibility", "hidden");
      tip.hidden = true;
    };
    svg.addEventListener("pointermove", (event) => show(nearest(points, scale.moment(event.clientX - svg.getBoundingClientRect().left))));
    svg.addEventListener("pointerleave", hide);
    svg.addEventListener("blur", hide);
    svg.addEventListener("keydown", (event) => {
      const walk = { ArrowLeft: -1, ArrowRight: 1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity }[event.key];
      if (walk === undefined) return;
      event.preventDefault();
      show(at + walk);
    });
  }

  return figure;
}

function candle(point, scale) {
  const x = scale.x(point.at);
  const [top, foot] = [scale.y(Math.max(point.open, point.close)), scale.y(Math.min(point.open, point.close))];
  const tall = scale.volume(point.candle.volume_shares);
  const shape = (name, y, height) => s("rect", { class: name, x: x - scale.body / 2, y, width: scale.body, height: Math.max(1.5, height) });
  return s("g", { class: `candle ${point.close < point.open ? "down" : "up"}` },
    shape("candle-volume", HEIGHT - SPACE.bottom - tall, tall),
    s("line", { x1: x, x2: x, y1: scale.y(point.high), y2: scale.y(point.low) }), shape("candle-body", top, foot - top));
}

function scales(points, step, width) {
  const end = points.at(-1).at + step / 2;
  const start = Math.min(points[0].at - step / 2, end - FEWEST * step);
  const inner = width - SPACE.left - SPACE.right;
  const x = (instant) => SPACE.left + ((instant - start) / (end - start)) * inner;
  const ticks = steps(Math.min(...points.map((point) => point.low)), Math.max(...points.map((point) => point.high)), 4);
  const floor = HEIGHT - SPACE.bottom - VOLUME - 10;
  const y = (value) => floor - ((value - ticks[0]) / (ticks.at(-1) - ticks[0])) * (floor - SPACE.top);
  const most = Math.max(1, ...points.map((point) => point.candle.volume_shares));
  const count = Math.max(2, Math.min(6, Math.floor(width / 130)));
  const write = end - start > 2.5 * 86400e3 ? DATE : HOUR;
  const decimals = Math.max(0, -Math.floor(Math.log10(ticks[1] - ticks[0]) + 1e-9));
  return {
    x, y, body: Math.max(1.5, Math.min(14, (inner * step) / (end - start) * 0.7)),
    volume: (shares) => (shares / most) * VOLUME,
    moment: (at) => start + ((at - SPACE.left) / inner) * (end - start),
    yTicks: ticks.map((value) => ({ at: y(value), text: label(value, decimals) })),
    xTicks: Array.from({ length: count }, (_, at) => {
      const instant = start + ((at + 0.5) / count) * (end - start);
      return { at: x(instant), text: write.format(instant) };
    }),
  };
}

function summary(candles, when) {
  const [first, last] = [candles[0], candles.at(-1)];
  const many = candles.length === 1 ? "1 candle" : `${candles.length} candles`;
  return `${many}, ${when(first.opens_at)} to ${when(last.opens_at)}: from ${format.price(first.open_price)} to ${format.price(last.close_price)}. Times without trades are gaps.`;
}
