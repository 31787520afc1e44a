/**
 * How an answer is shown, told from its schema alone: pure, so that it is tested without a browser.
 *
 * @import { Json, OpenApi, Schema } from "../openapi/document.js"
 */
import { isRecord } from "../form/model.js";
import { resolve } from "../openapi/document.js";

/**
 * One part of an answer.
 *
 * @typedef {{ kind: "image", name: string, description: string, mediaType: string, base64: string }
 *   | { kind: "file", name: string, description: string, mediaType: string, base64: string }
 *   | { kind: "shares", name: string, description: string, shares: { key: string, share: number }[] }
 *   | { kind: "table", name: string, description: string, columns: string[], rows: string[][] }
 *   | { kind: "value", name: string, description: string, text: string, isVerdict?: boolean }
 *   | { kind: "json", name: string, description: string, text: string }} Part
 */

/** Rows of a table that are shown. */
const ROWS = 50;

/**
 * The parts of an answer, in the order of the contract; fields that are absent are left out.
 *
 * @param {OpenApi} document
 * @param {Schema} schema of the whole answer
 * @param {Json} value the whole answer
 * @returns {Part[]}
 */
export function partsOf(document, schema, value) {
  const { properties } = resolve(document, schema);
  if (properties === undefined || !isRecord(value))
    return [partOf(document, "result", schema, value)];
  const parts = Object.entries(properties).flatMap(([name, property]) => {
    const member = value[name];
    return member === undefined ? [] : [partOf(document, name, property, member)];
  });
  return markVerdict(parts);
}

/**
 * Marks the value that says in one word what the shares beside it say in numbers.
 *
 * @param {Part[]} parts
 * @returns {Part[]}
 */
function markVerdict(parts) {
  const winners = parts.flatMap((part) =>
    part.kind === "shares" ? [leading(part.shares).key] : [],
  );
  return parts.map((part) =>
    part.kind === "value" && winners.includes(part.text) ? { ...part, isVerdict: true } : part,
  );
}

/**
 * @param {OpenApi} document
 * @param {string} name
 * @param {Schema} property
 * @param {Json} value
 * @returns {Part}
 */
function partOf(document, name, property, value) {
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
 * @param {OpenApi} document
 * @param {Schema} schema of a list or map
 * @param {Json} value
 * @returns {{ key: string, share: number }[] | undefined}
 */
function sharesOf(document, schema, value) {
  const inner = schema.items ?? schema.additionalProperties;
  if (typeof inner !== "object" || typeof value !== "object" || value === null) return undefined;
  const item = resolve(document, inner);
  if (item.type !== "number" || item.minimum !== 0 || item.maximum !== 1) return undefined;
  const shares = Object.entries(value).map(([key, share]) => ({ key, share: Number(share) }));
  return shares.length < 2 ? undefined : shares;
}

/**
 * @param {{ [key: string]: Json }[]} records
 * @returns {{ columns: string[], rows: string[][] }}
 */
function tableOf(records) {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
  return {
    columns: names.map((name) => name.replaceAll("_", " ")),
    rows: records.slice(0, ROWS).map((record) => names.map((name) => cellOf(record[name]))),
  };
}

/** @param {Json | undefined} value @returns {string} */
function cellOf(value) {
  if (value === undefined) return "";
  if (typeof value === "number") return number(value);
  if (typeof value !== "object" || value === null) return String(value);
  const parts = Array.isArray(value) ? value : [value];
  return parts
    .map((part) => (isRecord(part) ? Object.values(part).map(cellOf).join(" ") : cellOf(part)))
    .join(", ");
}

/**
 * @param {Schema} schema
 * @param {string | number | boolean | null} value
 * @returns {string}
 */
function textOf(schema, value) {
  if (typeof value === "number") return number(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string" && schema.format === "date-time") {
    const time = new Date(value);
    return Number.isNaN(time.getTime()) ? value : time.toLocaleString();
  }
  return String(value);
}

/** At most six digits behind the point. @param {number} value */
function number(value) {
  return String(Number(value.toFixed(6)));
}

/**
 * A share in per cent.
 *
 * @param {number} share from 0 to 1
 * @returns {string} such as `98.2 %`, with a space that does not break
 */
export function percent(share) {
  return `${(share * 100).toFixed(1)}\u00a0%`;
}

/**
 * The most probable of the shares.
 *
 * @param {{ key: string, share: number }[]} shares at least one
 */
export function leading(shares) {
  return shares.reduce((best, entry) => (entry.share > best.share ? entry : best));
}

/**
 * An answer in a few words, for a line that is read aloud.
 *
 * @param {Part[]} parts
 * @returns {string}
 */
export function summary(parts) {
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
