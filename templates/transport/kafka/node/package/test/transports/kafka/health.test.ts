import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openCall } from "../../../src/calls/dispatch.ts";
import { connect } from "../../../src/transports/kafka.ts";
import { sample } from "../../../testing/sample.ts";
import { closing } from "../../../testing/serve.ts";
import { skip, standIn } from "../../../testing/stand-ins/kafka.ts";
import { ending, openClient } from "../../../testing/transports/messages.ts";

describe("the health of a service behind Kafka", { skip }, () => {
  test("is that one of its processes takes calls", async (t) => {
    const service = closing(t, await standIn("SAMPLE", {}));
    const client = openClient(t, connect, service.variables);
    await client.health(ending(t));
    await service.leave();
    const nobody = {
      code: "unavailable",
      message: "No process of sample takes calls from Kafka",
    };
    await assert.rejects(client.health(ending(t)), nobody);
    // Nor is a call left to wait for its deadline.
    const call = openCall({ timeoutMs: 20_000 });
    t.after(() => call.close());
    const { read } = sample.operations;
    await assert.rejects(client.call(read, { word: "?" }, call), { ...nobody, sent: false });
  });
});

test("a broker that does not answer is reported as such", async (t) => {
  const client = openClient(t, connect, { KAFKA_BOOTSTRAP_SERVERS: "127.0.0.1:1" });
  await assert.rejects(client.health(AbortSignal.timeout(3000)), {
    code: "unavailable",
    message: "Kafka does not answer",
  });
});
