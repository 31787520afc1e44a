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
  // What a schema refers to stands in the document that it is of.
  const { components } = document;
  const isValid = ajv.compile(
    schema.$ref ? { $ref: `${ID}${schema.$ref}` } : { ...schema, components },
  );
  assert.ok(isValid(value), `${ajv.errorsText(isValid.errors)}\nin ${JSON.stringify(value)}`);
}

/** Fails unless `value` is what the component `name` of the document says. */
export function assertIs(name: string, value: unknown): void {
  assertMatches(value, { $ref: `#/components/schemas/${name}` });
}

/** Problem details (RFC 9457) as the gateway sends them. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
  readonly trace_id?: string;
}

/** The problem in `response`; fails when that is another one, or none in the right shape. */
export async function problemOf(
  response: Response,
  status: number,
  code: string,
): Promise<Problem> {
  const text = await response.text();
  assert.equal(response.status, status, text);
  assert.match(response.headers.get("content-type") ?? "", /^application\/problem\+json/);
  const problem = JSON.parse(text) as Problem;
  assertProblem(problem, status, code);
  return problem;
}

/** Fails unless `problem` is one of that status and code. */
export function assertProblem(problem: Problem, status: number, code: string): void {
  assertIs("Problem", problem);
  assert.deepEqual(
    { status: problem.status, code: problem.code, type: problem.type },
    { status, code, type: `urn:hybridge:problem:${code}` },
  );
}

/** Fails unless `problem` is that of an operation without code yet: it names the file to edit. */
export function assertUnimplemented(problem: Problem): void {
  assertProblem(problem, 501, "unimplemented");
  assert.match(problem.detail ?? "", /\S+\.py/);
}
