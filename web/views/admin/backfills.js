// Everybody's backfills, with a second chance for those that failed or wait.
import * as api from "../../core/api.js";
import { doing } from "../../core/form.js";
import { notice } from "../../core/ui.js";
import { backfillList } from "../backfills.js";

const RETRYABLE = ["failed", "rate_limited", "pending"];

export default function view({ query, signal }) {
  return backfillList({
    query, signal, path: "/admin/backfills",
    actions: (item, refresh) => (RETRYABLE.includes(item.status) ? doing("Retry", async () => {
      await api.post(`/v1/admin/backfills/${item.id}/retry`, undefined, { signal, once: crypto.randomUUID() });
      notice(`The backfill of ${item.symbol} starts over at once.`);
      refresh();
    }, { kind: "quiet small", label: `Retry ${item.symbol}` }) : ""),
  });
}
