import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openCall } from "../../../src/calls/call.ts";
import { closing } from "../../../testing/closing.ts";
import { sample } from "../../../testing/sample.ts";
import { skip, standIn } from "../../../testing/stand-ins/kafka.ts";
import { ending, openPort } from "./port.ts";

describe("the health of a service behind Kafka", { skip }, () => {
  test("is that one of its processes takes calls", async (t) => {
    const service = closing(t, await standIn("SAMPLE", {}));
    const port = openPort(t, service.variables);
    await port.health(ending(t));
    await service.leave();
    const nobody = {
      code: "unavailable",
      message: "No process of sample takes calls from Kafka",
    };
    await assert.rejects(port.health(ending(t)), nobody);
    // Nor is a call left to wait for its deadline.
    const call = openCall({ timeoutMs: 20_000 });
    t.after(() => call.close());
    const { read } = sample.operations;
    await assert.rejects(port.call(read, { word: "?" }, call), { ...nobody, sent: false });
  });
});

test("a broker that does not answer is told as such", async (t) => {
  const port = openPort(t, { KAFKA_BOOTSTRAP_SERVERS: "127.0.0.1:1" });
  await assert.rejects(port.health(AbortSignal.timeout(3000)), {
    code: "unavailable",
    message: "Kafka does not answer",
  });
});
