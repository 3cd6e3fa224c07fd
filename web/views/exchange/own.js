// What the pages about one's own orders and fills share.
import * as api from "../../core/api.js";
import { counted, SIDES, titled } from "./words.js";

/** All offerings by their number: orders name an offering by that. */
export async function offeringsById(signal) {
  const found = await api.all("/v1/exchange/offerings", { query: { limit: 200 }, signal });
  return new Map(found.map((offering) => [offering.id, offering]));
}

/** "Buy 5 shares", "Sell 1 share at market". */
export function orderName(order) {
  const what = `${titled(SIDES, order.order_type)} ${counted(order.shares_requested, "share")}`;
  return order.pricing === "market" ? `${what} at market` : what;
}
