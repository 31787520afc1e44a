/**
 * How an answer is shown, by its schema alone: pure, so that it is tested without a browser.
 */

import { isRecord } from "../form/model.ts";
import { type Json, type OpenApi, resolve, type Schema } from "../openapi.ts";

/** One part of an answer. */
export type Part =
  | { kind: "image"; name: string; description: string; mediaType: string; base64: string }
  | { kind: "file"; name: string; description: string; mediaType: string; base64: string }
  | { kind: "shares"; name: string; description: string; shares: { key: string; share: number }[] }
  | { kind: "table"; name: string; description: string; columns: string[]; rows: string[][] }
  | { kind: "value"; name: string; description: string; text: string; isVerdict?: boolean }
  | { kind: "json"; name: string; description: string; text: string };

/** Rows of a table that are shown. */
const ROWS = 50;

/**
 * The parts of an answer, in the order of the contract; fields that are absent are left out.
 *
 * @param schema of the whole answer
 * @param value the whole answer
 */
export function partsOf(document: OpenApi, schema: Schema, value: Json): Part[] {
  const { properties } = resolve(document, schema);
  if (properties === undefined || !isRecord(value))
    return [partOf(document, "result", schema, value)];
  const parts = Object.entries(properties).flatMap(([name, property]) => {
    const member = value[name];
    return member === undefined ? [] : [partOf(document, name, property, member)];
  });
  return markVerdict(parts);
}

/** Marks the value that says in one word what the shares beside it say in numbers. */
function markVerdict(parts: Part[]): Part[] {
  const winners = parts.flatMap((part) =>
    part.kind === "shares" ? [leading(part.shares).key] : [],
  );
  return parts.map((part) =>
    part.kind === "value" && winners.includes(part.text) ? { ...part, isVerdict: true } : part,
  );
}

function partOf(document: OpenApi, name: string, property: Schema, value: Json): Part {
  const schema = resolve(document, property);
  const common = { name: name.replaceAll("_", " "), description: schema.description ?? "" };
  if (schema.contentEncoding === "base64" && typeof value === "string") {
    const mediaType = schema.contentMediaType ?? "application/octet-stream";
    const kind = mediaType.startsWith("image/") ? "image" : "file";
    return { ...common, kind, mediaType, base64: value };
  }
  const shares = sharesOf(document, schema, value);
  if (shares !== undefined) return { ...common, kind: "shares", shares };
  if (Array.isArray(value) && value.length > 0 && value.every(isRecord)) {
    return { ...common, kind: "table", ...tableOf(value) };
  }
  if (typeof value !== "object" || value === null) {
    return { ...common, kind: "value", text: textOf(schema, value) };
  }
  return { ...common, kind: "json", text: JSON.stringify(value, undefined, 2) };
}

/**
 * Numbers that are shares of a whole: each within 0 and 1 by contract, one for each of at least two
 * things.
 *
 * @param schema of a list or map
 */
function sharesOf(
  document: OpenApi,
  schema: Schema,
  value: Json,
): { key: string; share: number }[] | undefined {
  const inner = schema.items ?? schema.additionalProperties;
  if (typeof inner !== "object" || typeof value !== "object" || value === null) return undefined;
  const item = resolve(document, inner);
  if (item.type !== "number" || item.minimum !== 0 || item.maximum !== 1) return undefined;
  const shares = Object.entries(value).map(([key, share]) => ({ key, share: Number(share) }));
  return shares.length < 2 ? undefined : shares;
}

function tableOf(records: { [key: string]: Json }[]): { columns: string[]; rows: string[][] } {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
  return {
    columns: names.map((name) => name.replaceAll("_", " ")),
    rows: records.slice(0, ROWS).map((record) => names.map((name) => cellOf(record[name]))),
  };
}

function cellOf(value: Json | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "number") return number(value);
  if (typeof value !== "object" || value === null) return String(value);
  const parts = Array.isArray(value) ? value : [value];
  return parts
    .map((part) => (isRecord(part) ? Object.values(part).map(cellOf).join(" ") : cellOf(part)))
    .join(", ");
}

function textOf(schema: Schema, value: string | number | boolean | null): string {
  if (typeof value === "number") return number(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string" && schema.format === "date-time") {
    const time = new Date(value);
    return Number.isNaN(time.getTime()) ? value : time.toLocaleString();
  }
  return String(value);
}

/** At most six digits behind the point. */
function number(value: number) {
  return String(Number(value.toFixed(6)));
}

/**
 * A share in per cent.
 *
 * @param share from 0 to 1
 * @returns such as `98.2 %`, with a space that does not break
 */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)}\u00a0%`;
}

/**
 * The most probable of the shares.
 *
 * @param shares at least one
 */
export function leading(shares: { key: string; share: number }[]) {
  return shares.reduce((best, entry) => (entry.share > best.share ? entry : best));
}

/** An answer in a few words, for a line that is read aloud. */
export function summary(parts: Part[]): string {
  return parts
    .flatMap((part) => {
      if (part.kind === "value") return [`${part.name} ${part.text}`];
      if (part.kind !== "shares") return [];
      const best = leading(part.shares);
      return [`${part.name} highest for ${best.key} (${percent(best.share)})`];
    })
    .slice(0, 2)
    .join("; ");
}

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
