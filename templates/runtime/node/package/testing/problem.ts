import assert from "node:assert/strict";
import type { ProblemBody } from "../src/calls/problem.ts";

/** The problem in a response, which must be one. */
export async function problemOf(response: Response): Promise<ProblemBody> {
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  return (await response.json()) as ProblemBody;
}
