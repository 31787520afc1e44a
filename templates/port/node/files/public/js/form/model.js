/**
 * From JSON Schema to what a form shows: pure, so that it is tested without a browser.
 *
 * @import { Json, OpenApi, Schema } from "../openapi/document.js"
 */
import { resolve } from "../openapi/document.js";

/**
 * How a field is filled in.
 *
 * @typedef {"text" | "paragraph" | "integer" | "number" | "boolean" | "choice" | "timestamp" | "uuid"
 *   | "file" | "json" | "digit" | "numbers" | "list" | "map" | "record"} FieldKind
 */

/**
 * @typedef {object} Field
 * @property {FieldKind} kind
 * @property {string} name as on the wire
 * @property {string} label
 * @property {string} description
 * @property {boolean} required
 * @property {string} hint the bounds in words, `""` when there are none
 * @property {Schema} schema resolved
 * @property {Json | undefined} initial what the field holds at first; `undefined` when absent
 * @property {Json | undefined} example
 * @property {() => Field[]} fields of a record: made when asked for, since types may hold themselves
 * @property {(value?: Json) => Field} item of a list or map
 */

/** Whole numbers that JavaScript and Python both hold exactly (RFC 7493, I-JSON). */
const SAFE = Number.MAX_SAFE_INTEGER;

/** From this length on, a text gets a field of several lines. */
const PARAGRAPH = 200;

/** How many pixels a digit has: 8 x 8, each from 0 to 16. */
const DIGIT = { pixels: 64, ink: 16 };

/**
 * The model of one field.
 *
 * @param {OpenApi} document where references are looked up
 * @param {string} name
 * @param {Schema} schema
 * @param {{ required?: boolean, value?: Json | undefined, label?: string }} [options] `value` wins
 *   over the schema's own default and example
 * @returns {Field}
 */
export function fieldOf(document, name, schema, options = {}) {
  const resolved = resolve(document, schema);
  const required = options.required ?? true;
  const example = options.value ?? resolved.example ?? resolved.examples?.[0];
  const kind = kindOf(document, resolved);
  return {
    kind,
    name,
    label: options.label ?? name.replaceAll("_", " "),
    description: resolved.description ?? "",
    required,
    hint: hintOf(document, kind, resolved),
    schema: resolved,
    initial: resolved.default ?? (required ? example : undefined),
    example,
    fields: () => fieldsOf(document, resolved, example),
    item: (value) =>
      fieldOf(document, "", itemSchema(document, resolved), { label: "item", value }),
  };
}

/**
 * The fields of a record.
 *
 * @param {OpenApi} document
 * @param {Schema} schema
 * @param {Json | undefined} value of the whole record
 * @returns {Field[]}
 */
function fieldsOf(document, schema, value) {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).map(([name, property]) =>
    fieldOf(document, name, property, { required: required.has(name), value: member(value, name) }),
  );
}

/**
 * @param {Json | undefined} value
 * @param {string} name
 * @returns {Json | undefined}
 */
function member(value, name) {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/**
 * @param {Json | undefined} value
 * @returns {value is { [key: string]: Json }}
 */
export function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * @param {OpenApi} document
 * @param {Schema} schema of a list or map
 * @returns {Schema}
 */
function itemSchema(document, schema) {
  if (schema.items !== undefined) return resolve(document, schema.items);
  return typeof schema.additionalProperties === "object"
    ? resolve(document, schema.additionalProperties)
    : {};
}

/**
 * @param {OpenApi} document
 * @param {Schema} schema
 * @returns {FieldKind}
 */
export function kindOf(document, schema) {
  if (schema.enum !== undefined) return "choice";
  switch (schema.type) {
    case "integer":
    case "number":
    case "boolean":
      return schema.type;
    case "string":
      return textKind(schema);
    case "array":
      return listKind(document, schema);
    case "object":
      return recordKind(schema);
    default:
      return "json";
  }
}

/**
 * @param {Schema} schema
 * @returns {FieldKind}
 */
function textKind(schema) {
  if (schema.contentEncoding === "base64") return "file";
  if (schema.format === "date-time") return "timestamp";
  if (schema.format === "uuid") return "uuid";
  return (schema.maxLength ?? 0) > PARAGRAPH ? "paragraph" : "text";
}

/**
 * @param {OpenApi} document
 * @param {Schema} schema
 * @returns {FieldKind}
 */
function listKind(document, schema) {
  const item = itemSchema(document, schema);
  if (item.type !== "integer" && item.type !== "number") return "list";
  const isDigit =
    schema.minItems === DIGIT.pixels &&
    schema.maxItems === DIGIT.pixels &&
    item.minimum === 0 &&
    item.maximum === DIGIT.ink;
  return isDigit ? "digit" : "numbers";
}

/**
 * @param {Schema} schema
 * @returns {FieldKind}
 */
function recordKind(schema) {
  if (schema.properties !== undefined) return "record";
  return typeof schema.additionalProperties === "object" ? "map" : "json";
}

/**
 * The bounds of a field in words.
 *
 * @param {OpenApi} document
 * @param {FieldKind} kind
 * @param {Schema} schema
 * @returns {string}
 */
function hintOf(document, kind, schema) {
  switch (kind) {
    case "integer":
    case "number":
      return span(lower(schema.minimum), upper(schema.maximum), "");
    case "text":
    case "paragraph":
      return span(schema.minLength, schema.maxLength, "characters");
    case "list":
    case "map":
      return span(
        schema.minItems ?? schema.minProperties,
        schema.maxItems ?? schema.maxProperties,
        "entries",
      );
    case "numbers": {
      const item = itemSchema(document, schema);
      const count = span(schema.minItems, schema.maxItems, "numbers");
      const each = span(lower(item.minimum), upper(item.maximum), "");
      return [count, each && `each ${each}`].filter(Boolean).join(", ");
    }
    default:
      return "";
  }
}

/**
 * A bound that only says what every contract's integers obey says nothing.
 *
 * @param {number | undefined} minimum
 */
function lower(minimum) {
  return minimum === -SAFE ? undefined : minimum;
}

/** @param {number | undefined} maximum */
function upper(maximum) {
  return maximum === SAFE ? undefined : maximum;
}

/**
 * @param {number | undefined} least
 * @param {number | undefined} most
 * @param {string} unit
 * @returns {string}
 */
function span(least, most, unit) {
  const from = least === 0 && unit !== "" ? undefined : least;
  const words = [];
  if (from !== undefined && from === most) words.push("exactly", from);
  else if (from !== undefined && most !== undefined) words.push(from, "to", most);
  else if (from !== undefined) words.push("at least", from);
  else if (most !== undefined) words.push("at most", most);
  else return "";
  if (unit !== "") words.push(unit);
  return words.join(" ");
}
