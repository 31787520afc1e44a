/** The fields that are made of other fields. */

import { element, uniqueId } from "../dom.ts";
import type { Json } from "../openapi.ts";
import { type Control, groupControl } from "./frame.ts";
import { type Field, isRecord } from "./model.ts";

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
  const toggle = element("button", { type: "button", class: "quiet" }, "Add");
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
  const add = element("button", { type: "button", class: "quiet" }, "Add");
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
      const remove = element("button", { type: "button", class: "quiet" }, "Remove");
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
