// What one watches, or all that has a price: live.
import * as api from "../core/api.js";
import { fill, h } from "../core/dom.js";
import * as format from "../core/format.js";
import { follow } from "../core/live.js";
import { link } from "../core/router.js";
import * as session from "../core/session.js";
import { announce, cell, choice, empty, heading, money, move, region, table, time } from "../core/ui.js";

const AT_ONCE = 100; // symbols that one request may name

export default function view({ query, signal }) {
  const beat = h("p", { class: "live" }, h("span", { class: "live-dot", "aria-hidden": "true" }), h("span", {}, "Live"));
  const watched = session.me() !== null && query.show !== "all";
  const rows = new Map(); // asset id → what of its row changes
  const list = region(() => (watched ? watchedAssets(signal) : allAssets(signal)), (items) => draw(items));

  function draw(items) {
    rows.clear();
    if (!items.length) {
      return watched ? empty("You watch nothing yet. Find an asset, open it and press Watch.", h("a", { class: "button", href: "#/assets" }, "Find assets"))
        : empty("No prices yet. They arrive with the first refresh, within a minute or two of an asset being watched.");
    }
    const columns = ["Asset", { title: "Price", class: "number" }, { title: "24 hours", class: "number" },
      { title: "Range of 24 hours", class: "number" }, { title: "Market value", class: "number" }, { title: "As of", class: "number" }];
    return table(watched ? "Assets that you watch" : "All assets with a price", columns, h("tbody", {}, items.map(row)));
  }

  function row(item) {
    const cells = {
      price: cell("Price", null, "number strong"), change: cell("24 hours", null, "number"), range: cell("Range", null, "number soft"),
      value: cell("Market value", null, "number soft"), time: cell("As of", null, "number soft"),
    };
    rows.set(item.id, { cells, item });
    put(cells, item);
    return h("tr", {}, h("th", { scope: "row", class: "asset-cell" },
      h("a", { href: `#/assets/${item.id}` }, h("strong", {}, item.symbol), h("span", { class: "asset-name" }, item.name))),
    Object.values(cells));
  }

  function put(cells, item) {
    fill(cells.price, money(item.price, item.currency));
    fill(cells.change, move(item.change_percentage_24h));
    fill(cells.range, item.low_24h && item.high_24h ? `${format.price(item.low_24h)} – ${format.price(item.high_24h)}` : format.NONE);
    fill(cells.value, format.compact(item.market_cap));
    fill(cells.time, time(item.as_of));
  }

  /** New prices go into their rows, which light up for a moment. */
  async function update(symbols) {
    const shown = [...rows.values()].map(({ item }) => item.symbol).filter((symbol) => symbols?.has(symbol) ?? true);
    if (rows.size === 0) return symbols ? list.refresh() : undefined;
    const latest = await prices(shown, signal);
    let changed = 0;
    for (const price of latest) {
      const known = rows.get(price.asset_id);
      if (!known) continue;
      const step = Number(price.price) - Number(known.item.price); // only for the colour of the flash
      Object.assign(known.item, price);
      put(known.cells, known.item);
      if (step) {
        changed += 1;
        flash(known.cells.price, step > 0 ? "up" : "down");
      }
    }
    if (changed) announce(`${changed} ${changed === 1 ? "price" : "prices"} changed`);
    return undefined;
  }

  follow("prices", async (events) => {
    if (!events.length) return void await update(null);
    beat.classList.add("beat");
    setTimeout(() => beat.classList.remove("beat"), 1200);
    await update(new Set(events.flatMap((event) => Object.keys(event.payload.prices ?? {}))));
    return undefined;
  }, { signal });

  const modes = session.me() ? choice("Which assets", [["watched", "Watched"], ["all", "All"]], watched ? "watched" : "all", (chosen) => {
    location.hash = link("/", chosen === "all" ? { show: "all" } : {});
  }) : null;
  return h("div", {}, heading("Overview", beat, modes), session.me() ? null : welcome(), list.element);
}

function welcome() {
  return h("div", { class: "welcome" },
    h("div", {}, h("p", { class: "welcome-title" }, "Who holds what, what it is worth, how it trades."),
      h("p", {}, "Sign in to watch assets: their prices are kept fresh and their histories fetched for you.")),
    h("p", { class: "actions" }, h("a", { class: "button", href: "#/register" }, "Create an account"), h("a", { class: "button quiet", href: "/docs" }, "Read the API reference")));
}

async function watchedAssets(signal) {
  const { items } = await api.get("/v1/watched-assets", { signal });
  const latest = new Map((await prices(items.map((item) => item.symbol), signal)).map((each) => [each.asset_id, each]));
  return items.map((item) => ({ ...item, ...latest.get(item.id) }));
}

async function allAssets(signal) {
  const { items } = await api.get("/v1/market-data", { signal });
  return items.map((item) => ({
    ...item, id: item.asset_id, price: item.price_usd, currency: "USD", market_cap: item.market_cap_usd, as_of: item.last_updated,
  }));
}

async function prices(symbols, signal) {
  const found = [];
  for (let at = 0; at < symbols.length; at += AT_ONCE) {
    const page = await api.get("/v1/prices/latest", { query: { symbols: symbols.slice(at, at + AT_ONCE).join(",") }, signal });
    found.push(...page.items);
  }
  return found;
}

function flash(element, kind) {
  element.classList.remove("flash-up", "flash-down");
  void element.offsetWidth; // begins the animation anew
  element.classList.add(`flash-${kind}`);
}
