import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { closing, serve } from "../../../testing/serve.ts";
import { skip, standIn, wiring } from "../../../testing/stand-ins/rabbitmq.ts";
import { testMessageTransport } from "../../../testing/transports/messages.ts";

testMessageTransport({ wiring, standIn, skip });

test("calls that nobody takes leave the queue when their time is over", { skip }, async (t) => {
  const service = closing(t, await standIn("SAMPLE", { write: () => ({ word: "", length: 0 }) }));
  const variables = { ...service.variables, CALL_TIMEOUT_MS: "300" };
  const gateway = closing(t, await serve(wiring, variables));
  await service.leave();
  assert.equal((await gateway.post("/api/sample/write", { word: "?" })).status, 504);
  await sleep(300);
  assert.equal(service.calls.length, 0);
});
