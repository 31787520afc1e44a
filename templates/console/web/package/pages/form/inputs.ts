/**
 * What every field of a form has around it: a label, what it is for, its bounds, and a place for
 * what is wrong with it.
 */

import { element, prose, uniqueId } from "../dom.ts";
import type { Json } from "../openapi.ts";
import { type Field, localOf, parseJson, parseNumbers, timestampOf } from "./model.ts";

/** One field of a form on the page. */
export interface Control {
  element: HTMLElement;
  /** `undefined` when the field is left out */
  read: () => Json | undefined;
  /** What a JSON Pointer's segment names, in a field that is made of others */
  child?: (segment: string) => Control | undefined;
}

/** Anything that the browser lets take part in a form. */
type Input = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/**
 * Shows at a field what is wrong with it.
 *
 * @param message `""` takes away what is shown
 */
export function complain(field: Element | null, message: string) {
  const place = field?.querySelector<HTMLElement>(":scope > .complaint");
  if (!place) return;
  place.textContent = message;
  place.hidden = message === "";
  // A group cannot be invalid in ARIA; its message is enough.
  const input = field?.querySelector(":scope > :is(input, select, textarea)");
  if (message === "") input?.removeAttribute("aria-invalid");
  else input?.setAttribute("aria-invalid", "true");
}

/** The label's words, with a mark on what may be left out. */
function caption(field: Field): (Node | string)[] {
  const name = element("span", { class: "name" }, field.label);
  return field.required ? [name] : [name, element("span", { class: "optional" }, "optional")];
}

/**
 * What the field is for with its bounds, and a place for what is wrong with it.
 *
 * @param target what both are about: it is described by them
 */
function notes(field: Field, target: HTMLElement): { note: HTMLElement[]; complaint: HTMLElement } {
  const words = [field.description, field.hint].filter(Boolean).join(" \u00b7 ");
  const note = element("p", { class: "soft", id: uniqueId("note") }, ...prose(words));
  const complaint = element("p", { class: "complaint", id: uniqueId("complaint"), hidden: true });
  const shown = words === "" ? [] : [note];
  const ids = [...shown, complaint].map(({ id }) => id);
  target.setAttribute("aria-describedby", ids.join(" "));
  return { note: shown, complaint };
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
  const validate = () => input.setCustomValidity(problem());
  input.addEventListener("input", validate);
  validate();
  input.id = uniqueId(`field-${field.name}`);
  const label = element("label", { for: input.id }, ...caption(field));
  const isTick = input.type === "checkbox";
  const { note, complaint } = notes(field, input);
  const frame = element(
    "div",
    { class: isTick ? "field tick" : "field", "data-field": field.name },
    ...(isTick ? [input, label] : [label, input]),
    ...note,
    complaint,
  );
  return { element: frame, read };
}

/** A field made of others, which stand in `body`. */
export function groupControl(
  field: Field,
  body: HTMLElement,
  behaviour: Omit<Control, "element">,
): Control {
  const frame = element(
    "fieldset",
    { class: "field group", "data-field": field.name },
    element("legend", {}, ...caption(field)),
  );
  const { note, complaint } = notes(field, frame);
  frame.append(...note, body, complaint);
  return { element: frame, ...behaviour };
}

/** A UUID in its usual form (RFC 9562), as the `pattern` of an input. */
const UUID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";

/** What may be shown greyed in an empty field. */
function placeholder(field: Field): string | undefined {
  const { example } = field;
  return typeof example === "string" || typeof example === "number" ? `e.g. ${example}` : undefined;
}

export function textControl(field: Field): Control {
  const { schema } = field;
  const attributes = {
    placeholder: placeholder(field),
    minlength: schema.minLength,
    maxlength: schema.maxLength,
    // An empty text is a value like any other, unless the contract says how long it must be.
    required: field.required && (schema.minLength ?? 0) > 0,
    autocomplete: "off",
  };
  const input =
    field.kind === "paragraph"
      ? element("textarea", { ...attributes, rows: 4 })
      : element("input", { ...attributes, type: "text", pattern: schema.pattern });
  input.value = typeof field.initial === "string" ? field.initial : "";
  return inputControl(field, input, () =>
    input.value === "" && !field.required ? undefined : input.value,
  );
}

export function uuidControl(field: Field): Control {
  const input = element("input", {
    type: "text",
    placeholder: placeholder(field),
    pattern: UUID,
    title: "A UUID: 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12",
    required: field.required,
    autocomplete: "off",
    spellcheck: "false",
  });
  input.value = typeof field.initial === "string" ? field.initial : "";
  return inputControl(field, input, () => (input.value === "" ? undefined : input.value));
}

export function numberControl(field: Field): Control {
  const input = element("input", {
    type: "number",
    inputmode: field.kind === "integer" ? "numeric" : "decimal",
    step: field.kind === "integer" ? 1 : "any",
    min: field.schema.minimum,
    max: field.schema.maximum,
    placeholder: placeholder(field),
    required: field.required,
  });
  input.value = typeof field.initial === "number" ? String(field.initial) : "";
  return inputControl(field, input, () => (input.value === "" ? undefined : input.valueAsNumber));
}

export function booleanControl(field: Field): Control {
  if (!field.required && field.initial === undefined) {
    const words = new Map([
      ["", "not given"],
      ["true", "yes"],
      ["false", "no"],
    ]);
    const select = element("select");
    for (const [value, word] of words) select.append(element("option", { value }, word));
    return inputControl(field, select, () =>
      select.value === "" ? undefined : select.value === "true",
    );
  }
  const input = element("input", { type: "checkbox" });
  input.checked = field.initial === true;
  return inputControl(field, input, () => input.checked);
}

export function choiceControl(field: Field): Control {
  const select = element("select", { required: field.required });
  if (!field.required) select.append(element("option", { value: "" }, "not given"));
  for (const word of field.schema.enum ?? [])
    select.append(element("option", { value: word }, word));
  if (typeof field.initial === "string") select.value = field.initial;
  return inputControl(field, select, () => (select.value === "" ? undefined : select.value));
}

export function timestampControl(field: Field): Control {
  const input = element("input", { type: "datetime-local", step: 1, required: field.required });
  input.value = typeof field.initial === "string" ? localOf(field.initial) : "";
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const hint = [field.hint, `in your time zone, ${zone}`].filter(Boolean).join(", ");
  return inputControl({ ...field, hint }, input, () => timestampOf(input.value));
}

export function jsonControl(field: Field): Control {
  const input = element("textarea", {
    rows: 4,
    required: field.required,
    spellcheck: "false",
  });
  input.value = field.initial === undefined ? "" : JSON.stringify(field.initial, undefined, 2);
  return inputControl(
    { ...field, hint: "JSON" },
    input,
    () => (input.value.trim() === "" ? undefined : parseJson(input.value).value),
    () => (input.value.trim() === "" ? "" : (parseJson(input.value).error ?? "")),
  );
}

/** @param field a list of numbers, typed in one go */
export function numbersControl(field: Field): Control {
  const input = element("textarea", {
    rows: 3,
    required: field.required && (field.schema.minItems ?? 0) > 0,
    spellcheck: "false",
  });
  input.value = Array.isArray(field.initial) ? field.initial.join(", ") : "";
  const isAbsent = () => input.value.trim() === "" && !field.required;
  const parse = () => parseNumbers(input.value, field.schema, field.item().schema);
  return inputControl(
    { ...field, hint: [field.hint, "separated by commas or spaces"].filter(Boolean).join(", ") },
    input,
    () => (isAbsent() ? undefined : parse().value),
    () => (isAbsent() ? "" : (parse().error ?? "")),
  );
}

/** Bytes: a file of the person's, sent as base64. */
export function fileControl(field: Field): Control {
  const sample = typeof field.initial === "string" ? field.initial : undefined;
  let content: string | undefined = sample;
  const input = element("input", {
    type: "file",
    accept: field.schema.contentMediaType,
    required: field.required && sample === undefined,
  });
  input.addEventListener("change", async () => {
    const file = input.files?.[0];
    content = sample;
    if (file === undefined) return;
    input.setCustomValidity("The file is still being read; try again in a moment");
    const read = await base64Of(file);
    // Another file may have been chosen meanwhile.
    if (input.files?.[0] !== file) return;
    content = read;
    input.setCustomValidity("");
  });
  const hint = sample === undefined ? "" : "a small example is sent until a file is chosen";
  return inputControl({ ...field, hint }, input, () => content);
}

/** @returns its bytes in base64 (RFC 4648) */
function base64Of(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("error", () => reject(reader.error));
    // A data URL: the base64 stands behind the first comma.
    reader.addEventListener("load", () => resolve(String(reader.result).replace(/^[^,]*,?/u, "")));
    reader.readAsDataURL(file);
  });
}
