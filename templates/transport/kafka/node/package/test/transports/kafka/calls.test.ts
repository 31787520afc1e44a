import assert from "node:assert/strict";
import { test } from "node:test";
import { closing, problemOf, serve } from "../../../testing/serve.ts";
import { skip, standIn, wiring } from "../../../testing/stand-ins/kafka.ts";
import { testMessageTransport } from "../../../testing/transports/messages.ts";

testMessageTransport({ wiring, standIn, skip });

test("with no broker a call is refused before its deadline, and may be sent again", async (t) => {
  const variables = { KAFKA_BOOTSTRAP_SERVERS: "127.0.0.1:1", CALL_TIMEOUT_MS: "60000" };
  const gateway = closing(t, await serve(wiring, variables));
  const response = await gateway.post("/api/sample/write", { word: "?" });
  assert.equal(response.status, 503);
  assert.equal((await problemOf(response)).code, "unavailable");
  const ready = await fetch(`${gateway.origin}/readyz`);
  assert.equal(ready.status, 503);
  assert.match(await ready.text(), /Kafka does not answer/);
});
