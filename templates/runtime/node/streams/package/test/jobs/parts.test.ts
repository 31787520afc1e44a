import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { Problem } from "../../src/calls/problem.ts";
import type { StreamItem } from "../../src/calls/streams.ts";
import type { ChannelEvent } from "../../src/events/hub.ts";
import { createGateway, type Gateway } from "../../src/server/gateway.ts";
import { LocalService } from "../../testing/local.ts";
import { reaches, serve, TESTING } from "../../testing/serve.ts";
import { numbers, readJob, shown, streamsWiring, wholeJob } from "../../testing/streams.ts";

const INPUT = { topic: "words" };

type Tell = () => AsyncGenerator<StreamItem, void, undefined>;

function open(t: TestContext, tell: Tell, variables: Record<string, string> = {}): Gateway {
  const service = Object.assign(new LocalService(), { stream: tell });
  const wiring = streamsWiring(() => service);
  const gateway = createGateway({ ...TESTING, ...variables }, wiring);
  t.after(async () => {
    await gateway.drain();
    await gateway.close();
  });
  return gateway;
}

/** So many words; those behind `held` wait for the gate. */
function words(count: number, held = count, gate: Promise<void> = Promise.resolve()): Tell {
  return async function* () {
    for (let n = 1; n <= count; n += 1) {
      if (n > held) await gate;
      yield { part: { word: String(n) } };
    }
    if (held === count) await gate;
    yield { output: { words: count } };
  };
}

async function start({ jobs }: Gateway, operation = "tell"): Promise<string> {
  return (await jobs.start("sample", operation, INPUT)).id;
}

test("a job gives its parts between `running` and its end; the result is the output", async (t) => {
  const gateway = open(t, words(500));
  const id = await start(gateway);
  const events = await readJob(gateway, id);
  const steps = events.map(shown);
  assert.deepEqual(steps, wholeJob(500));
  assert.deepEqual(events.at(-2)?.data, { id, number: 500, part: { word: "500" } });
  assert.deepEqual((await gateway.jobs.get(id)).result, { words: 500 });
  // Also for who asks when it is over, and comes with nothing.
  assert.deepEqual((await readJob(gateway, id)).map(shown), steps);
});

test("who comes back goes on behind the last event, whatever it was", async (t) => {
  const gate = Promise.withResolvers<void>();
  const gateway = open(t, words(20, 10, gate.promise));
  const id = await start(gateway);
  const before = await readJob(gateway, id, { most: 8 });
  gate.resolve();
  const whole = [...before, ...(await readJob(gateway, id, { after: before.at(-1)?.id }))];
  assert.deepEqual(whole.map(shown), wholeJob(20));
  for (const [n, { id: after }] of whole.entries()) {
    if (n === whole.length - 1) break;
    const rest = await readJob(gateway, id, { after });
    assert.deepEqual(rest, whole.slice(n + 1), `behind event ${n}`);
  }
});

test("parts of jobs and events of services share a stream, and an id of both", async (t) => {
  const gate = Promise.withResolvers<void>();
  const gateway = open(t, words(4, 2, gate.promise));
  const first = await start(gateway);
  const second = await start(gateway);
  const channels = [`jobs.${first}`, `jobs.${second}`, "jobs.other"];
  const subscription = gateway.hub.subscribe({ channels });
  const seen: ChannelEvent[] = [];
  for await (const event of subscription) {
    seen.push(event);
    if (seen.filter(({ data }) => "part" in Object(data)).length === 4) break;
  }
  subscription.close();
  gateway.hub.publish("jobs.other", "between");
  gate.resolve();
  const rest: ChannelEvent[] = [];
  const again = gateway.hub.subscribe({ channels, after: seen.at(-1)?.id ?? "" });
  for await (const event of again) {
    rest.push(event);
    if (rest.length === 7) break;
  }
  again.close();
  for (const id of [first, second]) {
    const own = [...seen, ...rest].filter(({ channel }) => channel === `jobs.${id}`);
    assert.deepEqual(own.map(shown), ["queued", "running", 1, 2, 3, 4, "succeeded"]);
  }
  const other = rest.filter(({ channel }) => channel === "jobs.other");
  assert.deepEqual(
    other.map(({ data }) => data),
    ["between"],
  );
});

test("of parts that are not kept any more there is a gap, and the rest behind it", async (t) => {
  const variables = { JOB_PARTS_BYTES: String(5 * 400) };
  const gateway = open(t, words(1000), variables);
  const id = await start(gateway);
  await reaches(t, gateway, id, "succeeded");
  const events = await readJob(gateway, id);
  assert.deepEqual(events.slice(0, 3).map(shown), ["queued", "running", "stream.gap"]);
  assert.deepEqual(events[2]?.data, { job: id });
  const kept = events.slice(3, -1).map(shown);
  assert.ok(kept.length >= 5 && kept.length < 10, `${kept.length} parts are kept`);
  assert.deepEqual(kept, numbers(1001 - kept.length, 1000));
  assert.equal(events.map(shown).at(-1), "succeeded");
  // Nobody is notified of the same gap again.
  const again = await readJob(gateway, id, { after: events[2]?.id });
  assert.deepEqual(again.map(shown), [...kept, "succeeded"]);
});

test("parts of all jobs take no more than jobs may, whoever reads them", async (t) => {
  const large = { word: "x".repeat(64 * 1024) };
  const gateway = open(
    t,
    async function* () {
      for (let n = 0; n < 20; n += 1) yield { part: large };
      yield { output: { words: 20 } };
    },
    { JOB_BYTES: String(1024 * 1024), JOB_CONCURRENCY: "1" },
  );
  const ids: string[] = [];
  for (let n = 0; n < 5; n += 1) ids.push(await start(gateway));
  for (const id of ids) await reaches(t, gateway, id, "succeeded");
  let bytes = 0;
  for (const id of ids) {
    const events = await readJob(gateway, id);
    bytes += Buffer.byteLength(JSON.stringify(events));
  }
  assert.ok(bytes < 1.1 * 1024 * 1024, `${bytes} bytes are kept`);
  assert.equal((await readJob(gateway, ids.at(-1) ?? "")).map(shown).at(-2), 20);
});

test("parts push out no events, and end no client that reads slowly", async (t) => {
  const gateway = open(t, words(300), { EVENT_REPLAY: "2", EVENT_QUEUE: "2" });
  gateway.hub.publish("jobs.other", "before");
  const other = gateway.hub.subscribe({ channels: ["jobs.other"] });
  gateway.hub.publish("jobs.other", "first");
  const first = (await other[Symbol.asyncIterator]().next()).value;
  const id = await start(gateway);
  const slow = gateway.hub.subscribe({ channels: [`jobs.${id}`] });
  gateway.hub.publish("jobs.other", "second");
  await reaches(t, gateway, id, "succeeded");
  const again = gateway.hub.subscribe({ channels: ["jobs.other"], after: first.id });
  for await (const { data } of again) {
    assert.equal(data, "second");
    break;
  }
  let parts = 0;
  for await (const { data } of slow) {
    if ("part" in Object(data)) parts += 1;
    if ("finished" in Object(data)) break;
  }
  assert.equal(parts, 300);
  assert.equal(slow.lagging.aborted, false);
});

test("a problem behind parts ends the job; it is not tried again", async (t) => {
  let runs = 0;
  const gateway = open(t, async function* () {
    runs += 1;
    yield { part: { word: "1" } };
    throw new Problem("resource_exhausted", "no more words", { retryAfter: 1 });
  });
  const id = await start(gateway, "look");
  const events = await readJob(gateway, id);
  assert.deepEqual(events.map(shown).slice(-3), ["running", 1, "failed"]);
  assert.equal((await gateway.jobs.get(id)).problem?.code, "resource_exhausted");
  assert.equal(runs, 1);
});

test("a job waits for room in front of its first part", async (t) => {
  let runs = 0;
  const gateway = open(t, async function* () {
    runs += 1;
    if (runs === 1) throw new Problem("resource_exhausted", "busy");
    yield* words(1)();
  });
  const id = await start(gateway);
  assert.deepEqual((await readJob(gateway, id)).map(shown).slice(-3), ["running", 1, "succeeded"]);
  assert.equal(runs, 2);
});

test("somebody else's parts are nobody's", async (t) => {
  const gateway = open(t, words(3));
  const ann = { subject: "ann", scopes: [], claims: {} };
  const early = gateway.hub.subscribe({ channels: ["jobs.x"], caller: { ...ann, subject: "bob" } });
  const { id } = await gateway.jobs.start("sample", "tell", INPUT, { caller: ann });
  assert.throws(() => early.add(`jobs.${id}`), { code: "not_found" });
  early.close();
  const seen = (await readJob(gateway, id, { caller: ann })).map(shown);
  assert.deepEqual(seen.slice(-4), [1, 2, 3, "succeeded"]);
});

test("what is forgotten of a job are its parts, too", async (t) => {
  const gateway = open(t, words(3), { JOB_LIMIT: "1" });
  const id = await start(gateway);
  const events = await readJob(gateway, id);
  await start(gateway);
  const channels = [`jobs.${id}`, "jobs.other"];
  const later = gateway.hub.subscribe({ channels, after: events[1]?.id ?? "" });
  await turn();
  gateway.hub.publish("jobs.other", "first");
  for await (const { data } of later) {
    assert.equal(data, "first");
    break;
  }
});

test("over HTTP: accepted at once, and one under one key", async (t) => {
  const service = Object.assign(new LocalService(), { stream: words(2) });
  const gateway = await serve(streamsWiring(() => service));
  t.after(() => gateway[Symbol.asyncDispose]());
  const headers = { prefer: "respond-async", "idempotency-key": "k", accept: "text/event-stream" };
  const [first, second] = await Promise.all(
    [1, 2].map(() => gateway.post("/api/sample/tell", INPUT, headers)),
  );
  const job = (await first?.json()) as { readonly id: string };
  assert.deepEqual([first?.status, second?.status], [202, 202]);
  assert.equal(first?.headers.get("location"), `/api/jobs/${job.id}`);
  assert.equal(first?.headers.get("preference-applied"), "respond-async");
  const again = (await second?.json()) as typeof job;
  assert.equal(again.id, job.id);
  const other = await gateway.post("/api/sample/tell", { topic: "other" }, headers);
  assert.equal(other.status, 409);
  const wrong = await gateway.post("/api/sample/tell", { topic: 1 }, headers);
  assert.equal(wrong.status, 400);
});
