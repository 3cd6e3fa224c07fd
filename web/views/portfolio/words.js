// The words of portfolios: what the API's codes mean to people.

export const COST_METHODS = [["average", "Average cost"], ["fifo", "First in, first out"]];
export const CASH_MODES = [["automatic", "Automatic: spending implies a deposit"], ["strict", "Strict: cash must be there"]];

/** Title of a code in a list of [code, title]. */
export const titled = (list, code) => list.find(([each]) => each === code)?.[1] ?? code;

const WHY = {
  no_price: "no price of the last ten days",
  no_rate: "no exchange rate of the last seven days",
  no_cost: "bought in another currency on a day without a rate",
};

/** Why figures of a position are not known. */
export const why = (codes) => codes.map((code) => WHY[code] ?? code).join("; ");

/** What a gap lacks: "no price of BTC; no rate of JPY". */
export function lacking(gap) {
  const said = [];
  if (gap.prices.length) said.push(`no price of ${gap.prices.map((asset) => asset.symbol).join(", ")}`);
  if (gap.rates.length) said.push(`no exchange rate of ${gap.rates.join(", ")}`);
  return said.join("; ");
}

export const TYPES = [
  ["buy", "Buy"], ["sell", "Sell"], ["dividend", "Dividend"], ["interest", "Interest"], ["fee", "Fee"], ["tax", "Tax"],
  ["deposit", "Deposit"], ["withdrawal", "Withdrawal"], ["transfer_in", "Transfer in"], ["transfer_out", "Transfer out"],
];
export const TRADES = new Set(["buy", "sell", "transfer_in", "transfer_out"]);
export const NEEDS_ASSET = new Set([...TRADES, "dividend"]);
export const TAKES_ASSET = new Set([...NEEDS_ASSET, "interest", "fee", "tax"]);
