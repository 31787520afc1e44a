import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openCall } from "../../../src/calls/dispatch.ts";
import type { JobChange } from "../../../src/jobs/durable.ts";
import { connect } from "../../../src/transports/kafka.ts";
import { sample, sampleWiring } from "../../../testing/sample.ts";
import { closing, eventually, serve } from "../../../testing/serve.ts";
import { skip, standIn } from "../../../testing/stand-ins/kafka.ts";
import { forged } from "../../../testing/stand-ins/messages.ts";
import { ending, openClient, storeOf } from "../../../testing/transports/messages.ts";

const created = "2026-01-01T00:00:00.000Z";
const queued: JobChange = {
  ...{ id: "7", operation: "write", status: "queued" },
  ...{ created, time: created, key: "mine", call: "digest" },
};

describe("jobs over Kafka", { skip }, () => {
  test("are ordered, and each gateway receives all steps since the oldest", async (t) => {
    const service = closing(t, await standIn("SAMPLE", {}));
    const [first, second] = [
      openClient(t, connect, service.variables),
      openClient(t, connect, service.variables),
    ];
    const call = openCall({ timeoutMs: 5000 });
    t.after(() => call.close());
    const order = {
      ...{ change: queued, operation: sample.operations.write },
      ...{ input: { word: "x" }, timeoutMs: 1234, caller: undefined },
    };
    await storeOf(first).submit(order, call);
    await service.step({ ...queued, status: "failed" }, forged);
    await service.step({ ...queued, status: "succeeded", result: { word: "x", length: 1 } });

    const reported: JobChange[] = [];
    for await (const change of storeOf(second).changes(ending(t))) {
      if (reported.push(change) === 2) break;
    }
    assert.deepEqual(reported[0], queued);
    assert.deepEqual(reported[1]?.result, { word: "x", length: 1 });

    const { input, headers } = await eventually(
      t,
      () => service.orders[0] ?? assert.fail("nothing was ordered"),
    );
    assert.deepEqual(input, { word: "x" });
    assert.equal(headers["job-id"], "7");
    assert.equal(headers["request-timeout-ms"], "1234");
  });

  test("survive the gateway that took them", async (t) => {
    const service = closing(t, await standIn("SAMPLE", {}));
    const wiring = sampleWiring(connect);
    const first = await serve(wiring, service.variables);
    const accepted = await first.post(
      "/api/sample/write",
      { word: "kept" },
      { prefer: "respond-async" },
    );
    assert.equal(accepted.status, 202);
    const { id } = (await accepted.json()) as { id: string };
    await first[Symbol.asyncDispose]();

    const second = closing(t, await serve(wiring, service.variables));
    const becomes = (expected: object) =>
      eventually(t, async () => {
        const response = await fetch(`${second.origin}/api/jobs/${id}`);
        assert.partialDeepStrictEqual(await response.json(), expected);
      });
    await becomes({ status: "queued" });
    const time = new Date().toISOString();
    const done = { id, operation: "write", status: "succeeded", created, time } as const;
    await service.step({ ...done, result: { word: "kept", length: 4 } });
    await becomes({ status: "succeeded", result: { word: "kept", length: 4 } });
  });
});
