// Exchange rates, and converting an amount. Amounts go to the API and come back as text: nothing is calculated here.
import * as api from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { field, form } from "../core/form.js";
import * as format from "../core/format.js";
import { announce, cell, empty, heading, money, panel, region, table, time } from "../core/ui.js";

export default function view({ signal }) {
  const rates = region(() => api.get("/v1/exchange-rates", { signal }), ({ items, base }) => {
    if (!items.length) return empty("No rates are known yet. They are fetched once an hour.");
    return h("div", { class: "rates-frame" },
      panel("Convert", converter([...new Set([base, ...items.map((item) => item.currency_code)])].sort(), signal)),
      panel("Rates", table("Exchange rates", ["Currency", { title: `${base} for one`, class: "number" }, { title: "Published", class: "number" }, "Source"],
        h("tbody", {}, items.map((item) => h("tr", {},
          h("th", { scope: "row" }, item.currency_code, h("span", { class: "asset-name" }, name(item.currency_code))),
          cell(`${base} for one`, money(item.rate_to_usd, null, format.rate), "number strong"), cell("Published", time(item.timestamp), "number soft"),
          cell("Source", format.source(item.source), "soft")))))));
  });
  return h("div", {}, heading("Exchange rates"), h("p", { class: "lead" }, "What one unit of each currency is worth in US dollars. A rate older than a week counts as not known."), rates.element);
}

function converter(codes, signal) {
  const result = h("output", { class: "conversion", "aria-live": "polite" });
  const options = codes.map((code) => [code, `${code} ${name(code)}`.trim()]);
  const element = form({
    fields: [
      field("Amount", "amount", { value: "100", inputmode: "decimal", required: true, autocomplete: "off", pattern: "-?[0-9]{1,20}([.][0-9]{1,18})?", title: "Write a number such as 1234.50, without separators of thousands." }),
      h("div", { class: "pair" },
        field("From", "from", { options, value: codes.includes("EUR") ? "EUR" : codes[0] }),
        h("button", { type: "button", class: "quiet swap", "aria-label": "Swap the currencies", onclick: swap }, "⇄"),
        field("To", "to", { options, value: "USD" })),
      field("On", "at", { type: "date", max: format.today(), hint: "Optional: the rate as known at the end of that day (UTC)." }),
    ],
    action: "Convert", kind: "wide",
    submit: async ({ amount, from, to, at }) => {
      result.replaceChildren();
      const answer = await api.get("/v1/exchange-rates/convert", {
        query: { amount, from, to, at: at && at < format.today() ? `${at}T23:59:59Z` : null }, signal,
      });
      fill(result,
        h("strong", { class: "conversion-amount", title: format.exact(answer.amount) }, `${format.price(answer.amount)} ${answer.currency}`),
        h("span", {}, `1 ${from} = ${format.rate(answer.rate)} ${to}`),
        h("span", { class: "soft" }, origin(from, answer.from_source, answer.from_as_of)),
        h("span", { class: "soft" }, origin(to, answer.to_source, answer.to_as_of)));
      announce(`${format.price(answer.amount)} ${answer.currency}`);
    },
  });

  function swap() {
    const [from, to] = [element.elements.namedItem("from"), element.elements.namedItem("to")];
    [from.value, to.value] = [to.value, from.value];
    result.replaceChildren();
  }

  return h("div", {}, element, result);
}

const origin = (code, source, at) => `${code}: ${format.source(source)}${source === "definition" ? "" : `, ${format.moment(at)}`}`;
const NAMES = new Intl.DisplayNames("en", { type: "currency", fallback: "none" });

function name(code) {
  try {
    return NAMES.of(code) ?? "";
  } catch {
    return "";
  }
}
