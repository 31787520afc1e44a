import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import type { ServiceEvent } from "../../../src/transports/client.ts";
import { connect } from "../../../src/transports/kafka.ts";
import { closing } from "../../../testing/serve.ts";
import { type KafkaStandIn, skip, standIn } from "../../../testing/stand-ins/kafka.ts";
import { forged } from "../../../testing/stand-ins/messages.ts";
import { ending, openClient } from "../../../testing/transports/messages.ts";

function follow(t: TestContext, service: KafkaStandIn, after?: string) {
  const events = openClient(t, connect, service.variables).events({
    signal: ending(t),
    ...(after !== undefined && { after }),
  });
  const iterator = events[Symbol.asyncIterator]();
  return async (): Promise<ServiceEvent> => {
    const { value } = await iterator.next();
    return value ?? assert.fail("the events ended");
  };
}

describe("events over Kafka", { skip }, () => {
  test("begin with the oldest that is kept, and every gateway gets all", async (t) => {
    const service = closing(t, await standIn("SAMPLE", {}));
    await service.report("told", { word: "before" }, "a-1");
    const gateways = [follow(t, service), follow(t, service)];
    for (const next of gateways) {
      const begin = await next();
      assert.equal(begin.name, "stream.gap");
      assert.match(begin.id, /^[0-9a-z]{12}-0$/);
      assert.deepEqual((await next()).data, { word: "before" });
    }
    await service.report("asked", { word: "after" }, "a-2");
    for (const next of gateways) assert.equal((await next()).name, "asked");
  });

  test("go on behind the id that is asked for", async (t) => {
    const service = closing(t, await standIn("SAMPLE", {}));
    for (const number of [1, 2, 3]) await service.report("told", { number }, `a-${number}`);
    const next = follow(t, service);
    await next();
    const { id, time } = await next();
    assert.equal(time, "2026-01-01T00:00:00Z");
    assert.deepEqual((await follow(t, service, id)()).data, { number: 2 });
  });

  test("that were sent twice are reported once", async (t) => {
    const service = closing(t, await standIn("SAMPLE", {}));
    for (const number of [1, 2, 1, 2, 3]) await service.report("told", { number }, `a-${number}`);
    const next = follow(t, service);
    await next();
    for (const number of [1, 2, 3]) assert.deepEqual((await next()).data, { number });
  });

  test("that were given up, and sent again behind later ones, are reported", async (t) => {
    const service = closing(t, await standIn("SAMPLE", {}));
    for (const number of [1, 3, 2, 3, 4]) await service.report("told", { number }, `a-${number}`);
    const next = follow(t, service);
    await next();
    for (const number of [1, 3, 2, 4]) assert.deepEqual((await next()).data, { number });
  });

  test("that cannot be read, or are of somebody else, are passed over", async (t) => {
    const service = closing(t, await standIn("SAMPLE", {}));
    await service.put("events", "{not json", { ce_type: "told", ce_id: "a-1" });
    await service.put("events", '{"no":"type"}', {});
    await service.report("told", { word: "forged" }, "f-1", forged);
    await service.report("told", { word: "good" }, "a-2");
    const next = follow(t, service);
    await next();
    assert.deepEqual((await next()).data, { word: "good" });
  });

  test("that are gone leave a gap", async (t) => {
    const service = closing(t, await standIn("SAMPLE", {}));
    const begin = await follow(t, service)();
    for (const number of [1, 2]) await service.report("told", { number }, `a-${number}`);
    await service.forget();
    await service.report("told", { number: 3 }, "a-3");
    const next = follow(t, service, begin.id);
    const gap = await next();
    assert.equal(gap.name, "stream.gap");
    assert.match(gap.id, /-2$/);
    assert.deepEqual((await next()).data, { number: 3 });
  });
});
