import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { document, type Schema } from "./gateway.ts";

const ID = "openapi.json";
const ajv = new Ajv2020({ allErrors: true, strict: false });
addFormats.default(ajv);
ajv.addSchema({ components: document.components }, ID);

/** Fails unless `value` is what `schema` of the document says. */
export function assertMatches(value: unknown, schema: Schema): void {
  const isValid = ajv.compile(schema.$ref ? { $ref: `${ID}${schema.$ref}` } : schema);
  assert.ok(isValid(value), `${ajv.errorsText(isValid.errors)}\nin ${JSON.stringify(value)}`);
}

/** Fails unless `value` is what the component `name` of the document says. */
export function assertIs(name: string, value: unknown): void {
  assertMatches(value, { $ref: `#/components/schemas/${name}` });
}
