import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../../src/transports/rest.ts";
import { sampleWiring } from "../../../testing/sample.ts";
import { closing, serve } from "../../../testing/serve.ts";
import { type RestStandIn, standIn } from "../../../testing/stand-ins/rest.ts";

const wiring = sampleWiring(connect);

test("events arrive, and after a broken stream go on behind the last one", async (t) => {
  const service = closing(t, await standIn("SAMPLE", {}));
  const gateway = closing(t, await serve(wiring, service.variables));
  const subscription = gateway.gateway.hub.subscribe();
  const events = subscription[Symbol.asyncIterator]();

  report(await stream(service, 0), "e-6", "stream.gap", {});
  assert.equal(service.streams[0]?.after, "0");
  report(await stream(service, 0), "e-7", "told", { word: "first" });
  const first = (await events.next()).value ?? assert.fail("no event");
  assert.deepEqual([first.channel, first.data], ["sample.told", { word: "first" }]);

  (await stream(service, 0)).destroy();
  const second = await stream(service, 1);
  assert.equal(service.streams[1]?.after, "e-7");
  report(second, "e-9", "stream.gap", {});
  report(second, "e-10", "asked", { word: "second" });
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
  report(first, "e-4", "stream.gap", {});
  first.end();
  const second = await stream(service, 1);
  assert.equal(service.streams[1]?.after, "e-4");
  report(second, "e-5", "told", { word: "missed" });
  assert.deepEqual((await events.next()).value?.data, { word: "missed" });
  subscription.close();
});

test("what is no event of the contract is passed over", async (t) => {
  const service = closing(t, await standIn("SAMPLE", {}));
  const gateway = closing(t, await serve(wiring, service.variables));
  const subscription = gateway.gateway.hub.subscribe();
  const events = subscription[Symbol.asyncIterator]();
  const open = await stream(service, 0);

  open.write("id: e-1\nevent: reported\ndata: {not json\n\n");
  open.write('data: {"time":"2026-01-01T00:00:00Z","data":1}\n\n');
  report(open, "e-2", "unheard_of", {});
  report(open, "e-3", "told", { word: "good" });

  assert.deepEqual((await events.next()).value?.data, { word: "good" });
  subscription.close();
});

type Stream = RestStandIn["streams"][number]["response"];

async function stream(service: RestStandIn, index: number): Promise<Stream> {
  for (let tries = 0; tries < 200; tries += 1) {
    const open = service.streams[index];
    if (open) return open.response;
    await sleep(20);
  }
  return assert.fail("the gateway did not come for events");
}

function report(stream: Stream, id: string, event: string, data: unknown): void {
  const body = JSON.stringify({ time: "2026-01-01T00:00:00Z", data });
  stream.write(`id: ${id}\nevent: ${event}\ndata: ${body}\n\n`);
}
