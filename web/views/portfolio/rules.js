// What the rules say of a portfolio, and where each begins to warn.
import * as api from "../../core/api.js";
import { fill, h } from "../../core/dom.js";
import { field, form } from "../../core/form.js";
import * as format from "../../core/format.js";
import { badge, notice, panel, region } from "../../core/ui.js";

const NAMES = {
  single_position: "Largest position", currency_cluster: "Foreign currency", fee_ratio: "Fees", emergency_cash: "Cash at hand",
};
const KINDS = { ok: "good", warning: "warn", unknown: "warn", off: "plain" };

/** A panel of the rules, which can be asked again. */
export function rulesPanel(path, signal) {
  const place = region(() => api.get(`${path}/rules`, { signal }), ({ items }) => h("ul", { class: "rules" }, items.map((item) => rule(item))));

  function rule(item) {
    const name = NAMES[item.rule] ?? format.words(item.rule);
    const editor = h("div", {});
    const button = h("button", { type: "button", class: "quiet small", "aria-label": `Change the rule ${name}`, "aria-expanded": "false", onclick: () => toggle() }, "Change");
    function toggle(open = button.getAttribute("aria-expanded") === "false") {
      button.setAttribute("aria-expanded", String(open));
      fill(editor, open ? edit(item, name) : null);
      if (open) editor.querySelector("input").focus();
      else button.focus();
    }
    return h("li", { class: "rule" }, h("p", { class: "rule-name" }, h("strong", {}, name), badge(item.status, KINDS[item.status]), button),
      h("p", { class: "soft" }, item.explanation), editor);
  }

  function edit(item, name) {
    const id = `${item.rule}-on`;
    return form({
      fields: [
        field(item.rule === "emergency_cash" ? `At least (${item.unit})` : `At most (${item.unit})`, "threshold", { value: item.threshold, inputmode: "decimal", required: true, pattern: "[0-9]+([.][0-9]+)?", title: "Digits, with a point before decimals.", autocomplete: "off" }),
        h("label", { class: "check", for: id }, h("input", { type: "checkbox", id, name: "enabled", checked: item.enabled || item.is_default /* who sets one that was never set wants it on */ }), "Check this rule"),
      ],
      action: "Save rule",
      submit: async (entered) => {
        await api.put(`${path}/rules/${item.rule}`, entered, { signal });
        notice(`The rule “${name}” is saved.`);
        place.refresh();
      },
    });
  }

  return { element: panel("Rules", place.element), refresh: place.refresh };
}
