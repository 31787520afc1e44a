import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { closing, problemOf, serve } from "../../../testing/serve.ts";
import { Raw, Refusal, standIn } from "../../../testing/stand-ins/graphql.ts";
import { wiring } from "./wiring.ts";

const field = { pointer: "/word", detail: "is too rude" };

interface Case {
  readonly answer: Refusal | Raw;
  readonly status: number;
  readonly retryAfter?: string;
  readonly shown: Record<string, unknown>;
}

/** What the service answers, and what the client sees of it. */
const cases: Record<string, Case> = {
  "a refused field is shown": {
    answer: new Refusal({ code: "invalid_argument", detail: "no", errors: [field] }),
    status: 400,
    shown: { code: "invalid_argument", detail: "no", errors: [field] },
  },
  "a missing implementation is shown": {
    answer: new Refusal({ code: "unimplemented", detail: "write handlers/read.py" }),
    status: 501,
    shown: { code: "unimplemented", detail: "write handlers/read.py" },
  },
  "a conflict is shown": {
    answer: new Refusal({ code: "conflict", detail: "another body had this key" }),
    status: 409,
    shown: { code: "conflict" },
  },
  "a full service is shown with when to come back": {
    answer: new Refusal({ code: "resource_exhausted", detail: "full", retry_after: 3 }),
    status: 503,
    retryAfter: "3",
    shown: { code: "resource_exhausted", detail: "full" },
  },
  "an error of GraphQL that is no problem is the service's": {
    answer: new Refusal({ detail: "Cannot return null" }),
    status: 500,
    shown: { code: "internal" },
  },
  "an error page of something in between is not shown": {
    answer: new Raw(502, "text/html", "<h1>Bad gateway</h1>"),
    status: 503,
    shown: { code: "unavailable", detail: "sample answered with status 502" },
  },
  "a body that is too large for the service is the client's": {
    answer: new Raw(
      413,
      "application/problem+json",
      JSON.stringify({ code: "invalid_argument", detail: "too large" }),
    ),
    status: 400,
    shown: { code: "invalid_argument", detail: "too large" },
  },
  "the gateway's own lack of rights is not": {
    answer: new Raw(401, "application/problem+json", JSON.stringify({ code: "unauthenticated" })),
    status: 500,
    shown: { code: "internal", detail: "The gateway is not allowed to ask" },
  },
};

describe("problems of services", () => {
  for (const [name, { answer, status, retryAfter, shown }] of Object.entries(cases)) {
    test(name, async (t) => {
      const service = closing(t, await standIn("SAMPLE", { write: () => answer }));
      const gateway = closing(t, await serve(wiring, service.variables));
      const response = await gateway.post("/api/sample/write", { word: "x" });
      assert.equal(response.status, status);
      assert.equal(response.headers.get("retry-after"), retryAfter ?? null);
      assert.partialDeepStrictEqual(await problemOf(response), { status, ...shown });
    });
  }

  test("an answer that is not JSON is the service's fault", async (t) => {
    const html = new Raw(200, "application/graphql-response+json", "<html>");
    const service = closing(t, await standIn("SAMPLE", { write: () => html }));
    const gateway = closing(t, await serve(wiring, service.variables));
    const response = await gateway.post("/api/sample/write", { word: "x" });
    assert.equal((await problemOf(response)).detail, "The answer of sample is not JSON");
  });
});

test("readiness says which service is not ready, and why", async (t) => {
  const service = closing(t, await standIn("SAMPLE", {}));
  const gateway = closing(t, await serve(wiring, service.variables));
  assert.equal((await fetch(`${gateway.origin}/readyz`)).status, 200);

  service.ready = false;
  await new Promise((resolve) => setTimeout(resolve, 600));
  const response = await fetch(`${gateway.origin}/readyz`);
  assert.equal(response.status, 503);
  assert.deepEqual(await response.json(), {
    status: "unavailable",
    checks: { sample: "the model is loading" },
  });
  assert.equal((await fetch(`${gateway.origin}/livez`)).status, 200);
});
