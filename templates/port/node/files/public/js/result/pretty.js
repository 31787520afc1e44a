/**
 * @import { Json } from "../openapi/document.js"
 */

/** Text that is longer than this is cut. */
const LONG = 2000;

/**
 * JSON to read: indented, with lists of plain values on one line.
 *
 * @param {Json} value
 * @param {string} [indent]
 * @returns {string}
 */
export function pretty(value, indent = "") {
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

/**
 * @param {string} open
 * @param {string[]} items
 * @param {string} close
 * @param {string} indent
 */
function block(open, items, close, indent) {
  if (items.length === 0) return open + close;
  const lines = items.map((item) => `${indent}  ${item}`);
  return `${open}\n${lines.join(",\n")}\n${indent}${close}`;
}
