// What an order would do if it were placed now, in words and figures.
import { h } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { money } from "../../core/ui.js";
import { counted, figure, lots, shares } from "./words.js";

/** `told` is the API's preview of `order`. */
export function preview(told, order) {
  const buys = order.order_type === "buy";
  const filled = told.shares_filled > 0;
  return h("div", { class: "remark preview-order" }, h("p", {}, h("strong", {}, "If placed now: "), sentence(told, order)),
    told.levels.length > 1 ? h("ul", {}, told.levels.map((level) => h("li", {}, lots(level.shares, level.price_per_share)))) : null,
    h("dl", { class: "figures" },
      filled ? figure(buys ? "Costs" : "Brings", money(told.filled_value, "USD", format.amount)) : null,
      filled && buys ? figure("Commission", money(told.commission, "USD", format.amount)) : null,
      buys && format.sign(told.reserved_cash) ? figure("Held for the rest", money(told.reserved_cash, "USD", format.amount)) : null,
      figure("Free cash afterwards", money(told.available_after, "USD", format.amount))));
}

function sentence(told, order) {
  const verb = order.order_type === "buy" ? "buys" : "sells";
  const words = [];
  if (told.shares_filled > 0) words.push(`${verb} ${counted(told.shares_filled, "share")} at ${format.price(told.average_fill_price)}${told.levels.length > 1 ? " on average" : ""}`);
  if (told.status === "cancelled") words.push(told.shares_filled ? "cancels the rest" : "trades nothing and is cancelled");
  else if (told.shares_open > 0) words.push(`${order.time_in_force.startsWith("at_") || told.phase === "call" ? "waits for the auction with" : "rests in the book with"} ${shares(told.shares_open)}`);
  return `${words.join(", ")}.`;
}
