import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openCall } from "../../../src/calls/dispatch.ts";
import type { JobChange } from "../../../src/jobs/durable.ts";
import type { TransportClient } from "../../../src/transports/client.ts";
import { connect } from "../../../src/transports/rabbitmq.ts";
import { sample } from "../../../testing/sample.ts";
import { closing } from "../../../testing/serve.ts";
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
    await service.step(done);

    const { key: _key, call: _call, ...finished } = done;
    const { steps } = await read(openClient(t, connect, service.variables), 2, ending(t));
    assert.deepEqual(steps, [queued("7"), { ...finished, key: "mine", call: "digest" }]);
    const [order] = service.orders;
    assert.deepEqual(order?.input, { word: "later" });
    assert.partialDeepStrictEqual(order.headers, {
      operation: "write",
      "job-id": "7",
      "idempotency-key": "7",
      "request-timeout-ms": "1000",
    });
  });

  test("that happened before are reported when the gateway has caught up", async (t) => {
    const service = closing(t, await standIn("SAMPLE", {}));
    const empty = await read(openClient(t, connect, service.variables), 0, ending(t));
    assert.deepEqual([empty.caughtUp, empty.steps], [true, []]);
    for (const id of ["1", "2", "3"]) await service.step(queued(id));
    await service.put(service.topology.jobs.name, "no step");
    const { steps, caughtUp } = await read(openClient(t, connect, service.variables), 0, ending(t));
    assert.ok(caughtUp);
    assert.deepEqual(
      steps.map(({ id }) => id),
      ["1", "2", "3"],
    );
  });
});

async function submit(client: TransportClient, id: string): Promise<void> {
  const call = openCall({ timeoutMs: 5000 });
  try {
    const operation = sample.operations.write;
    const order = { change: queued(id), operation, input: { word: "later" }, timeoutMs: 1000 };
    await storeOf(client).submit(order, call);
  } finally {
    call.close();
  }
}

/** The first `count` steps; with 0, those until the gateway has caught up. */
async function read(
  client: TransportClient,
  count: number,
  signal: AbortSignal,
): Promise<{ steps: JobChange[]; caughtUp: boolean }> {
  const steps: JobChange[] = [];
  const stop = new AbortController();
  let known = false;
  const caughtUp = () => {
    known = true;
    if (count === 0) stop.abort();
  };
  const options = { signal: AbortSignal.any([signal, stop.signal]), caughtUp };
  for await (const step of storeOf(client).changes(options)) {
    steps.push(step);
    if (steps.length === count) break;
  }
  return { steps, caughtUp: known };
}
