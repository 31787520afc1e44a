import assert from "node:assert/strict";
import { test } from "node:test";
import { codeOfStatus, Problem } from "../../src/calls/problem.ts";

test("a problem is sent as RFC 9457 says, with its code", () => {
  const errors = [{ pointer: "/pixels/3", detail: "must be <= 16" }];
  const problem = new Problem("invalid_argument", "The input is not valid", { errors });
  assert.deepEqual(problem.body("4bf92f3577b34da6a3ce929d0e0e4736"), {
    type: "urn:hybridge:problem:invalid_argument",
    title: "The request is not valid",
    status: 400,
    detail: "The input is not valid",
    code: "invalid_argument",
    errors,
    trace_id: "4bf92f3577b34da6a3ce929d0e0e4736",
  });
});

test("what is not a problem becomes one without its message", () => {
  const body = Problem.from(new Error("SELECT * FROM users")).body();
  assert.equal(body.status, 500);
  assert.doesNotMatch(JSON.stringify(body), /SELECT/);
});

test("statuses of others have the nearest code", () => {
  const nearest = {
    400: "invalid_argument",
    404: "not_found",
    408: "deadline_exceeded",
    418: "invalid_argument",
    429: "resource_exhausted",
    500: "internal",
    502: "unavailable",
    503: "unavailable",
    504: "deadline_exceeded",
    599: "internal",
  };
  for (const [status, code] of Object.entries(nearest)) {
    assert.equal(codeOfStatus(Number(status)), code, status);
  }
});
