/** A form for the input of an operation. */

import { digitControl } from "../digit/control.ts";
import { button, element } from "../dom.ts";
import type { Json } from "../openapi.ts";
import {
  booleanControl,
  type Control,
  choiceControl,
  complain,
  fileControl,
  groupControl,
  inputControl,
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
  list: listControl,
  map: mapControl,
  record: recordControl,
};

function createControl(field: Field): Control {
  return CONTROLS[field.kind](field);
}

/** One thing that is wrong with an input, as problem details name it. */
export type FieldError = { pointer: string; detail: string };

/**
 * A form for an operation's input. What the browser finds wrong, and what the gateway does, is shown
 * at the fields until they are changed.
 *
 * @param input the whole input
 * @param label of the form
 * @param rest what stands below the fields
 * @returns `check` moves the focus to the first field that is wrong; `complain` shows what the
 *   gateway found wrong and returns what no field could show
 */
export function createForm(
  input: Field,
  label: string,
  ...rest: HTMLElement[]
): {
  element: HTMLFormElement;
  read: () => Json;
  check: () => boolean;
  complain: (errors: FieldError[]) => string[];
} {
  const isRecord = input.kind === "record";
  const whole = isRecord ? recordParts(input.fields()) : createControl(input);
  const fields = "elements" in whole ? whole.elements : [whole.element];
  const form = element("form", { novalidate: true, "aria-label": label }, ...fields, ...rest);
  const focusFirst = () => focusOn(form, '[aria-invalid="true"]');
  // It does not bubble.
  const report = ({ target }: Event) => {
    const input = target as HTMLInputElement;
    complain(input.closest(".field"), input.validationMessage);
  };
  form.addEventListener("invalid", report, { capture: true });
  form.addEventListener("input", ({ target }) => {
    for (const field of form.querySelectorAll(".field"))
      if (field.contains(target as Node)) complain(field, "");
  });
  return {
    element: form,
    read: () => whole.read() ?? {},
    check: () => {
      for (const field of form.querySelectorAll(".field")) complain(field, "");
      const valid = form.checkValidity();
      if (!valid) focusFirst();
      return valid;
    },
    complain: (errors) => {
      const homeless: string[] = [];
      for (const { pointer, detail } of errors) {
        const { node, rest } = locate<Pick<Control, "child"> | Control>(whole, pointer);
        const place = rest.length === 0 ? "" : `${rest.join(" / ")}: `;
        if ("element" in node) complain(node.element, `${place}${detail}`);
        else homeless.push(`${pointer} ${detail}`.trim());
      }
      focusFirst();
      return homeless;
    },
  };
}

const FOCUSABLE = ":is(input, select, textarea, button, [tabindex='0'])";

/** Moves the focus to the first of what `selector` names. */
function focusOn(place: Element, selector: string) {
  place.querySelector<HTMLElement>(selector)?.focus();
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
type Branch<Node> = { child?(segment: string): Node | undefined };

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
    const next = node.child?.(rest[0] ?? "");
    if (next === undefined) break;
    node = next;
    rest.shift();
  }
  return { node, rest };
}

/** The fields of a record, without a frame. */
function recordParts(fields: Field[]) {
  const controls = new Map(fields.map((field) => [field.name, createControl(field)]));
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
    child: (segment: string) => controls.get(segment),
  };
}

function recordControl(field: Field): Control {
  const body = element("div", { class: "parts" });
  /** Types may hold themselves: the parts are made when the record is wanted. */
  const open = () => {
    const parts = recordParts(field.fields());
    body.replaceChildren(...parts.elements);
    return parts;
  };
  if (field.required) return groupControl(field, body, open());

  let parts: ReturnType<typeof open> | undefined;
  const toggle = button("Add");
  const frame = groupControl(field, element("div", {}, body, toggle), {
    read: () => parts?.read(),
    child: (segment) => parts?.child(segment),
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
function listControl(field: Field): Control {
  const { minItems: least = 0, maxItems: most = Number.POSITIVE_INFINITY } = field.schema;
  const initial = Array.isArray(field.initial) ? field.initial : [];
  const { element, rows } = createRows({ least, most }, initial, (value) => {
    const control = createControl({ ...field.item(value), label: "item" });
    return { control, parts: [control.element] };
  });
  return groupControl(field, element, {
    read: () => {
      if (rows().length === 0 && !field.required) return undefined;
      return rows().map(({ control }) => control.read() ?? null);
    },
    child: (segment) => rows()[Number(segment)]?.control,
  });
}

/** A map: rows of a key and a value. */
function mapControl(field: Field): Control {
  const { minProperties: least = 0, maxProperties: most = Number.POSITIVE_INFINITY } = field.schema;
  const initial: [string, Json?][] = isRecord(field.initial) ? Object.entries(field.initial) : [];
  const { element: body, rows } = createRows({ least, most }, initial, (entry) => {
    const [name, value] = entry ?? [""];
    const key = element("input", { type: "text", autocomplete: "off" });
    key.value = name;
    const keyField = { ...field.item(), label: "key", description: "", hint: "" };
    const named = inputControl(keyField, key, () => key.value);
    const control = createControl({ ...field.item(value), label: "value" });
    return { key, named, control, parts: [named.element, control.element] };
  });
  const tellTwins = () => {
    const known = new Set<string>();
    for (const { key, named } of rows()) {
      const repeated = known.has(key.value) ? `The key \`${key.value}\` stands here twice` : "";
      // The twin that was not changed is right now, too.
      if (key.validationMessage && !repeated) complain(named.element, "");
      key.setCustomValidity(repeated);
      known.add(key.value);
    }
  };
  body.addEventListener("input", tellTwins);
  tellTwins();
  return groupControl(field, body, {
    read: () => {
      if (rows().length === 0 && !field.required) return undefined;
      return Object.fromEntries(
        rows().map(({ key, control }) => [key.value, control.read() ?? null]),
      );
    },
    child: (segment) => rows().find(({ key }) => key.value === segment)?.control,
  });
}

interface Row {
  control: Control;
  /** What of it stands on the page, before the button that takes it away */
  parts: HTMLElement[];
}

/**
 * The rows of a list or map with their buttons, kept within the bounds. A row that comes or goes is
 * reported as input.
 *
 * @param make is called without a value for a row that the person adds
 */
function createRows<Value, Kind extends Row>(
  { least, most }: { least: number; most: number },
  initial: Value[],
  make: (value?: Value) => Kind,
): { element: HTMLElement; rows: () => Kind[] } {
  const rows = new Map<Element, Kind>();
  const list = element("ul", { class: "rows" });
  const more = button("Add");
  const refresh = () => {
    more.disabled = rows.size >= most;
    for (const button of list.querySelectorAll(":scope > li > button")) {
      button.toggleAttribute("disabled", rows.size <= least);
    }
    list.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const add = (value?: Value) => {
    const row = make(value);
    const remove = button("Remove");
    const item = element("li", {}, ...row.parts, remove);
    remove.addEventListener("click", () => {
      item.remove();
      rows.delete(item);
      refresh();
      more.focus();
    });
    rows.set(item, row);
    list.append(item);
    refresh();
    return item;
  };
  more.addEventListener("click", () => focusOn(add(), FOCUSABLE));
  for (const value of initial) add(value);
  while (rows.size < least) add();
  return { element: element("div", {}, list, more), rows: () => [...rows.values()] };
}
