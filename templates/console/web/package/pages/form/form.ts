/** A form for the input of an operation. */

import { digitControl } from "../digit/control.ts";
import type { Json } from "../openapi/document.ts";
import { fileControl } from "./file.ts";
import type { Control } from "./frame.ts";
import { listControl, mapControl, recordControl, recordParts } from "./groups.ts";
import {
  booleanControl,
  choiceControl,
  jsonControl,
  numberControl,
  numbersControl,
  textControl,
  timestampControl,
  uuidControl,
} from "./inputs.ts";
import type { Field, FieldKind } from "./model.ts";
import { locate } from "./pointer.ts";

const CONTROLS: Record<FieldKind, (field: Field) => Control> = {
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

function createControl(field: Field): Control {
  return CONTROLS[field.kind](field);
}

/** One thing that is wrong with an input, as problem details name it. */
export type FieldError = { pointer: string; detail: string };

/**
 * The fields of an operation's input.
 *
 * @param input the whole input
 * @returns `check` shows at the fields what is wrong and moves the focus there; `complain` shows
 *   what the gateway found wrong and returns what no field could show
 */
export function createFields(input: Field): {
  elements: HTMLElement[];
  read: () => Json;
  check: () => boolean;
  complain: (errors: FieldError[]) => string[];
} {
  const isRecord = input.kind === "record";
  const whole = isRecord ? undefined : createControl(input);
  const parts = whole ?? recordParts(input.fields(), createControl);
  const root: Pick<Control, "child" | "complain" | "focus"> = {
    child: parts.child,
    complain: () => {},
    focus: () => {},
    ...whole,
  };
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
      const homeless: string[] = [];
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

function recordElements(parts: object): HTMLElement[] {
  return "elements" in parts && Array.isArray(parts.elements) ? parts.elements : [];
}

function focusFirstInvalid(elements: HTMLElement[]) {
  for (const part of elements) {
    const invalid = part.querySelector('[aria-invalid="true"]');
    if (invalid instanceof HTMLElement) {
      invalid.focus();
      return;
    }
  }
}
