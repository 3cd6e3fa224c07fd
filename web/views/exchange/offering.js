// One offering: its price, chart, book, tape and auctions, live; for who is signed in the order ticket and own orders.
import * as api from "../../core/api.js";
import { fill, h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { follow } from "../../core/live.js";
import { link } from "../../core/router.js";
import * as session from "../../core/session.js";
import { badge, empty, heading, money, move, panel, region, time, unknown } from "../../core/ui.js";
import { nextAuction, pastAuctions } from "./auctions.js";
import { bookPanel } from "./book.js";
import { candlesPanel } from "./candles.js";
import { openOrders } from "./open-orders.js";
import { tapePanel } from "./tape.js";
import { ticket } from "./ticket.js";
import { counted, figure, phase, PHASE_WORDS, shares } from "./words.js";

export default function view({ params, query, signal }) {
  const title = h("div", {}, heading("Offering"));
  const path = `/v1/exchange/offerings/${encodeURIComponent(params.id)}`;
  const whole = region(() => api.get(path, { signal }), (offering) => {
    const focused = title.contains(document.activeElement);
    const beat = h("p", { class: "live" }, h("span", { class: "live-dot", "aria-hidden": "true" }), h("span", {}, "Live"));
    document.title = `${offering.symbol} · Holdfast`;
    fill(title, heading(h("span", { class: "asset-title" }, offering.symbol, h("span", { class: "asset-title-name" }, offering.vehicle_name)), beat));
    if (focused) title.querySelector("h1").focus({ preventScroll: true });
    return page({ offering, path, query, signal, beat });
  });
  return h("div", {}, title, whole.element);
}

/** `offering` is kept as it stands: all parts of the page look at the same. */
function page({ offering, path, query, signal, beat }) {
  const quote = quoteOf(path, signal, (fresh) => Object.assign(offering, fresh));
  const chart = candlesPanel(offering, path, query, signal);
  const trader = session.me() ? ticket({ offering, path, signal, placed: () => refresh() }) : null;
  const book = bookPanel(path, signal, trader?.take);
  const tape = tapePanel(path, signal);
  const coming = nextAuction(offering, path, signal);
  const past = pastAuctions(path, signal);
  const mine = trader ? openOrders({ offering, signal, changed: () => refresh() }) : null;
  const own = trader ? [trader, mine] : [];
  const refresh = async () => {
    await quote.refresh(); // first: whether it is still traded decides what the others may ask
    await Promise.all([book, tape, coming, ...own].map((each) => each.refresh()));
  };

  follow(`exchange-${offering.id}`, async (events) => {
    if (events.length) {
      beat.classList.remove("beat");
      void beat.offsetWidth; // begins the animation anew
      beat.classList.add("beat");
    }
    await refresh();
    if (events.some((event) => event.kind === "auction" || event.payload.trades?.length)) await chart.refresh();
    if (events.some((event) => event.kind === "auction")) await past.refresh();
  }, { pause: 2000, signal });

  return h("div", { class: "stack" }, quote.element,
    h("div", { class: "market" },
      h("div", { class: "market-chart" }, panel("Price", chart.element)),
      h("div", { class: "market-side" }, panel("Order", trader ? trader.element : signIn(offering)), panel("Next auction", coming.element)),
      h("div", { class: "market-pair" }, panel("Order book", book.element), panel("Trades", tape.element))),
    mine ? panel("My open orders here", mine.element) : null, panel("Past auctions", past.element));
}

const signIn = (offering) => empty("Sign in to place orders.",
  h("a", { class: "button", href: link("/signin", { next: `/exchange/${offering.id}` }) }, "Sign in"));

/** The price of the last trade and what the last 24 hours were like. `seen` is called with the offering as it is now. */
function quoteOf(path, signal, seen) {
  return region(async () => {
    const [offering, day] = await Promise.all([api.get(path, { signal }), api.get(`${path}/stats`, { signal })]);
    seen(offering);
    return { offering, day };
  }, ({ offering, day }) => h("div", { class: "quote" },
    h("p", { class: "quote-price" }, offering.current_share_price === null ? unknown("not traded yet") : money(offering.current_share_price, "USD"),
      move(day.change_pct), h("span", { class: "soft" }, `${format.change(day.change)} in 24 hours`), phase(offering.phase),
      offering.hours === "session" ? badge("session hours", "plain") : null),
    offering.phase === "continuous" ? null : h("p", { class: "remark warn" }, PHASE_WORDS[offering.phase],
      offering.phase === "call" && offering.next_auction ? [" It is due ", time(offering.next_auction.at), "."] : null,
      offering.status_note ? ` Why: ${offering.status_note}` : null),
    h("dl", { class: "figures" },
      figure("Bid", money(offering.highest_bid)), figure("Ask", money(offering.lowest_ask)), figure("Spread", money(offering.bid_ask_spread)),
      figure("Low", money(day.low_price)), figure("High", money(day.high_price)),
      figure("Volume", h("span", { title: `${format.amount(day.volume_usd)} USD` }, counted(day.volume_shares, "share"))),
      figure("Last opening", money(offering.opening_price)), figure("Last close", money(offering.closing_price)),
      figure("Issued", `${shares(offering.shares_issued)} at ${format.price(offering.issue_price)}`),
      figure("Last trade", time(offering.last_trade_at)))));
}
