/** A valid value of a schema: pure, so that it is tested without a browser. */
import { type Json, type OpenApi, resolve, type Schema } from "./document.ts";

/** Types may hold themselves: deeper than this, what may be empty is. */
const DEPTH = 4;

/**
 * The example that the contract gives, or else one made up from the type. Optional fields for which
 * the contract gives none are left out.
 */
export function exampleOf(document: OpenApi, schema: Schema, depth: number = 0): Json {
  const resolved = resolve(document, schema);
  const given = givenExample(resolved);
  if (given !== undefined) return given;
  const { items, additionalProperties, properties } = resolved;
  switch (resolved.type) {
    case "array": {
      const count = Math.max(resolved.minItems ?? 0, depth < DEPTH ? 1 : 0);
      return Array.from({ length: count }, () => exampleOf(document, items ?? {}, depth + 1));
    }
    case "object":
      if (properties !== undefined) return recordExample(document, resolved, depth);
      return typeof additionalProperties === "object" && depth < DEPTH
        ? { key: exampleOf(document, additionalProperties, depth + 1) }
        : {};
    case "integer":
    case "number":
      return Math.min(resolved.maximum ?? 1, Math.max(resolved.minimum ?? 1, 1));
    case "boolean":
      return true;
    case "string":
      return textExample(resolved);
    default:
      return {};
  }
}

function givenExample(schema: Schema): Json | undefined {
  return schema.example ?? schema.examples?.[0] ?? schema.default;
}

function recordExample(document: OpenApi, schema: Schema, depth: number) {
  const { properties = {}, required = [] } = schema;
  return Object.fromEntries(
    Object.entries(properties)
      .filter(
        ([name, property]) =>
          required.includes(name) || givenExample(resolve(document, property)) !== undefined,
      )
      .map(([name, property]) => [name, exampleOf(document, property, depth + 1)]),
  );
}

function textExample(schema: Schema) {
  if (schema.enum !== undefined) return schema.enum[0] ?? "";
  if (schema.format === "date-time") return "2026-01-01T00:00:00Z";
  if (schema.format === "uuid") return "0b9d1c9e-6f0a-4c55-9a3e-2f1d8c7b6a54";
  if (schema.contentEncoding === "base64") return "AAAA";
  return "text".padEnd(schema.minLength ?? 0, " text").slice(0, schema.maxLength);
}
