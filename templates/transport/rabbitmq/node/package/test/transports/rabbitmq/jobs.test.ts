import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openCall } from "../../../src/calls/dispatch.ts";
import type { JobChange } from "../../../src/jobs/durable.ts";
import type { TransportClient } from "../../../src/transports/client.ts";
import { connect } from "../../../src/transports/rabbitmq.ts";
import { sample } from "../../../testing/sample.ts";
import { closing, eventually } from "../../../testing/serve.ts";
import { forged } from "../../../testing/stand-ins/messages.ts";
import { skip, standIn } from "../../../testing/stand-ins/rabbitmq.ts";
import { ending, openClient, storeOf } from "../../../testing/transports/messages.ts";

const created = "2026-01-01T00:00:00Z";
const queued = (id: string): JobChange => ({
  ...{ id, operation: "write", status: "queued", created, time: created },
  ...{ key: "mine", call: "digest" },
});

describe("jobs over RabbitMQ", { skip }, () => {
  test("reach the service, and every gateway as their first step", async (t) => {
    const service = closing(t, await standIn("SAMPLE", {}));
    await submit(openClient(t, connect, service.variables), "7");
    const done = { ...queued("7"), status: "succeeded", result: { length: 1 } } as const;
    await service.step({ ...queued("7"), status: "failed" }, forged);
    await service.step(done);

    const { key: _key, call: _call, ...finished } = done;
    await service.put(service.topology.jobs.name, "no step");
    await service.step(queued("8"));
    const steps: JobChange[] = [];
    const store = storeOf(openClient(t, connect, service.variables));
    for await (const step of store.changes(ending(t))) {
      if (steps.push(step) === 3) break;
    }
    assert.deepEqual(steps, [
      queued("7"),
      { ...finished, key: "mine", call: "digest" },
      queued("8"),
    ]);
    const order = await eventually(
      t,
      () => service.orders[0] ?? assert.fail("nothing was ordered"),
    );
    assert.deepEqual(order.input, { word: "later" });
    assert.partialDeepStrictEqual(order.headers, {
      operation: "write",
      "job-id": "7",
      "idempotency-key": "7",
      "request-timeout-ms": "1000",
    });
  });
});

async function submit(client: TransportClient, id: string): Promise<void> {
  const call = openCall({ timeoutMs: 5000 });
  try {
    const operation = sample.operations.write;
    const order = {
      ...{ change: queued(id), operation, input: { word: "later" }, timeoutMs: 1000 },
      caller: undefined,
    };
    await storeOf(client).submit(order, call);
  } finally {
    call.close();
  }
}
