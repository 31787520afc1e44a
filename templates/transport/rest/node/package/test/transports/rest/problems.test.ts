import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect } from "../../../src/transports/rest.ts";
import { sampleWiring } from "../../../testing/sample.ts";
import { closing, problemOf, serve } from "../../../testing/serve.ts";
import { Refusal, standIn } from "../../../testing/stand-ins/rest.ts";

const wiring = sampleWiring(connect);
const field = { pointer: "/word", detail: "is too rude" };

/** What the service answers, and what the client sees of it. */
const cases: Record<string, { answer: Refusal; status: number; shown: Record<string, unknown> }> = {
  "a refused field is shown": {
    answer: new Refusal(400, { code: "invalid_argument", detail: "no", errors: [field] }),
    status: 400,
    shown: { code: "invalid_argument", detail: "no", errors: [field] },
  },
  "a missing implementation is shown": {
    answer: new Refusal(501, { code: "unimplemented", detail: "write handlers/read.py" }),
    status: 501,
    shown: { code: "unimplemented", detail: "write handlers/read.py" },
  },
  "a conflict is shown": {
    answer: new Refusal(409, { code: "conflict", detail: "another body had this key" }),
    status: 409,
    shown: { code: "conflict" },
  },
  "a full service is shown with when to come back": {
    answer: new Refusal(
      503,
      { code: "resource_exhausted", detail: "full" },
      { "retry-after": "3" },
    ),
    status: 503,
    shown: { code: "resource_exhausted", detail: "full" },
  },
  "an error page of something in between is not": {
    answer: new Refusal(502, "<h1>Bad gateway</h1>", { "content-type": "text/html" }),
    status: 503,
    shown: { code: "unavailable", detail: "sample answered with status 502" },
  },
  "the gateway's own lack of rights is not": {
    answer: new Refusal(401, { code: "unauthenticated", detail: "wrong token" }),
    status: 500,
    shown: { code: "internal", detail: "The gateway is not allowed to ask" },
  },
};

describe("problems of services", () => {
  for (const [name, { answer, status, shown }] of Object.entries(cases)) {
    test(name, async (t) => {
      const service = closing(t, await standIn("SAMPLE", { write: () => answer }));
      const gateway = closing(t, await serve(wiring, service.variables));
      const response = await gateway.post("/api/sample/write", { word: "x" });
      assert.equal(response.status, status);
      assert.equal(response.headers.get("retry-after"), answer.headers["retry-after"] ?? null);
      assert.partialDeepStrictEqual(await problemOf(response), { status, ...shown });
    });
  }

  test("an answer that is not JSON is the service's fault", async (t) => {
    const html = new Refusal(200, "<html>", { "content-type": "application/json" });
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
