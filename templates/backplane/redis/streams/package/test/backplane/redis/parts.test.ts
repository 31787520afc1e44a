import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { openBackplane } from "../../../src/backplane/redis.ts";
import type { StreamItem } from "../../../src/calls/streams.ts";
import type { ChannelEvent } from "../../../src/events/hub.ts";
import { createGateway, type Gateway } from "../../../src/server/gateway.ts";
import { LocalService } from "../../../testing/local.ts";
import { TESTING } from "../../../testing/serve.ts";
import { streamsWiring } from "../../../testing/streams.ts";
import { connected, REDIS, Shared, skip } from "./redis.ts";

/** More than Redis keeps. */
const KEPT = { JOB_PARTS_BYTES: "67108864", JOB_BYTES: "134217728" };

/** A gateway of a namespace, in front of a service that gives so many words. */
async function open(
  t: TestContext,
  { namespace }: Shared,
  words: number,
  size = 1,
): Promise<Gateway> {
  async function* stream(): AsyncGenerator<StreamItem, void, undefined> {
    for (let n = 1; n <= words; n += 1) yield { part: { word: "x".repeat(size) } };
    yield { output: { words } };
  }
  const service = Object.assign(new LocalService(), { stream });
  const variables = { REDIS_URL: REDIS.href, REDIS_NAMESPACE: namespace, ...KEPT };
  const wiring = { ...streamsWiring(() => service), backplane: openBackplane };
  const gateway = createGateway({ ...TESTING, ...variables }, wiring);
  t.after(async () => {
    await gateway.drain();
    await gateway.close();
  });
  await connected(gateway);
  return gateway;
}

/** What is received of a job until its end, or until so many events. */
async function read(
  { hub }: Gateway,
  id: string,
  options: { readonly after?: string; readonly most?: number } = {},
): Promise<ChannelEvent[]> {
  const { most = Infinity, after } = options;
  const channels = [`jobs.${id}`];
  const subscription = hub.subscribe({ channels, ...(after !== undefined && { after }) });
  const events: ChannelEvent[] = [];
  for await (const event of subscription) {
    events.push(event);
    if (events.length >= most || "finished" in Object(event.data)) break;
  }
  subscription.close();
  return events;
}

const shown = ({ channel, data }: ChannelEvent) =>
  Object(data).number ?? Object(data).status ?? channel;
const whole = (words: number) => [
  ...["queued", "running"],
  ...Array.from({ length: words }, (_, n) => n + 1),
  "succeeded",
];

test("every gateway has the parts of a job, and goes on where another one was", {
  skip,
}, async (t) => {
  const shared = new Shared();
  t.after(() => shared[Symbol.asyncDispose]());
  const first = await open(t, shared, 500);
  const second = await open(t, shared, 500);
  const { id } = await first.jobs.start("sample", "tell", { topic: "a" });
  const [here, there] = await Promise.all([read(first, id), read(second, id)]);
  assert.deepEqual(here.map(shown), whole(500));
  assert.deepEqual(there.map(shown), whole(500));
  const after = here[200]?.id ?? "";
  const rest = await read(second, id, { after });
  assert.deepEqual(rest.map(shown), whole(500).slice(201));
  // A gateway that starts when it is over, too.
  const third = await open(t, shared, 0);
  assert.deepEqual((await read(third, id, { after })).map(shown), whole(500).slice(201));
  assert.deepEqual((await third.jobs.get(id)).result, { words: 500 });
});

test("Redis keeps the last parts, and all steps", { skip }, async (t) => {
  const shared = new Shared();
  t.after(() => shared[Symbol.asyncDispose]());
  const gateway = await open(t, shared, 100, 400 * 1024);
  const { id } = await gateway.jobs.start("sample", "tell", { topic: "a" });
  await read(gateway, id);
  const later = await open(t, shared, 0);
  const events = (await read(later, id)).map(shown);
  assert.deepEqual(events.slice(0, 3), ["queued", "running", "stream.gap"]);
  const kept = events.slice(3, -1);
  assert.deepEqual(kept, whole(100).slice(-1 - kept.length, -1));
  assert.ok(kept.length > 70 && kept.length < 85, `${kept.length} parts are kept`);
  assert.equal(events.at(-1), "succeeded");
});
