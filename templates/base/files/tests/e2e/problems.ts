import assert from "node:assert/strict";
import { assertIs } from "./schemas.ts";

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
