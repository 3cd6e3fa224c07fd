// One asset: its price now, its history as a chart, watching it, and the fetching of its history.
import * as api from "../core/api.js";
import { closesTable, priceChart } from "../core/chart.js";
import { fill, h } from "../core/dom.js";
import { doing, field, form } from "../core/form.js";
import * as format from "../core/format.js";
import { follow, repeat } from "../core/live.js";
import { link, note } from "../core/router.js";
import * as session from "../core/session.js";
import { badge, choice, empty, heading, loading, money, move, notice, panel, region, time } from "../core/ui.js";
import { backfillCard, isAtWork } from "./backfill-card.js";

const RANGES = { "1M": 1, "3M": 3, "1Y": 12, max: null };
const INTERVALS = [["1d", "Days"], ["1w", "Weeks"], ["1M", "Months"]];
const FIRST_DAY = "1970-01-01";

export default function view({ params, query, signal }) {
  const title = h("div", {}, heading("Asset"));
  const whole = region(() => api.get(`/v1/assets/${encodeURIComponent(params.id)}`, { signal }), (asset) => {
    const focused = title.contains(document.activeElement);
    document.title = `${asset.symbol} · Holdfast`;
    fill(title, headingOf(asset));
    if (focused) title.querySelector("h1").focus({ preventScroll: true });
    return page(asset, query, signal);
  });
  return h("div", {}, title, whole.element);
}

function headingOf(asset) {
  return heading(h("span", { class: "asset-title" }, asset.symbol, h("span", { class: "asset-title-name" }, asset.name)),
    badge(asset.asset_type, "plain"), asset.exchange ? h("span", { class: "badge plain" }, asset.exchange) : null,
    asset.is_active ? null : badge("not active", "warn"));
}

function page(asset, query, signal) {
  const chart = history(asset, query, signal);
  const now = latest(asset, signal);
  const mine = session.me() ? watching(asset, signal, chart.refresh) : panel("Watch it",
    empty("Sign in to watch this asset: its price is kept fresh and its history fetched for you.",
      h("a", { class: "button", href: link("/signin", { next: `/assets/${asset.id}` }) }, "Sign in")));
  return h("div", {}, now.element,
    h("div", { class: "asset-frame" }, panel("Price history", chart.element), h("div", { class: "asset-side" }, mine)));
}

/** The latest price and what the last 24 hours were like, live. */
function latest(asset, signal) {
  const place = region(async () => {
    const { items } = await api.get("/v1/prices/latest", { query: { symbols: asset.symbol }, signal });
    return items.find((item) => item.asset_id === asset.id) ?? null;
  }, (price) => {
    if (!price) return h("p", { class: "soft" }, "No latest price is known. Prices are refreshed for assets that somebody watches.");
    const figure = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));
    return h("div", { class: "quote" },
      h("p", { class: "quote-price" }, money(price.price, price.currency), move(price.change_percentage_24h),
        price.change_24h ? h("span", { class: "soft" }, `${format.change(price.change_24h)} in 24 hours`) : null),
      h("dl", { class: "figures" },
        figure("Low", money(price.low_24h)), figure("High", money(price.high_24h)),
        figure("Volume", price.volume_24h_value ? money(price.volume_24h_value, price.currency, format.compact)
          : money(price.volume_24h, asset.symbol, format.compact)),
        figure("Market value", money(price.market_cap, price.currency, format.compact)),
        figure("As of", time(price.as_of)), figure("Source", format.source(price.source))));
  });
  follow("prices", async (events) => {
    if (!events.length || events.some((event) => asset.symbol in (event.payload.prices ?? {}))) await place.refresh();
  }, { signal });
  return place;
}

/** The chart with its ranges and intervals; the choice stands in the address, so that it can be kept and passed on. */
function history(asset, query, signal) {
  const chosen = {
    range: query.range in RANGES ? query.range : "1Y",
    interval: INTERVALS.some(([value]) => value === query.interval) ? query.interval : "1d",
  };
  const place = region(() => api.all(`/v1/assets/${asset.id}/prices`, {
    query: { from: RANGES[chosen.range] === null ? FIRST_DAY : format.monthsAgo(RANGES[chosen.range]), interval: chosen.interval, limit: 5000 }, signal,
  }), (bars) => {
    if (!bars.length) return empty("No prices are known in this range. Watch the asset to have its history fetched, or choose a longer range.");
    return h("div", {}, priceChart(bars, { currency: asset.native_currency, title: `Closes of ${asset.symbol}` }),
      closesTable(bars, asset.native_currency));
  });
  const choose = (what) => {
    Object.assign(chosen, what);
    note(`/assets/${asset.id}`, chosen);
    place.refresh();
  };
  const element = h("div", {}, h("div", { class: "filters" },
    choice("Range", Object.keys(RANGES).map((range) => [range, range === "max" ? "Max" : range]), chosen.range, (range) => choose({ range })),
    choice("Interval", INTERVALS, chosen.interval, (interval) => choose({ interval }))), place.element);
  return { element, refresh: place.refresh };
}

/** Watching it or not, since when, and how far the fetching of its history is. */
function watching(asset, signal, refreshChart) {
  const fetching = h("div", { class: "fetching" });
  const place = region(async () => {
    const { items } = await api.get("/v1/watched-assets", { signal });
    return items.find((item) => item.id === asset.id) ?? null;
  }, (watch) => (watch ? watched(watch) : unwatched()));

  function unwatched() {
    return form({
      fields: [field("Since", "since", { type: "date", value: format.monthsAgo(12), max: format.today(), min: FIRST_DAY, required: true,
        hint: "The history is fetched from one year before this day." })],
      action: "Watch", kind: "wide",
      submit: async ({ since }) => {
        const answer = await api.put(`/v1/assets/${asset.id}/watch`, { since }, { signal });
        notice(answer.backfills.length ? `You watch ${asset.symbol}. Its history is being fetched.` : `You watch ${asset.symbol}.`);
        place.refresh();
        followFetching();
      },
    });
  }

  function watched(watch) {
    return h("div", {}, h("p", {}, "You have watched it since ", h("strong", {}, format.day(watch.since)), "."),
      doing("Unwatch", async () => {
        await api.remove(`/v1/assets/${asset.id}/watch`, { signal });
        notice(`You no longer watch ${asset.symbol}. What was fetched stays.`);
        place.refresh();
      }));
  }

  let landed = null;
  let begun = new AbortController();

  /** Looks again every second or two while something is being fetched, and draws the chart anew as bars land. */
  function followFetching() {
    begun.abort();
    begun = new AbortController();
    if (!fetching.hasChildNodes()) fill(fetching, loading());
    repeat(async () => {
      const { items } = await api.get("/v1/backfills", { query: { asset_id: asset.id, limit: 5 }, signal });
      fill(fetching, items.length ? items.map(backfillCard) : h("p", { class: "soft" }, "Nothing of its history was fetched for you yet."));
      const sum = items.reduce((total, item) => total + item.rows_landed, 0);
      if (landed !== null && sum !== landed) refreshChart();
      landed = sum;
      return items.some(isAtWork) ? 1500 : false;
    }, { pause: 1500, signal: AbortSignal.any([signal, begun.signal]), now: true });
  }

  followFetching();
  return h("div", {}, panel("Watching", place.element), panel("Fetched history", fetching));
}
