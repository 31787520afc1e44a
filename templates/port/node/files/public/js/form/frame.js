/**
 * What every field of a form has around it: a label, what it is for, its bounds, and a place for
 * what is wrong with it.
 *
 * @import { Json } from "../openapi/document.js"
 * @import { Field } from "./model.js"
 */
import { element, prose, uniqueId } from "../dom.js";

/**
 * One field of a form on the page.
 *
 * @typedef {object} Control
 * @property {HTMLElement} element
 * @property {() => Json | undefined} read `undefined` when the field is left out
 * @property {() => boolean} check shows what is wrong with it, if anything; true when nothing is
 * @property {(message: string) => void} complain shows a message at the field; `""` takes it away
 * @property {() => void} focus
 * @property {(segment: string) => Control | undefined} child what a JSON Pointer's segment names
 */

/** Anything that the browser lets take part in a form. */
/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Input */

/**
 * A message below a field.
 *
 * @param {HTMLElement} target what it is about: described by it, and marked as invalid
 * @returns {{ element: HTMLElement, complain: (message: string) => void }}
 */
export function createComplaint(target) {
  const place = element("p", { class: "complaint", id: uniqueId("complaint"), hidden: true });
  const described = target.getAttribute("aria-describedby") ?? "";
  return {
    element: place,
    complain: (message) => {
      place.textContent = message;
      place.hidden = message === "";
      setOrRemove(
        target,
        "aria-describedby",
        message === "" ? described : `${described} ${place.id}`,
      );
      // A group cannot be invalid in ARIA; its message is enough.
      if (target instanceof HTMLFieldSetElement) return;
      setOrRemove(target, "aria-invalid", message === "" ? "" : "true");
    },
  };
}

/**
 * @param {HTMLElement} target
 * @param {string} attribute
 * @param {string} value `""` removes it
 */
function setOrRemove(target, attribute, value) {
  if (value === "") target.removeAttribute(attribute);
  else target.setAttribute(attribute, value.trim());
}

/**
 * The label's words, with a mark on what may be left out.
 *
 * @param {Field} field
 * @returns {(Node | string)[]}
 */
export function caption(field) {
  const name = element("span", { class: "name" }, field.label);
  return field.required ? [name] : [name, element("span", { class: "optional" }, "optional")];
}

/**
 * What the field is for and its bounds, or nothing.
 *
 * @param {Field} field
 * @returns {HTMLElement | undefined}
 */
export function note(field) {
  const words = [field.description, field.hint].filter(Boolean).join(" \u00b7 ");
  return words === ""
    ? undefined
    : element("p", { class: "note", id: uniqueId("note") }, ...prose(words));
}

/**
 * A field of one browser input.
 *
 * @param {Field} field
 * @param {Input} input
 * @param {() => Json | undefined} read
 * @param {() => string} [problem] what is wrong beyond what the browser itself checks, or `""`
 * @returns {Control}
 */
export function inputControl(field, input, read, problem = () => "") {
  input.id = uniqueId(`field-${field.name}`);
  const explained = note(field);
  if (explained !== undefined) input.setAttribute("aria-describedby", explained.id);
  const complaint = createComplaint(input);
  const label = element("label", { for: input.id }, ...caption(field));
  const isTick = input.type === "checkbox";
  const frame = element(
    "div",
    { class: isTick ? "field tick" : "field", "data-field": field.name },
    ...(isTick ? [input, label] : [label, input]),
    ...(explained === undefined ? [] : [explained]),
    complaint.element,
  );
  input.addEventListener("input", () => complaint.complain(""));
  return {
    element: frame,
    read,
    check: () => {
      input.setCustomValidity(problem());
      complaint.complain(input.validationMessage);
      return input.validity.valid;
    },
    complain: complaint.complain,
    focus: () => input.focus(),
    child: () => undefined,
  };
}

/**
 * A field made of others.
 *
 * @param {Field} field
 * @param {HTMLElement} body
 * @param {Pick<Control, "read" | "check" | "child" | "focus">} behaviour `check` of the parts alone
 * @returns {Control}
 */
export function groupControl(field, body, behaviour) {
  const explained = note(field);
  const frame = element(
    "fieldset",
    { class: "field group", "data-field": field.name, "aria-describedby": explained?.id },
    element("legend", {}, ...caption(field)),
    ...(explained === undefined ? [] : [explained]),
    body,
  );
  const complaint = createComplaint(frame);
  frame.append(complaint.element);
  frame.addEventListener("input", () => complaint.complain(""));
  return {
    element: frame,
    ...behaviour,
    complain: complaint.complain,
    check: () => {
      complaint.complain("");
      return behaviour.check();
    },
  };
}
