/**
 * A form for the input of an operation.
 *
 * @import { Json } from "../openapi/document.js"
 * @import { Control } from "./frame.js"
 * @import { Field } from "./model.js"
 */
import { digitControl } from "../digit/control.js";
import { fileControl } from "./file.js";
import { listControl, mapControl, recordControl, recordParts } from "./groups.js";
import {
  booleanControl,
  choiceControl,
  jsonControl,
  numberControl,
  numbersControl,
  textControl,
  timestampControl,
  uuidControl,
} from "./inputs.js";
import { locate } from "./pointer.js";

/** @type {Record<import("./model.js").FieldKind, (field: Field) => Control>} */
const CONTROLS = {
  text: textControl,
  paragraph: textControl,
  integer: numberControl,
  number: numberControl,
  boolean: booleanControl,
  choice: choiceControl,
  timestamp: timestampControl,
  uuid: uuidControl,
  file: fileControl,
  json: jsonControl,
  digit: digitControl,
  numbers: numbersControl,
  list: (field) => listControl(field, createControl),
  map: (field) => mapControl(field, createControl),
  record: (field) => recordControl(field, createControl),
};

/** @param {Field} field @returns {Control} */
function createControl(field) {
  return CONTROLS[field.kind](field);
}

/**
 * One thing that is wrong with an input, as problem details name it.
 *
 * @typedef {{ pointer: string, detail: string }} FieldError
 */

/**
 * The fields of an operation's input.
 *
 * @param {Field} input the whole input
 * @returns {{
 *   elements: HTMLElement[],
 *   read: () => Json,
 *   check: () => boolean,
 *   complain: (errors: FieldError[]) => string[],
 * }} `check` shows at the fields what is wrong and moves the focus there; `complain` shows what the
 *   gateway found wrong and returns what no field could show
 */
export function createFields(input) {
  const isRecord = input.kind === "record";
  const whole = isRecord ? undefined : createControl(input);
  const parts = whole ?? recordParts(input.fields(), createControl);
  /** @type {Pick<Control, "child" | "complain" | "focus">} */
  const root = { child: parts.child, complain: () => {}, focus: () => {}, ...whole };
  const elements = whole === undefined ? recordElements(parts) : [whole.element];
  return {
    elements,
    read: () => parts.read() ?? {},
    check: () => {
      const valid = parts.check();
      if (!valid) focusFirstInvalid(elements);
      return valid;
    },
    complain: (errors) => {
      /** @type {string[]} */
      const homeless = [];
      for (const { pointer, detail } of errors) {
        const { node, rest } = locate(root, pointer);
        const place = rest.length === 0 ? "" : `${rest.join(" / ")}: `;
        if (node === root && whole === undefined) homeless.push(`${pointer} ${detail}`.trim());
        else node.complain(`${place}${detail}`);
      }
      focusFirstInvalid(elements);
      return homeless;
    },
  };
}

/** @param {object} parts @returns {HTMLElement[]} */
function recordElements(parts) {
  return "elements" in parts && Array.isArray(parts.elements) ? parts.elements : [];
}

/** @param {HTMLElement[]} elements */
function focusFirstInvalid(elements) {
  for (const part of elements) {
    const invalid = part.querySelector('[aria-invalid="true"]');
    if (invalid instanceof HTMLElement) {
      invalid.focus();
      return;
    }
  }
}
