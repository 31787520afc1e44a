import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ServiceEvent, TransportClient } from "../../../src/transports/client.ts";
import { connect } from "../../../src/transports/rabbitmq.ts";
import { closing } from "../../../testing/serve.ts";
import { forged } from "../../../testing/stand-ins/messages.ts";
import { skip, standIn } from "../../../testing/stand-ins/rabbitmq.ts";
import { ending, openClient } from "../../../testing/transports/messages.ts";

describe("events over RabbitMQ", { skip }, () => {
  test("are reported from the oldest, each once, to every gateway", async (t) => {
    const service = closing(t, await standIn("SAMPLE", {}));
    await service.report("told", { word: "first" }, "a-4");
    await service.report("told", { word: "second" }, "a-5");
    await service.report("told", { word: "second" }, "a-5");
    await service.report("asked", { word: "third" }, "b-1");
    for (const _gateway of [1, 2]) {
      const client = openClient(t, connect, service.variables);
      const events = await take(client, 4, ending(t));
      assert.deepEqual(events.map(brief), [
        ["a-3", "stream.gap"],
        ["a-4", "told"],
        ["a-5", "told"],
        ["b-1", "asked"],
      ]);
      assert.deepEqual(events[1]?.data, { word: "first" });
    }
  });

  test("go on behind one that is known", async (t) => {
    const service = closing(t, await standIn("SAMPLE", {}));
    for (const id of ["a-4", "a-5", "a-6"]) await service.report("told", {}, id);
    const client = openClient(t, connect, service.variables);
    const known = await take(client, 2, ending(t), "a-4");
    assert.deepEqual(known.map(brief), [
      ["a-5", "told"],
      ["a-6", "told"],
    ]);
    const lost = await take(client, 2, ending(t), "a-1");
    assert.deepEqual(lost.map(brief), [
      ["a-3", "stream.gap"],
      ["a-4", "told"],
    ]);
  });

  test("that come behind later ones are reported, too", async (t) => {
    const service = closing(t, await standIn("SAMPLE", {}));
    for (const id of ["a-1", "a-3", "a-2", "a-3"]) await service.report("told", {}, id);
    await service.report("told", {}, "a-4");
    const events = await take(openClient(t, connect, service.variables), 5, ending(t));
    const ids = events.map(({ id }) => id);
    assert.deepEqual(ids, ["a-0", "a-1", "a-3", "a-2", "a-4"]);
  });

  test("that are no events, or are of somebody else, are passed over", async (t) => {
    const service = closing(t, await standIn("SAMPLE", {}));
    const { name } = service.topology.events;
    await service.put(name, "{not json", { "cloudEvents:id": "a-1", "cloudEvents:type": "told" });
    await service.put(name, "{}", {});
    await service.report("told", { word: "forged" }, "f-1", forged);
    await service.report("told", { word: "good" }, "a-2");
    const [, event] = await take(openClient(t, connect, service.variables), 2, ending(t));
    assert.deepEqual(event?.data, { word: "good" });
  });

  test("of a stream that was made anew are reported behind a gap", async (t) => {
    const service = closing(t, await standIn("SAMPLE", {}));
    for (const id of ["a-1", "a-2", "a-3"]) await service.report("told", {}, id);
    const client = openClient(t, connect, service.variables);
    const events = client.events({ signal: ending(t) })[Symbol.asyncIterator]();
    for (let reported = 0; reported < 4; reported += 1) await events.next();

    await service.forget();
    await service.report("told", { word: "new" }, "b-1");

    const gap = (await events.next()).value ?? assert.fail("the events ended");
    assert.deepEqual(brief(gap), ["b-0", "stream.gap"]);
    const event = (await events.next()).value ?? assert.fail("the events ended");
    assert.deepEqual([brief(event), event.data], [["b-1", "told"], { word: "new" }]);
  });
});

function brief({ id, name }: ServiceEvent): [string, string] {
  return [id, name];
}

async function take(
  client: TransportClient,
  count: number,
  signal: AbortSignal,
  after?: string,
): Promise<ServiceEvent[]> {
  const taken: ServiceEvent[] = [];
  for await (const event of client.events({ signal, ...(after !== undefined && { after }) })) {
    taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}
