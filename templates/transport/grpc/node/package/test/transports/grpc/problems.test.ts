import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { status as codes } from "@grpc/grpc-js";
import { sampleWiring } from "../../../testing/sample.ts";
import { closing, problemOf, serve } from "../../../testing/serve.ts";
import { Refusal, standIn } from "../../../testing/stand-ins/grpc.ts";
import { connect } from "./connect.ts";

const wiring = sampleWiring(connect);
const field = { pointer: "/word", detail: "is too rude" };

/** What the service answers, and what the client sees of it. */
interface Case {
  readonly answer: Refusal;
  readonly status: number;
  readonly retryAfter?: string;
  readonly shown: Readonly<Record<string, unknown>>;
}

const cases: Record<string, Case> = {
  "a refused field is shown": {
    answer: new Refusal(codes.INVALID_ARGUMENT, {
      code: "invalid_argument",
      detail: "no",
      errors: [field],
    }),
    status: 400,
    shown: { code: "invalid_argument", detail: "no", errors: [field] },
  },
  "a missing implementation is shown": {
    answer: new Refusal(codes.UNIMPLEMENTED, {
      code: "unimplemented",
      detail: "write handlers/read.py",
    }),
    status: 501,
    shown: { code: "unimplemented", detail: "write handlers/read.py" },
  },
  "a conflict is shown": {
    answer: new Refusal(codes.ABORTED, { code: "conflict", detail: "another body had this key" }),
    status: 409,
    shown: { code: "conflict", detail: "another body had this key" },
  },
  "a full service is shown with when to come back": {
    answer: new Refusal(codes.RESOURCE_EXHAUSTED, {
      code: "resource_exhausted",
      detail: "full",
      retryAfter: 3,
    }),
    status: 503,
    retryAfter: "3",
    shown: { code: "resource_exhausted", detail: "full" },
  },
  "details beyond ASCII arrive whole": {
    answer: new Refusal(codes.NOT_FOUND, { code: "not_found", detail: "Größe 🙂 fehlt" }),
    status: 404,
    shown: { code: "not_found", detail: "Größe 🙂 fehlt" },
  },
  "a full server that says nothing more is one that is full": {
    answer: new Refusal(codes.RESOURCE_EXHAUSTED),
    status: 503,
    retryAfter: "1",
    shown: { code: "resource_exhausted", detail: "sample is asked too much at once" },
  },
  "a code without details is shown as what it is": {
    answer: new Refusal(codes.DATA_LOSS),
    status: 500,
    shown: { code: "internal" },
  },
  "the gateway's own lack of rights is not": {
    answer: new Refusal(codes.UNAUTHENTICATED, {
      code: "unauthenticated",
      detail: "wrong token",
    }),
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
