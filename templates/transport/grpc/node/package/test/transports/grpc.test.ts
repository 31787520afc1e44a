import assert from "node:assert/strict";
import { test } from "node:test";
import { status } from "@grpc/grpc-js";
import { closing, problemOf, serve } from "../../testing/serve.ts";
import { Bare, standIn, wiring } from "../../testing/stand-ins/grpc.ts";
import { testDirectTransport } from "../../testing/transports/direct.ts";
import { testProcess } from "../../testing/transports/process.ts";

testDirectTransport({
  wiring,
  standIn,
  beginning: "",
  answers: {
    "a full server that says nothing more is one that is full": {
      answer: new Bare(status.RESOURCE_EXHAUSTED),
      status: 503,
      retryAfter: "1",
      shown: { code: "resource_exhausted", detail: "sample is asked too much at once" },
    },
    "a code without details is shown as what it is": {
      answer: new Bare(status.DATA_LOSS),
      status: 500,
      shown: { code: "internal" },
    },
  },
});

testProcess(new URL("../../testing/stand-ins/grpc.ts", import.meta.url), standIn);

test("an answer of megabytes arrives, and one beyond the limit is the service's fault", async (t) => {
  const read = ({ input }: { input: unknown }) => {
    const { word } = input as { word: string };
    return { word: "x".repeat(Number(word)), length: 1 };
  };
  const service = closing(t, await standIn("SAMPLE", { read }));
  const gateway = closing(t, await serve(wiring, service.variables));

  const large = await gateway.post("/api/sample/read", { word: String(8 * 1024 * 1024) });
  assert.equal((await large.text()).length > 8 * 1024 * 1024, true);
  const tooLarge = await gateway.post("/api/sample/read", { word: String(17 * 1024 * 1024) });
  assert.equal(tooLarge.status, 500);
  assert.equal((await problemOf(tooLarge)).detail, "The answer of sample is too large");
});
