import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Json } from "../../../src/contract.ts";
import { sampleWiring } from "../../../testing/sample.ts";
import { closing, serve } from "../../../testing/serve.ts";
import { type GrpcStandIn, type OpenStream, standIn } from "../../../testing/stand-ins/grpc.ts";
import { connect } from "./connect.ts";

const wiring = sampleWiring(connect);

test("events arrive, and after an ended stream go on behind the last one", async (t) => {
  const service = closing(t, await standIn("SAMPLE", {}));
  const gateway = closing(t, await serve(wiring, service.variables));
  const subscription = gateway.gateway.hub.subscribe();
  const events = subscription[Symbol.asyncIterator]();

  const first = await stream(service, 0);
  assert.equal(first.after, "");
  report(first, "e-6", "stream.gap", {});
  report(first, "e-7", "told", { word: "first" });
  const event = (await events.next()).value ?? assert.fail("no event");
  assert.deepEqual([event.channel, event.data], ["sample.told", { word: "first" }]);

  first.cut();
  const second = await stream(service, 1);
  assert.equal(second.after, "e-7");
  report(second, "e-9", "stream.gap", {});
  report(second, "e-10", "asked", { word: "second" });
  assert.equal((await events.next()).value?.channel, "stream.gap");
  assert.equal((await events.next()).value?.channel, "sample.asked");
  subscription.close();
});

test("a service that restarts is found again, and asked for what was missed", async (t) => {
  const service = await standIn("SAMPLE", {});
  const gateway = closing(t, await serve(wiring, service.variables));
  const subscription = gateway.gateway.hub.subscribe();
  const events = subscription[Symbol.asyncIterator]();
  report(await stream(service, 0), "e-1", "told", { word: "before" });
  await events.next();

  await service[Symbol.asyncDispose]();
  const again = closing(t, await standIn("SAMPLE", {}, service.port));
  const resumed = await stream(again, 0);

  assert.equal(resumed.after, "e-1");
  report(resumed, "e-2", "told", { word: "after" });
  assert.deepEqual((await events.next()).value?.data, { word: "after" });
  subscription.close();
});

test("what is no event of the contract is passed over", async (t) => {
  const service = closing(t, await standIn("SAMPLE", {}));
  const gateway = closing(t, await serve(wiring, service.variables));
  const subscription = gateway.gateway.hub.subscribe();
  const events = subscription[Symbol.asyncIterator]();
  const open = await stream(service, 0);

  report(open, "e-1", "unheard_of", {});
  report(open, "e-2", "told", { word: "good" });

  assert.deepEqual((await events.next()).value?.data, { word: "good" });
  subscription.close();
});

async function stream(service: GrpcStandIn, index: number): Promise<OpenStream> {
  for (let tries = 0; tries < 500; tries += 1) {
    const open = service.streams[index];
    if (open) return open;
    await sleep(20);
  }
  return assert.fail("the gateway did not come for events");
}

function report(stream: OpenStream, id: string, name: string, data: Json): void {
  stream.report({ id, name, time: "2026-01-01T00:00:00Z", data });
}
