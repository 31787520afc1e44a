import type { Json } from "../openapi/document.ts";

/** Text that is longer than this is cut. */
const LONG = 2000;

/** JSON to read: indented, with lists of plain values on one line. */
export function pretty(value: Json, indent: string = ""): string {
  if (typeof value === "string" && value.length > LONG) {
    return `${JSON.stringify(value.slice(0, LONG))} \u2026 ${value.length} characters`;
  }
  if (typeof value !== "object" || value === null) {
    return JSON.stringify(value);
  }
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const isPlain = value.every((item) => typeof item !== "object" || item === null);
    const items = value.map((item) => pretty(item, inner));
    return isPlain ? `[${items.join(", ")}]` : block("[", items, "]", indent);
  }
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}: ${pretty(member, inner)}`,
  );
  return block("{", members, "}", indent);
}

function block(open: string, items: string[], close: string, indent: string) {
  if (items.length === 0) return open + close;
  const lines = items.map((item) => `${indent}  ${item}`);
  return `${open}\n${lines.join(",\n")}\n${indent}${close}`;
}
