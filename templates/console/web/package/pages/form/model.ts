/** From JSON Schema to what a form shows: pure, so that it is tested without a browser. */
import { type Json, type OpenApi, resolve, type Schema } from "../openapi.ts";

/** How a field is filled in. */
export type FieldKind =
  | "text"
  | "paragraph"
  | "integer"
  | "number"
  | "boolean"
  | "choice"
  | "timestamp"
  | "uuid"
  | "file"
  | "json"
  | "digit"
  | "numbers"
  | "list"
  | "map"
  | "record";

export interface Field {
  kind: FieldKind;
  /** As on the wire */
  name: string;
  label: string;
  description: string;
  required: boolean;
  /** The bounds in words, `""` when there are none */
  hint: string;
  /** Resolved */
  schema: Schema;
  /** What the field holds at first; `undefined` when absent */
  initial: Json | undefined;
  example: Json | undefined;
  /** Of a record: made when asked for, since types may hold themselves */
  fields: () => Field[];
  /** Of a list or map */
  item: (value?: Json) => Field;
}

/** Whole numbers that JavaScript and Python both hold exactly (RFC 7493, I-JSON). */
const SAFE = Number.MAX_SAFE_INTEGER;

/** From this length on, a text gets a field of several lines. */
const PARAGRAPH = 200;

/** How many pixels a digit has: 8 x 8, each from 0 to 16. */
const DIGIT = { pixels: 64, ink: 16 };

/**
 * The model of one field.
 *
 * @param document where references are looked up
 * @param options `value` wins over the schema's own default and example
 */
export function fieldOf(
  document: OpenApi,
  name: string,
  schema: Schema,
  options: { required?: boolean; value?: Json | undefined; label?: string } = {},
): Field {
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
 * @param value of the whole record
 */
function fieldsOf(document: OpenApi, schema: Schema, value: Json | undefined): Field[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).map(([name, property]) =>
    fieldOf(document, name, property, { required: required.has(name), value: member(value, name) }),
  );
}

function member(value: Json | undefined, name: string): Json | undefined {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

export function isRecord(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param schema of a list or map */
function itemSchema(document: OpenApi, schema: Schema): Schema {
  if (schema.items !== undefined) return resolve(document, schema.items);
  return typeof schema.additionalProperties === "object"
    ? resolve(document, schema.additionalProperties)
    : {};
}

function kindOf(document: OpenApi, schema: Schema): FieldKind {
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

function textKind(schema: Schema): FieldKind {
  if (schema.contentEncoding === "base64") return "file";
  if (schema.format === "date-time") return "timestamp";
  if (schema.format === "uuid") return "uuid";
  return (schema.maxLength ?? 0) > PARAGRAPH ? "paragraph" : "text";
}

function listKind(document: OpenApi, schema: Schema): FieldKind {
  const item = itemSchema(document, schema);
  if (item.type !== "integer" && item.type !== "number") return "list";
  const isDigit =
    schema.minItems === DIGIT.pixels &&
    schema.maxItems === DIGIT.pixels &&
    item.minimum === 0 &&
    item.maximum === DIGIT.ink;
  return isDigit ? "digit" : "numbers";
}

function recordKind(schema: Schema): FieldKind {
  if (schema.properties !== undefined) return "record";
  return typeof schema.additionalProperties === "object" ? "map" : "json";
}

/** The bounds of a field in words. */
function hintOf(document: OpenApi, kind: FieldKind, schema: Schema): string {
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

/** A bound that only says what every contract's integers obey says nothing. */
function lower(minimum: number | undefined) {
  return minimum === -SAFE ? undefined : minimum;
}

function upper(maximum: number | undefined) {
  return maximum === SAFE ? undefined : maximum;
}

function span(least: number | undefined, most: number | undefined, unit: string): string {
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

/** A value, or in words why there is none. */
type Parsed = { value: Json; error?: undefined } | { value?: undefined; error: string };

/**
 * Numbers separated by commas, spaces or lines, in brackets or not.
 *
 * @param schema of the list
 * @param item of each number
 */
export function parseNumbers(text: string, schema: Schema, item: Schema): Parsed {
  const words = text.split(/[\s,;[\]]+/u).filter(Boolean);
  const least = schema.minItems ?? 0;
  const most = schema.maxItems ?? Number.POSITIVE_INFINITY;
  if (words.length < least || words.length > most) {
    const wanted =
      least === most ? `${least}` : words.length < least ? `at least ${least}` : `at most ${most}`;
    return { error: `${wanted} numbers are needed; there are ${words.length}` };
  }
  const numbers = words.map(Number);
  const wrong = numbers.findIndex((number) => !fits(number, item));
  if (wrong >= 0) return { error: `Number ${wrong + 1}, \`${words[wrong]}\`, is not allowed here` };
  return { value: numbers };
}

function fits(number: number, schema: Schema) {
  return (
    Number.isFinite(number) &&
    (schema.type !== "integer" || Number.isSafeInteger(number)) &&
    number >= (schema.minimum ?? Number.NEGATIVE_INFINITY) &&
    number <= (schema.maximum ?? Number.POSITIVE_INFINITY)
  );
}

export function parseJson(text: string): Parsed {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { error: `This is not JSON: ${error instanceof Error ? error.message : error}` };
  }
}

/**
 * What a `datetime-local` field holds, as RFC 3339 in UTC.
 *
 * @param local such as `2026-11-22T14:30:05`, in the time zone of the browser
 * @returns `undefined` when it is not a time
 */
export function timestampOf(local: string): string | undefined {
  const time = new Date(local);
  return local === "" || Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

/**
 * What a `datetime-local` field must hold to show a time.
 *
 * @param timestamp RFC 3339
 * @returns `""` when it is not a time
 */
export function localOf(timestamp: string): string {
  const time = new Date(timestamp);
  if (Number.isNaN(time.getTime())) return "";
  const shifted = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 19);
}
