// Forms: fields with labels, what is wrong with each said beside it, one request at a time.
import { isAborted } from "./api.js";
import { fill, h, uid } from "./dom.js";
import { failure } from "./ui.js";

/** A field with its label. `name` is the API's name of it, so that its errors find it. Options: type, value, hint,
 * options (for a select: [value, title]), and any attribute of the input. */
export function field(label, name, { type = "text", hint = null, options = null, value = "", ...attributes } = {}) {
  const id = uid("field");
  const described = `${id}-hint ${id}-error`;
  const shared = { id, name, "aria-describedby": described, ...attributes };
  let input;
  if (options) input = h("select", shared, options.map(([key, title]) => h("option", { value: key, selected: key === value }, title)));
  else if (type === "area") input = h("textarea", { rows: "3", ...shared, value });
  else if (type === "checkbox") input = h("input", { type, ...shared, checked: Boolean(value) });
  else input = h("input", { type, ...shared, value });
  return h("div", { class: "field", "data-field": name },
    h("label", { for: id }, label), input,
    h("p", { class: "hint", id: `${id}-hint` }, hint),
    h("p", { class: "field-error", id: `${id}-error` }));
}

/** A form. `submit(values, form)` does the work; what it raises is shown at the fields or above the button. */
export function form({ fields, action, submit, kind = "", beside = [] }) {
  const problem = h("div", { class: "form-problem" });
  const button = h("button", { type: "submit", class: kind }, action);
  const element = h("form", { novalidate: true, onsubmit: send }, fields, problem, h("div", { class: "actions" }, button, beside));

  async function send(event) {
    event.preventDefault();
    if (button.disabled || isStopped(element)) return;
    clear();
    if (!complete()) return;
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
    try {
      await submit(values(element), element);
    } catch (error) {
      if (!isAborted(error)) show(error);
    } finally {
      button.disabled = isStopped(element);
      button.removeAttribute("aria-busy");
    }
  }

  function clear() {
    problem.replaceChildren();
    for (const each of element.querySelectorAll(".field")) mark(each, null);
  }

  /** The browser's own checks, in our place: required fields, patterns, ranges. */
  function complete() {
    const wrong = [...element.elements].filter((each) => each.willValidate && !each.validity.valid);
    for (const each of wrong) {
      const place = each.closest(".field");
      if (place) mark(place, each.validity.valueMissing ? "Fill this in." : each.title || each.validationMessage);
    }
    wrong[0]?.focus();
    return wrong.length === 0;
  }

  function show(error) {
    let first = null;
    let placed = 0;
    for (const [name, message] of Object.entries(error.fields ?? {})) {
      const place = element.querySelector(`[data-field="${CSS.escape(name.split(".")[0])}"]`);
      if (!place) continue;
      mark(place, message);
      first ??= place.querySelector("input, select, textarea");
      placed += 1;
    }
    if (placed === 0 || placed < Object.keys(error.fields).length) fill(problem, failure(error));
    (first ?? button).focus();
  }

  return element;
}

const isStopped = (element) => element.hasAttribute("data-stopped");

/** Lets a form be sent, or not until it is let again. Its fields can be filled in meanwhile. */
export function allow(element, yes) {
  element.toggleAttribute("data-stopped", !yes);
  const button = element.querySelector("button[type=submit]");
  button.disabled = !yes || button.hasAttribute("aria-busy");
}

function mark(place, message) {
  place.querySelector(".field-error").textContent = message ?? "";
  const input = place.querySelector("input, select, textarea");
  if (message) input?.setAttribute("aria-invalid", "true");
  else input?.removeAttribute("aria-invalid");
}

function values(element) {
  const found = {};
  for (const each of element.elements) {
    if (!each.name) continue;
    if (each.type === "checkbox" && each.hasAttribute("data-many")) {
      found[each.name] ??= [];
      if (each.checked) found[each.name].push(each.value);
    } else {
      found[each.name] = each.type === "checkbox" ? each.checked : each.value;
    }
  }
  return found;
}

/** A button that does something and says so if it fails. `confirm` is asked before what cannot be undone. */
export function doing(title, work, { kind = "quiet", confirm: question = null, label = null } = {}) {
  const button = h("button", { type: "button", class: kind, "aria-label": label, onclick: run }, title);
  const place = h("span", { class: "doing" }, button);
  let armed = null;

  function disarm() {
    clearTimeout(armed);
    armed = null;
    button.textContent = title;
    button.classList.remove("armed");
  }

  async function run() {
    if (question && armed === null) {
      // a second press within a few seconds is the confirmation: no dialog to manage, nothing to do by accident
      button.textContent = question;
      button.classList.add("armed");
      armed = setTimeout(disarm, 5000);
      return;
    }
    disarm();
    button.disabled = true;
    place.querySelector(".failure")?.remove();
    try {
      await work();
    } catch (error) {
      if (!isAborted(error)) place.append(failure(error));
    } finally {
      button.disabled = false;
    }
  }

  return place;
}
