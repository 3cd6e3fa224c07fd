// The field of a form that takes an asset: found by typing, shown once it is taken.
import { fill, h, uid } from "./dom.js";
import { assetSearch } from "./search.js";

/** A field that an asset is taken in. `asset` ({id, symbol, name}) is in it at first; `changed(asset)` hears of another one,
 * or of null. `name` is the API's name of it, so that its errors find it. */
export function assetField(label, name, { asset = null, hint = null, changed = () => {} } = {}) {
  const id = uid("field");
  const place = h("div", { class: "asset-taken" });

  function take(taken) {
    fill(place, taken
      ? h("p", {}, h("strong", {}, taken.symbol), taken.name ? h("span", { class: "asset-name" }, ` ${taken.name}`) : null,
        h("button", { type: "button", class: "quiet small", "aria-label": `Other asset than ${taken.symbol}`, onclick: () => {
          take(null);
          changed(null);
          search.querySelector("input").focus();
        } }, "Change"))
      : null);
    search.hidden = Boolean(taken);
  }

  const search = assetSearch((found) => {
    take(found);
    changed(found);
    place.querySelector("button").focus();
  }, { id, describedBy: `${id}-hint ${id}-error` });
  take(asset);
  return h("div", { class: "field", "data-field": name }, h("label", { for: id }, label), search, place,
    h("p", { class: "hint", id: `${id}-hint` }, hint), h("p", { class: "field-error", id: `${id}-error` }));
}
