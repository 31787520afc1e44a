/**
 * JSON Schema in words: pure, so that it is tested without a browser.
 *
 * @import { OpenApi, Schema } from "../openapi/document.js"
 */
import { refName, resolve } from "../openapi/document.js";

/**
 * A row of a table of fields.
 *
 * @typedef {object} Row
 * @property {string} name
 * @property {string} type in words, such as `list of number`
 * @property {boolean} required
 * @property {string} description
 */

/**
 * The fields of a record, in the order of the contract.
 *
 * @param {OpenApi} document
 * @param {Schema} schema
 * @returns {Row[]}
 */
export function rowsOf(document, schema) {
  const { properties = {}, required = [] } = resolve(document, schema);
  return Object.entries(properties).map(([name, property]) => ({
    name,
    type: typeOf(property),
    required: required.includes(name),
    description: [resolve(document, property).description, bounds(property)]
      .filter(Boolean)
      .join(" "),
  }));
}

/**
 * @param {Schema} schema
 * @returns {string}
 */
export function typeOf(schema) {
  if (schema.$ref !== undefined) return refName(schema.$ref);
  if (schema.enum !== undefined) return schema.enum.join(" | ");
  if (schema.type === "array") return `list of ${typeOf(schema.items ?? {})}`;
  if (schema.contentEncoding === "base64") return `bytes (${schema.contentMediaType ?? "base64"})`;
  if (schema.type === "string")
    return schema.format === "date-time" ? "timestamp" : textType(schema);
  if (typeof schema.additionalProperties === "object") {
    return `map of ${typeOf(schema.additionalProperties)}`;
  }
  return schema.type ?? "any JSON";
}

/** @param {Schema} schema */
function textType(schema) {
  return schema.format ?? "string";
}

/**
 * @param {Schema} schema
 * @returns {string} `""` when nothing is bounded
 */
function bounds(schema) {
  const safe = Number.MAX_SAFE_INTEGER;
  const item = schema.items ?? schema;
  const facts = [
    range("Length", schema.minLength ?? schema.minItems, schema.maxLength ?? schema.maxItems),
    range(
      schema.items === undefined ? "From" : "Each from",
      item.minimum === -safe ? undefined : item.minimum,
      item.maximum === safe ? undefined : item.maximum,
    ),
    schema.default === undefined ? "" : `Default: ${JSON.stringify(schema.default)}.`,
  ];
  return facts.filter(Boolean).join(" ");
}

/**
 * @param {string} what
 * @param {number | undefined} least
 * @param {number | undefined} most
 */
function range(what, least, most) {
  if (least === undefined && most === undefined) return "";
  if (least === most) return `${what} ${least}.`;
  if (most === undefined) return `${what} ${least} on.`;
  return `${what} ${least ?? "any"} to ${most}.`;
}

/**
 * The names of the record types that a schema leads to, each once, the nearest first.
 *
 * @param {OpenApi} document
 * @param {Schema} schema
 * @returns {string[]}
 */
export function typesIn(document, schema) {
  /** @type {Set<string>} */
  const names = new Set();
  /** @param {Schema} inner */
  const visit = (inner) => {
    if (inner.$ref !== undefined) {
      const name = refName(inner.$ref);
      if (names.has(name)) return;
      names.add(name);
    }
    const { properties = {}, items, additionalProperties } = resolve(document, inner);
    for (const property of Object.values(properties)) visit(property);
    if (items !== undefined) visit(items);
    if (typeof additionalProperties === "object") visit(additionalProperties);
  };
  visit(schema);
  return [...names];
}
