/** A form for the input of an operation. */

import { digitControl } from "../digit/control.ts";
import { button, element, uniqueId } from "../dom.ts";
import type { Json } from "../openapi.ts";
import {
  booleanControl,
  type Control,
  choiceControl,
  fileControl,
  groupControl,
  jsonControl,
  numberControl,
  numbersControl,
  textControl,
  timestampControl,
  uuidControl,
} from "./inputs.ts";
import { type Field, type FieldKind, isRecord } from "./model.ts";

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

type MakeControl = (field: Field) => Control;

/** Runs every check, so that all messages show at once. */
function checkAll(controls: Iterable<Control>): boolean {
  let valid = true;
  for (const control of controls) valid = control.check() && valid;
  return valid;
}

/** The fields of a record, without a frame. */
export function recordParts(fields: Field[], make: MakeControl) {
  const controls = new Map(fields.map((field) => [field.name, make(field)]));
  return {
    elements: [...controls.values()].map((control) => control.element),
    read: (): { [key: string]: Json } => {
      const entries: [string, Json][] = [];
      for (const [name, control] of controls) {
        const value = control.read();
        if (value !== undefined) entries.push([name, value]);
      }
      return Object.fromEntries(entries);
    },
    check: () => checkAll(controls.values()),
    child: (segment: string) => controls.get(segment),
    focus: () => controls.values().next().value?.focus(),
  };
}

export function recordControl(field: Field, make: MakeControl): Control {
  const body = element("div", { class: "parts" });
  /** Types may hold themselves: the parts are made when the record is wanted. */
  const open = () => {
    const parts = recordParts(field.fields(), make);
    body.replaceChildren(...parts.elements);
    return parts;
  };
  if (field.required) return groupControl(field, body, open());

  let parts: ReturnType<typeof open> | undefined;
  const toggle = button("Add");
  const frame = groupControl(field, element("div", {}, body, toggle), {
    read: () => parts?.read(),
    check: () => parts?.check() ?? true,
    child: (segment) => parts?.child(segment),
    focus: () => toggle.focus(),
  });
  toggle.addEventListener("click", () => {
    parts = parts === undefined ? open() : undefined;
    if (parts === undefined) body.replaceChildren();
    toggle.textContent = parts === undefined ? "Add" : "Leave out";
  });
  if (field.initial !== undefined) toggle.click();
  return frame;
}

/** A list with a button to add an item and one at each to take it away. */
export function listControl(field: Field, make: MakeControl): Control {
  let controls: Control[] = [];
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = field.schema;
  const rows = createRows(() => controls.length, { least: minItems, most: maxItems });

  const add = (value?: Json) => {
    const control = make({ ...field.item(value), label: "item" });
    controls.push(control);
    rows.append(control, [control.element], () => {
      controls = controls.filter((other) => other !== control);
    });
    return control;
  };
  rows.add.addEventListener("click", () => add().focus());
  const initial = Array.isArray(field.initial) ? field.initial : [];
  for (const value of initial) add(value);
  while (controls.length < minItems) add();

  return groupControl(field, rows.element, {
    read: () => {
      if (controls.length === 0 && !field.required) return undefined;
      return controls.map((control) => control.read() ?? null);
    },
    check: () => checkAll(controls),
    child: (segment) => controls[Number(segment)],
    focus: () => rows.add.focus(),
  });
}

/** A map: rows of a key and a value. */
export function mapControl(field: Field, make: MakeControl): Control {
  let entries: { key: HTMLInputElement; control: Control }[] = [];
  const { minProperties = 0, maxProperties = Number.POSITIVE_INFINITY } = field.schema;
  const rows = createRows(() => entries.length, { least: minProperties, most: maxProperties });

  const add = (name: string = "", value?: Json) => {
    const key = element("input", { type: "text", id: uniqueId("key"), autocomplete: "off" });
    key.value = name;
    const label = element("label", { for: key.id }, element("span", { class: "name" }, "key"));
    const entry = { key, control: make({ ...field.item(value), label: "value" }) };
    entries.push(entry);
    rows.append(
      entry.control,
      [element("div", { class: "field" }, label, key), entry.control.element],
      () => {
        entries = entries.filter((other) => other !== entry);
      },
    );
    return key;
  };
  rows.add.addEventListener("click", () => add().focus());
  if (isRecord(field.initial)) {
    for (const [name, value] of Object.entries(field.initial)) add(name, value);
  }
  while (entries.length < minProperties) add();

  const repeated = () => {
    const keys = entries.map((entry) => entry.key.value);
    return keys.find((key, index) => keys.indexOf(key) !== index);
  };
  const frame = groupControl(field, rows.element, {
    read: () => {
      if (entries.length === 0 && !field.required) return undefined;
      return Object.fromEntries(
        entries.map(({ key, control }) => [key.value, control.read() ?? null]),
      );
    },
    check: () => checkAll(entries.map((entry) => entry.control)),
    child: (segment) => entries.find((entry) => entry.key.value === segment)?.control,
    focus: () => rows.add.focus(),
  });
  return {
    ...frame,
    check: () => {
      const valid = frame.check();
      const key = repeated();
      if (key !== undefined) frame.complain(`The key \`${key}\` stands here twice`);
      return valid && key === undefined;
    },
  };
}

/**
 * The rows of a list or map with their buttons, kept within the bounds.
 *
 * @param count how many there are
 */
function createRows(count: () => number, { least, most }: { least: number; most: number }) {
  const list = element("ul", { class: "rows" });
  const add = button("Add");
  const refresh = () => {
    add.disabled = count() >= most;
    for (const button of list.querySelectorAll(":scope > li > button")) {
      button.toggleAttribute("disabled", count() <= least);
    }
  };
  return {
    element: element("div", {}, list, add),
    add,
    append: (control: Control, parts: HTMLElement[], onRemoved: () => void) => {
      const remove = button("Remove");
      const row = element("li", {}, ...parts, remove);
      remove.addEventListener("click", () => {
        row.remove();
        onRemoved();
        refresh();
        control.complain("");
        add.focus();
      });
      list.append(row);
      refresh();
    },
  };
}
