// What the treasury tracker's forms share: how amounts and codes are entered, and what is sent of what was filled in.

export const AMOUNT = { inputmode: "decimal", pattern: "[0-9]{1,20}([.][0-9]{1,18})?", title: "Digits, with a point before decimals and no separators.", autocomplete: "off" };
/** The same, which may be below zero. */
export const SIGNED = { ...AMOUNT, pattern: `-?${AMOUNT.pattern}` };
/** Codes, numbers and addresses: nothing that a browser should correct. */
export const CODE = { autocomplete: "off", spellcheck: "false" };
export const BASES = [["", "Not stated"], ["basic", "Basic"], ["assumed_diluted", "Assumed diluted"], ["fd_max", "Fully diluted"]];

/** What is filled in, without spaces around it; what is empty is left out. */
export const filled = (entered) => Object.fromEntries(Object.entries(entered).map(([name, value]) => [name, typeof value === "string" ? value.trim() : value]).filter(([, value]) => value !== ""));
