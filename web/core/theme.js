// Light or dark: the person's setting "theme", or else what the system prefers.
import * as api from "./api.js";
import * as session from "./session.js";

export async function applyTheme() {
  if (!session.me()) return set("system");
  try {
    set((await api.get("/v1/settings/theme")).value);
  } catch {
    set("system"); // no such setting, or no answer: what the system prefers is never wrong
  }
}

export function set(theme) {
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}
