import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import type { CallOptions } from "../../src/calls/dispatch.ts";
import { Problem } from "../../src/calls/problem.ts";
import type { Json } from "../../src/contract.ts";
import { Metrics } from "../../src/observability/metrics.ts";
import { createReporter, type Observation } from "../../src/observability/reporting.ts";
import { openSample, sample } from "../../testing/sample.ts";
import { eventually } from "../../testing/serve.ts";

const observer = sample.operations.record;
const observation = (name: string): Observation => ({
  name,
  time: new Date().toISOString(),
  attributes: {},
});

/** A reporter whose observer is `take`. */
function subject(
  take: (names: string[], options: CallOptions) => Promise<void>,
  limit = 100,
  intervalMs = 20,
) {
  const metrics = new Metrics();
  const reporter = createReporter({
    observers: [observer],
    dispatch: {
      async call(_operation, input, options = {}) {
        const { events } = input as { events: Observation[] };
        await take(
          events.map(({ name }) => name),
          options,
        );
        return null;
      },
    },
    metrics,
    log: pino({ level: "silent" }),
    intervalMs,
    limit,
  });
  const dropped = async () => (await metrics.observationsDropped.get()).values[0]?.value ?? 0;
  return { reporter, dropped };
}

test("requests and what an operation's contract names are reported", async (t) => {
  const { service, gateway } = openSample(t, {}, { observers: [observer] });
  service.answer = ({ operation }) => (operation === "record" ? null : { word: "four", length: 4 });
  await gateway.dispatch.callPublic("sample", "read", { word: "four" });
  await assert.rejects(gateway.dispatch.callPublic("sample", "read", {}));

  const events = await eventually(t, () => {
    const reports = service.calls.filter(({ operation }) => operation === "record");
    const found = reports.flatMap(({ input }) => (input as { events: Json[] }).events);
    assert.equal(found.length, 3);
    return found as unknown as Observation[];
  });
  assert.deepEqual(
    events.map(({ name, attributes }) => ({ name, attributes })),
    [
      { name: "reading", attributes: { service: "sample", word: "four", length: "4" } },
      { name: "request", attributes: { service: "sample", operation: "read", code: "ok" } },
      {
        name: "request",
        attributes: { service: "sample", operation: "read", code: "invalid_argument" },
      },
    ],
  );
  assert.ok(events.every(({ value = -1, time }) => value >= 0 && Date.parse(time) > 0));
});

test("an observer that hangs holds nobody up, and the oldest observations go", async () => {
  const gate = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const taken: string[] = [];
  const { reporter, dropped } = subject(async (names) => {
    asked.resolve();
    await gate.promise;
    taken.push(...names);
  }, 3);
  reporter.record(observation("0"));
  await asked.promise;
  for (let number = 1; number <= 10; number += 1) reporter.record(observation(String(number)));
  assert.equal(await dropped(), 7);
  gate.resolve();
  await reporter.close(1000);
  assert.deepEqual(taken, ["0", "8", "9", "10"]);
});

test("a batch that did not get through is sent again under the same key", async (t) => {
  const keys: (string | undefined)[] = [];
  const { reporter, dropped } = subject(async (_names, { idempotencyKey }) => {
    keys.push(idempotencyKey);
    if (keys.length < 3) throw new Problem("unavailable", "restarting");
  });
  reporter.record(observation("kept"));
  await eventually(t, () => assert.equal(keys.length, 3));
  await reporter.close(1000);
  assert.equal(keys.length, 3);
  assert.equal(new Set(keys).size, 1);
  assert.equal(await dropped(), 0);
});

test("a batch that is refused is dropped, and counted", async (t) => {
  const { reporter, dropped } = subject(async (names) => {
    if (names.includes("bad")) throw new Problem("invalid_argument", "no");
  });
  reporter.record(observation("bad"));
  await eventually(t, async () => assert.equal(await dropped(), 1));
  reporter.record(observation("good"));
  await reporter.close(1000);
  assert.equal(await dropped(), 1);
});

test("a batch that is refused is split, until only what is refused for itself is dropped", async () => {
  const taken: string[] = [];
  const { reporter, dropped } = subject(async (names) => {
    if (names.includes("bad")) throw new Problem("invalid_argument", "no");
    taken.push(...names);
  });
  const names = Array.from({ length: 50 }, (_, number) => (number === 33 ? "bad" : `${number}`));
  for (const name of names) reporter.record(observation(name));
  await reporter.close(5000);
  assert.equal(await dropped(), 1);
  assert.deepEqual(
    taken,
    names.filter((name) => name !== "bad"),
  );
});

test("an observer that refuses everything is not asked for each observation", async () => {
  let asked = 0;
  const { reporter, dropped } = subject(async () => {
    asked += 1;
    throw new Problem("invalid_argument", "no");
  });
  for (let number = 0; number < 100; number += 1) reporter.record(observation("x"));
  await reporter.close(5000);
  assert.equal(await dropped(), 100);
  assert.ok(asked <= 30, `asked ${asked} times`);
});

const large = (name: string): Observation => ({
  ...observation(name),
  attributes: { text: "x".repeat(100_000) },
});

test("no batch is larger than every transport takes", async () => {
  const batches: number[] = [];
  const { reporter, dropped } = subject(async (names) => void batches.push(names.length));
  for (let number = 0; number < 20; number += 1) reporter.record(large(`${number}`));
  await reporter.close(5000);
  assert.equal(await dropped(), 0);
  assert.deepEqual(new Set(batches), new Set([2]));
});

test("what waits for an observer is bounded in bytes too", async () => {
  const { reporter, dropped } = subject(() => new Promise(() => {}), 5000, 60_000);
  for (let number = 0; number < 200; number += 1) reporter.record(large(`${number}`));
  // 4 MiB of 100 kB each, and the batch that is under way.
  assert.ok((await dropped()) > 150);
});

test("closing sends what is left, and waits no longer than it may", async () => {
  const taken: string[] = [];
  const quick = subject(async (names) => void taken.push(...names), 2000);
  for (let number = 0; number < 1200; number += 1) quick.reporter.record(observation("x"));
  await quick.reporter.close(1000);
  assert.equal(taken.length, 1200);

  const times: number[] = [];
  const take = async (_names: string[], { timeoutMs = 0 }: CallOptions) => {
    times.push(timeoutMs);
    throw new Problem("unavailable", "gone");
  };
  const dead = subject(take, 100, 60_000);
  dead.reporter.record(observation("lost"));
  await dead.reporter.close(200);
  const [first, ...others] = times;
  assert.ok(first && first <= 200, `${first} ms`);
  assert.deepEqual(others, []);
  assert.equal(await dead.dropped(), 1);
});

test("full batches follow one another without waiting for the interval", async (t) => {
  let taken = 0;
  const { reporter, dropped } = subject(
    async (names) => {
      taken += names.length;
      await sleep(1);
    },
    5000,
    60_000,
  );
  for (let number = 0; number < 4000; number += 1) reporter.record(observation("x"));
  await eventually(t, () => assert.equal(taken, 4000));
  assert.equal(await dropped(), 0);
  await reporter.close(1000);
});
