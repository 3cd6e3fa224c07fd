// What a company's coins are worth now, what the market pays for them, and what that is made of.
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { cell, empty, money, move, panel, table, time, unknown } from "../../core/ui.js";
import { basis, coins, days, known, large, method, multiple, NUMBER, overrideMark, part, why } from "./words.js";

const figure = (name, value, ...more) => h("div", {}, h("dt", {}, name), h("dd", {}, value, more));
const aside = (...content) => h("span", { class: "row-words" }, content);

/** The parts of the page that show figures of now; `overridden` is the part that tells which are not as stored. */
export function valuation(company, overridden) {
  const now = company.figures;
  if (!now) return [panel("Now", empty("This company is not tracked any more: nothing is valued. Its history stays below.")), overridden];
  return [today(company, now), overridden, h("div", { class: "halves" }, panel("What the market pays", mnavs(now, company.overridden)), panel("What that is made of", inputs(now, company.overridden)))];
}

function today({ asset, overridden }, now) {
  const { reasons } = now;
  return h("div", { class: "quote" },
    h("p", { class: "quote-price" }, now.holdings === null ? unknown(why("no_snapshot")) : coins(now.holdings, asset), overrideMark(overridden.current_holdings),
      now.holdings_date ? h("span", { class: "soft" }, `of ${format.day(now.holdings_date)}, ${days(now.days_since_update)}`) : null),
    h("dl", { class: "figures" },
      figure("Worth (USD)", known(now.holdings_value, reasons, "holdings_value", large)),
      figure("mNAV", known(now.mnav_basic, reasons, "mnav_basic", multiple)),
      figure("Of all coins", known(now.supply_share_percent, reasons, "supply_share_percent", part)),
      figure(`Paid (USD)`, known(now.total_cost_usd, reasons, "total_cost_usd", large)),
      figure("Unrealised gain (USD)", known(now.unrealised_gain_usd, reasons, "unrealised_gain_usd", (text) => move(text, format.compact)),
        now.unrealised_gain_percent === null ? null : [" ", move(now.unrealised_gain_percent)]),
      figure("Coins per share", known(now.holdings_per_share, reasons, "holdings_per_share", (text) => money(text, null, format.rate)), now.holdings_per_share_basis ? aside(basis(now.holdings_per_share_basis)) : null),
      figure("Yield this quarter", known(now.yield_qtd_percent, reasons, "yield_qtd_percent", (text) => move(text)), gain(now.gain_qtd, asset)),
      figure("Yield this year", known(now.yield_ytd_percent, reasons, "yield_ytd_percent", (text) => move(text)), gain(now.gain_ytd, asset))));
}

const gain = (text, asset) => (text === null ? null : aside(`${format.gain(text)} ${asset}`));

/** The three measures, each with what it compares the coins' value with. */
function mnavs(now, overridden) {
  const { reasons } = now;
  const marked = ["market_cap", "shares_basic", "shares_assumed_diluted", "shares_fully_diluted", "total_debt", "preferred_equity", "cash"];
  const row = (name, kind, cap, capName, how) => h("tr", { "data-measure": kind }, h("th", { scope: "row" }, name),
    cell("mNAV", known(now[`mnav_${kind}`], reasons, `mnav_${kind}`, multiple), "number strong"),
    cell("Premium", known(now[`premium_${kind}_percent`], {}, "", (text) => move(text)), "number"),
    cell("Company (USD)", h("span", {}, known(cap, reasons, capName, large), cap !== null && how ? aside(how) : null), "number"));
  return h("div", { class: "snug" }, table("mNAV", ["Measure", NUMBER("mNAV"), NUMBER("Premium"), NUMBER("Company (USD)")], h("tbody", {},
    row("Basic", "basic", now.market_cap_usd, "market_cap_usd", method(now.market_cap_method)),
    row("Diluted", "diluted", now.diluted_market_cap_usd, "mnav_diluted", now.diluted_basis ? `price × ${basis(now.diluted_basis)}` : null),
    row("EV", "ev", now.enterprise_value_usd, "enterprise_value_usd", "market cap + debt + preferred − cash"))),
    marked.some((name) => overridden[name]) ? h("p", { class: "remark warn" }, "Some of what this is computed from is overridden.") : null);
}

function inputs(now, overridden) {
  const own = now.financials_currency;
  const stated = (name, title) => figure(title, now[name] === null ? unknown() : money(now[name], now[`${name}_currency`] ?? own, format.compact), of(name), mark(name));
  const of = (name) => (now[`${name}_date`] ? aside(`of ${format.day(now[`${name}_date`])}`) : null);
  const shares = (name, title) => figure(title, now[name] === null ? unknown() : money(now[name], null, format.compact), of(name), mark(name));
  const mark = (name) => (overridden[name] ? aside(overrideMark(overridden[name])) : null);
  return h("div", {}, h("dl", { class: "figures" },
    figure("Coin's price", now.coin_price_usd === null ? unknown() : money(now.coin_price_usd, "USD"), aside(time(now.coin_price_at))),
    figure("Share's price", now.share_price === null ? unknown() : money(now.share_price, now.share_currency), aside(now.share_price_day ? `close of ${format.day(now.share_price_day)}` : time(now.share_price_at))),
    shares("shares_basic", "Basic shares"), shares("shares_assumed_diluted", "Assumed diluted"), shares("shares_fully_diluted", "Fully diluted"),
    stated("total_debt", "Debt"), stated("preferred_equity", "Preferred equity"), stated("cash", "Cash"),
    figure("Average cost of a coin", now.cost_basis_avg === null ? unknown() : money(now.cost_basis_avg, now.cost_basis_currency), mark("cost_basis_avg")),
    now.staking_pct === null ? null : figure("Staked", part(now.staking_pct), mark("staking_pct"))),
  now.financials_date ? h("p", { class: "footnote" }, `Financials of ${format.day(now.financials_date)}. Share counts are in today's shares.`) : null);
}
