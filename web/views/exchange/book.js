// The order book: what rests on each side by price, the best next to the middle, each level with a bar for its shares.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { dense, region } from "../../core/ui.js";
import { counted, shares } from "./words.js";

const LEVELS = 10;
const COLUMNS = ["Price", "Shares", "Orders"];

/** `take` is called with the price of a level that somebody presses; without it prices are only read. */
export function bookPanel(path, signal, take = null) {
  let before = null; // shares by side and price, as last drawn
  let walked = null; // the level that had the focus when it was last drawn: it may have come there while the book was fetched

  const place = region(() => api.get(`${path}/book`, { query: { levels: LEVELS }, signal }), (book) => {
    walked = document.activeElement?.dataset.level ?? null;
    const most = Math.max(1, ...[...book.bids, ...book.asks].map((level) => level.shares));
    const now = new Map();
    const side = (name, levels) => levels.map((level) => {
      const key = `${name} ${level.price_per_share}`;
      now.set(key, level.shares);
      return line(name, level, most, before && before.get(key) !== level.shares, take);
    });
    const asks = side("ask", book.asks).reverse();
    const bids = side("bid", book.bids);
    before = now;
    return dense("Order book: sellers above, buyers below", COLUMNS.map((title) => ({ title, class: "number" })),
      h("tbody", { class: "asks" }, asks.length ? asks : nobody("Nobody sells.")),
      h("tbody", {}, h("tr", { class: "middle" }, h("th", { scope: "row", colspan: "3" }, middle(book)))),
      h("tbody", { class: "bids" }, bids.length ? bids : nobody("Nobody buys.")));
  });

  /** Whoever has walked to a level with the keys stays on it while it is there. */
  async function refresh() {
    await place.refresh();
    if (walked && place.element.contains(document.activeElement)) place.element.querySelector(`[data-level="${walked}"]`)?.focus({ preventScroll: true });
  }

  return { element: place.element, refresh };
}

const nobody = (words) => h("tr", {}, h("td", { colspan: "3", class: "soft" }, words));

function line(side, level, most, changed, take) {
  const price = format.price(level.price_per_share);
  const row = h("tr", { class: `level ${side}`, title: `${side === "ask" ? "Offered" : "Wanted"}: ${counted(level.shares, "share")} in ${counted(level.orders, "order")}` },
    h("th", { scope: "row", class: "number" }, h("span", { class: "unseen" }, side === "ask" ? "Sell " : "Buy "),
      take ? h("button", { type: "button", class: "level-price", "data-level": `${side} ${level.price_per_share}`, "aria-label": `Take ${price} into the order`, onclick: () => take(level.price_per_share) }, price) : price),
    h("td", { class: `number${changed ? " flash-up" : ""}` }, shares(level.shares)), h("td", { class: "number soft" }, shares(level.orders)));
  row.style.setProperty("--part", `${(level.shares / most) * 100}%`);
  return row;
}

/** Between both sides: how far apart they are, or that orders collect and may cross. */
function middle(book) {
  if (book.phase === "call") return "Orders collect: bids may lie above asks";
  const last = book.current_share_price === null ? "not traded yet" : `last ${format.price(book.current_share_price)}`;
  return book.bid_ask_spread === null ? last : `Spread ${format.price(book.bid_ask_spread)}, ${last}`;
}
