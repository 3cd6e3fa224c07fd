// Giving the person a file.
import { h } from "./dom.js";

/** Saves a text as the browser saves downloads. */
export function saveFile({ text, name, type }) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
