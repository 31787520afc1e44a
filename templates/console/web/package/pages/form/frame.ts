/**
 * What every field of a form has around it: a label, what it is for, its bounds, and a place for
 * what is wrong with it.
 */

import { element, prose, uniqueId } from "../dom.ts";
import type { Json } from "../openapi.ts";
import type { Field } from "./model.ts";

/** One field of a form on the page. */
export interface Control {
  element: HTMLElement;
  /** `undefined` when the field is left out */
  read: () => Json | undefined;
  /** Shows what is wrong with it, if anything; true when nothing is */
  check: () => boolean;
  /** Shows a message at the field; `""` takes it away */
  complain: (message: string) => void;
  focus: () => void;
  /** What a JSON Pointer's segment names */
  child: (segment: string) => Control | undefined;
}

/** Anything that the browser lets take part in a form. */
type Input = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/**
 * A message below a field.
 *
 * @param target what it is about: described by it, and marked as invalid
 */
function createComplaint(target: HTMLElement): {
  element: HTMLElement;
  complain: (message: string) => void;
} {
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

/** @param value `""` removes it */
function setOrRemove(target: HTMLElement, attribute: string, value: string) {
  if (value === "") target.removeAttribute(attribute);
  else target.setAttribute(attribute, value.trim());
}

/** The label's words, with a mark on what may be left out. */
function caption(field: Field): (Node | string)[] {
  const name = element("span", { class: "name" }, field.label);
  return field.required ? [name] : [name, element("span", { class: "optional" }, "optional")];
}

/** What the field is for and its bounds, or nothing. */
export function note(field: Field): HTMLElement | undefined {
  const words = [field.description, field.hint].filter(Boolean).join(" \u00b7 ");
  return words === ""
    ? undefined
    : element("p", { class: "note", id: uniqueId("note") }, ...prose(words));
}

/**
 * A field of one browser input.
 *
 * @param problem what is wrong beyond what the browser itself checks, or `""`
 */
export function inputControl(
  field: Field,
  input: Input,
  read: () => Json | undefined,
  problem: () => string = () => "",
): Control {
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
 * @param behaviour `check` of the parts alone
 */
export function groupControl(
  field: Field,
  body: HTMLElement,
  behaviour: Pick<Control, "read" | "check" | "child" | "focus">,
): Control {
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
