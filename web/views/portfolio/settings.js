// A portfolio's settings, and deleting it.
import * as api from "../../core/api.js";
import { h } from "../../core/dom.js";
import { doing, form } from "../../core/form.js";
import { go } from "../../core/router.js";
import { notice, panel } from "../../core/ui.js";
import { settingsFields, settingsOf } from "./settings-fields.js";

export default function view({ portfolio, path, signal, changed }) {
  return h("div", { class: "stack narrow" },
    panel("Settings", form({
      fields: settingsFields(portfolio), action: "Save settings",
      submit: async (entered) => {
        await api.patch(path, settingsOf(entered), { signal });
        notice("The settings are saved.");
        await changed();
      },
    })),
    panel("Delete the portfolio", h("p", { class: "soft" }, "With all its transactions. This cannot be undone: export it before."),
      doing("Delete the portfolio", async () => {
        await api.remove(path, { signal });
        notice(`“${portfolio.name}” is deleted.`);
        go("/portfolios");
      }, { confirm: "Delete it for good?" })));
}
