/** A form for the input of an operation. */

import { digitControl } from "../digit/control.ts";
import type { Json } from "../openapi.ts";
import type { Control } from "./frame.ts";
import { listControl, mapControl, recordControl, recordParts } from "./groups.ts";
import {
  booleanControl,
  choiceControl,
  fileControl,
  jsonControl,
  numberControl,
  numbersControl,
  textControl,
  timestampControl,
  uuidControl,
} from "./inputs.ts";
import type { Field, FieldKind } from "./model.ts";

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

/**
 * The segments of a JSON Pointer (RFC 6901), by which a problem names a place in the input.
 *
 * @param pointer such as `/pixels/3`; `""` is the whole
 */
export function parsePointer(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Something with parts that a pointer can go down to. */
type Branch<Node> = { child(segment: string): Node | undefined };

/**
 * Goes down a tree along a pointer, as far as there is something to go down to.
 *
 * @returns the nearest node, and the segments that lead on from it
 */
export function locate<Node extends Branch<Node>>(
  root: Node,
  pointer: string,
): { node: Node; rest: string[] } {
  const rest = parsePointer(pointer);
  let node = root;
  while (rest.length > 0) {
    const next = node.child(rest[0] ?? "");
    if (next === undefined) break;
    node = next;
    rest.shift();
  }
  return { node, rest };
}
