import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@redis/client";
import { openBackplane } from "../../../src/backplane/redis.ts";
import type { StreamItem } from "../../../src/calls/streams.ts";
import { createGateway, type Gateway } from "../../../src/server/gateway.ts";
import { LocalService } from "../../../testing/local.ts";
import { TESTING } from "../../../testing/serve.ts";
import { readJob, shown, streamsWiring, wholeJob } from "../../../testing/streams.ts";
import { connected, REDIS, Shared, skip, Wire } from "./redis.ts";

/** More than Redis keeps. */
const KEPT = { JOB_PARTS_BYTES: "67108864", JOB_BYTES: "134217728" };

type Tell = () => AsyncGenerator<StreamItem, void, undefined>;

/** So many words; the last one waits for the gate. */
function words(count: number, size = 1, gate: Promise<void> = Promise.resolve()): Tell {
  return async function* () {
    for (let n = 1; n <= count; n += 1) {
      if (n === count) await gate;
      yield { part: { word: "x".repeat(size) } };
    }
    yield { output: { words: count } };
  };
}

/** A gateway of a namespace, in front of a service that answers by `stream`; `through` is the way that it
 * takes to Redis. */
async function open(
  t: TestContext,
  { namespace }: Shared,
  stream: Tell,
  through?: Wire,
): Promise<Gateway> {
  const service = Object.assign(new LocalService(), { stream });
  const redis = { REDIS_URL: through?.url ?? REDIS.href, REDIS_NAMESPACE: namespace };
  const variables = { ...redis, BACKPLANE_LEASE_MS: "600", ...KEPT };
  const wiring = { ...streamsWiring(() => service), backplane: openBackplane };
  const gateway = createGateway({ ...TESTING, ...variables }, wiring);
  t.after(async () => {
    await gateway.drain();
    await gateway.close();
  });
  await connected(gateway);
  return gateway;
}

const start = ({ jobs }: Gateway) => jobs.start("sample", "tell", { topic: "a" });

const redis = createClient({ url: REDIS.href });

/** Does in Redis what no gateway does; `key` has that name in the namespace. */
async function meddle(
  { namespace }: Shared,
  name: string,
  command: (client: typeof redis, key: string) => Promise<unknown>,
): Promise<void> {
  const client = redis.duplicate();
  await client.connect();
  const found: string[] = [];
  for await (const keys of client.scanIterator({ MATCH: `{${namespace}.*:${name}` })) {
    found.push(...keys);
  }
  await command(client, found[0] ?? assert.fail(`there is no ${name}`));
  await client.close();
}

test("every gateway has the parts of a job, and goes on where another one was", {
  skip,
}, async (t) => {
  const shared = new Shared();
  t.after(() => shared[Symbol.asyncDispose]());
  const first = await open(t, shared, words(500));
  const second = await open(t, shared, words(500));
  const { id } = await start(first);
  const [here, there] = await Promise.all([readJob(first, id), readJob(second, id)]);
  assert.deepEqual(here.map(shown), wholeJob(500));
  assert.deepEqual(there.map(shown), wholeJob(500));
  const after = here[200]?.id ?? "";
  const rest = await readJob(second, id, { after });
  assert.deepEqual(rest.map(shown), wholeJob(500).slice(201));
  // A gateway that starts when it is over, too.
  const third = await open(t, shared, words(0));
  assert.deepEqual((await readJob(third, id, { after })).map(shown), wholeJob(500).slice(201));
  assert.deepEqual((await third.jobs.get(id)).result, { words: 500 });
});

test("Redis keeps the last parts, and all steps", { skip }, async (t) => {
  const shared = new Shared();
  t.after(() => shared[Symbol.asyncDispose]());
  const gateway = await open(t, shared, words(100, 400 * 1024));
  const { id } = await start(gateway);
  await readJob(gateway, id);
  const later = await open(t, shared, words(0));
  const events = (await readJob(later, id)).map(shown);
  assert.deepEqual(events.slice(0, 3), ["queued", "running", "stream.gap"]);
  const kept = events.slice(3, -1);
  assert.deepEqual(kept, wholeJob(100).slice(-1 - kept.length, -1));
  assert.ok(kept.length > 70 && kept.length < 85, `${kept.length} parts are kept`);
  assert.equal(events.at(-1), "succeeded");
});

test("a gateway that a job was taken from reports nothing of it any more", { skip }, async (t) => {
  const shared = new Shared();
  t.after(() => shared[Symbol.asyncDispose]());
  const wire = await Wire.lay();
  t.after(() => wire[Symbol.asyncDispose]());
  const [late, taken] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let isClosed = false;
  async function* stalled(): ReturnType<Tell> {
    try {
      yield* words(3, 1, late.promise)();
    } finally {
      isClosed = true;
    }
  }
  const first = await open(t, shared, stalled, wire);
  const second = await open(t, shared, words(5, 1, taken.promise));
  const { id } = await start(first);
  const begun = await readJob(second, id, { most: 4 });
  assert.deepEqual(begun.map(shown), ["queued", "running", 1, 2]);
  wire.cut();
  const rest = readJob(second, id, { after: begun.at(-1)?.id ?? "" });
  await readJob(second, id, { after: begun.at(-1)?.id ?? "", most: 5 });
  wire.mend();
  await connected(first);
  late.resolve();
  while (!isClosed) await sleep(10);
  // It would have reported its end by then.
  await sleep(200);
  assert.equal((await second.jobs.get(id)).status, "running");
  taken.resolve();
  assert.deepEqual((await rest).map(shown), wholeJob(5).slice(1));
  for (const { jobs } of [first, second]) {
    assert.deepEqual((await jobs.get(id)).result, { words: 5 });
  }
});

test("parts are kept also where Redis has lost which ones it has", { skip }, async (t) => {
  const shared = new Shared();
  t.after(() => shared[Symbol.asyncDispose]());
  const gateway = await open(t, shared, words(10));
  await readJob(gateway, (await start(gateway)).id);
  await meddle(shared, "parts", async (client, key) => {
    await client.del(key);
    await client.set(`${key}-bytes`, String(32 * 1024 * 1024));
  });
  const { id } = await start(gateway);
  await readJob(gateway, id);
  assert.deepEqual((await readJob(await open(t, shared, words(0)), id)).map(shown), wholeJob(10));
});

test("one entry that cannot be read is left out", { skip }, async (t) => {
  const shared = new Shared();
  t.after(() => shared[Symbol.asyncDispose]());
  const [first, second] = [await open(t, shared, words(3)), await open(t, shared, words(3))];
  const before = await start(first);
  await readJob(second, before.id);
  const { id: _, service, operation, created } = before;
  const part = { run: "a", number: "1", part: "{" };
  const entry = { id: before.id, service, operation, created, status: "running", ...part };
  await meddle(shared, "steps", (client, key) => client.xAdd(key, "*", entry));
  const { id } = await start(first);
  assert.deepEqual((await readJob(second, id)).map(shown), wholeJob(3));
});
