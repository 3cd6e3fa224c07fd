// What the pages about one's own orders and fills share.
import * as api from "../../core/api.js";
import * as format from "../../core/format.js";
import { money } from "../../core/ui.js";
import { beneath, counted, SIDES, titled } from "./words.js";

/** All offerings by their number: orders name an offering by that. */
export async function offeringsById(signal) {
  const found = await api.all("/v1/exchange/offerings", { query: { limit: 200 }, signal });
  return new Map(found.map((offering) => [offering.id, offering]));
}

/** "Buy 5 shares" */
export const orderName = (order) => `${titled(SIDES, order.order_type)} ${counted(order.shares_requested, "share")}`;

/** The limit of an order; of one at market the most that it may pay, if it buys. */
export function orderPrice(order) {
  if (order.pricing === "limit") return money(order.price_per_share);
  return beneath("market", order.price_per_share === null ? null : `at most ${format.price(order.price_per_share)}`);
}
