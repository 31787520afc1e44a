import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { eventReader } from "../../../src/transports/graphql/events.ts";
import { closing, serve } from "../../../testing/serve.ts";
import { type GraphqlStandIn, standIn } from "../../../testing/stand-ins/graphql.ts";
import { wiring } from "./wiring.ts";

test("events arrive, and after a broken stream go on behind the last one", async (t) => {
  const service = closing(t, await standIn("SAMPLE", {}));
  const gateway = closing(t, await serve(wiring, service.variables));
  const subscription = gateway.gateway.hub.subscribe();
  const events = subscription[Symbol.asyncIterator]();

  report(await stream(service, 0), "e-6", "StreamGap");
  assert.equal(service.streams[0]?.after, "0");
  report(await stream(service, 0), "e-7", "ToldEvent", { word: "first" });
  const first = (await events.next()).value ?? assert.fail("no event");
  assert.deepEqual([first.channel, first.data], ["sample.told", { word: "first" }]);

  (await stream(service, 0)).destroy();
  const second = await stream(service, 1);
  assert.equal(service.streams[1]?.after, "e-7");
  report(second, "e-9", "StreamGap");
  report(second, "e-10", "AskedEvent", { word: "second" });
  assert.deepEqual((await events.next()).value?.channel, "stream.gap");
  assert.deepEqual((await events.next()).value?.channel, "sample.asked");
  subscription.close();
});

test("a stream that breaks before its first event goes on from where it began", async (t) => {
  const service = closing(t, await standIn("SAMPLE", {}));
  const gateway = closing(t, await serve(wiring, service.variables));
  const subscription = gateway.gateway.hub.subscribe();
  const events = subscription[Symbol.asyncIterator]();
  const first = await stream(service, 0);
  report(first, "e-4", "StreamGap");
  first.end();
  const second = await stream(service, 1);
  assert.equal(service.streams[1]?.after, "e-4");
  report(second, "e-5", "ToldEvent", { word: "missed" });
  assert.deepEqual((await events.next()).value?.data, { word: "missed" });
  subscription.close();
});

test("what is no event of the contract is passed over", async (t) => {
  const service = closing(t, await standIn("SAMPLE", {}));
  const gateway = closing(t, await serve(wiring, service.variables));
  const subscription = gateway.gateway.hub.subscribe();
  const events = subscription[Symbol.asyncIterator]();
  const open = await stream(service, 0);

  open.write("event: next\ndata: {not json\n\n");
  open.write('event: next\ndata: {"data":null,"errors":[{"message":"no"}]}\n\n');
  open.write("event: complete\ndata: \n\n");
  report(open, "e-2", "UnheardOfEvent", {});
  report(open, "e-3", "ToldEvent", { word: "good" });

  assert.deepEqual((await events.next()).value?.data, { word: "good" });
  subscription.close();
});

test("an event that is deeper than its document is a gap, and the stream goes on", () => {
  const read = eventReader({
    operations: {},
    events: { document: "", types: { GrownEvent: { name: "grown", data: "GrownEvent" } } },
    records: { GrownEvent: { tree: { record: "Tree" } }, Tree: { below: { record: "Tree" } } },
  });
  const time = "2026-01-01T00:00:00Z";
  const reported = (tree: object) => ({
    event: "next",
    id: undefined,
    data: JSON.stringify({
      data: { events: { __typename: "GrownEvent", id: "e-1", time, GrownEvent: { tree } } },
    }),
  });
  const whole = { below: { below: null } };
  assert.deepEqual(read(reported(whole)), {
    id: "e-1",
    name: "grown",
    time,
    data: { tree: whole },
  });
  const cut = { below: { __typename: "Tree" } };
  assert.deepEqual(read(reported(cut)), { id: "e-1", name: "stream.gap", time, data: {} });
});

type Stream = GraphqlStandIn["streams"][number]["response"];

async function stream(service: GraphqlStandIn, index: number): Promise<Stream> {
  for (let tries = 0; tries < 200; tries += 1) {
    const open = service.streams[index];
    if (open) return open.response;
    await sleep(20);
  }
  return assert.fail("the gateway did not come for events");
}

function report(stream: Stream, id: string, type: string, data?: unknown): void {
  const event = { __typename: type, id, time: "2026-01-01T00:00:00Z", [type]: data };
  stream.write(`event: next\ndata: ${JSON.stringify({ data: { events: event } })}\n\n`);
}
