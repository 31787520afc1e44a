/** Several gateways with a backplane: it does not matter which of them a client reaches. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Bridge, type BridgeOptions, isOver, type Job } from "../support/bridge.ts";
import { answerOf, post, problemOf, said } from "../support/client.ts";
import { assertWhole, partsOf, runsOf } from "../support/parts.ts";
import { Stream, type StreamEvent } from "../support/stream.ts";
import type { Transport } from "../support/transports.ts";
import { grows, until } from "../support/until.ts";

const REST: Transport = { name: "rest", cancels: true, keeps: false, backplane: "redis" };
const SECOND = "gateway-2";
const LEASE = { BACKPLANE_LEASE_MS: "2000" };

const unique = (name: string) => `${name}-${crypto.randomUUID()}`;

async function start(context: TestContext, options: BridgeOptions = {}): Promise<Bridge> {
  const replicas = { [SECOND]: "gateway" };
  const bridge = await Bridge.of(context, REST, {
    envOf: { gateway: LEASE },
    ...options,
    replicas,
  });
  await bridge.system.prepare();
  const parts = ["echo", "gateway", SECOND];
  for (const name of parts) bridge.system.start(name);
  await bridge.ready(...parts);
  for (const name of parts.slice(1)) await hears(bridge, name);
  return bridge;
}

/** Waits until a gateway says that it reaches the others. */
async function hears({ system }: Bridge, gateway: string): Promise<void> {
  const look = () => checks(system.url(gateway));
  await until(`${gateway} reaches others`, look, ({ backplane }) => backplane === "ok");
}

async function checks(url: string): Promise<Record<string, string>> {
  const answer = (await (await fetch(`${url}/readyz`)).json()) as {
    checks: Record<string, string>;
  };
  return answer.checks;
}

const finishedAt = (bridge: Bridge, id: string, gateway: string): Promise<Job> =>
  until("the job is over", () => bridge.job(id, gateway), isOver);

const statuses = (events: readonly StreamEvent[]) =>
  events.map(({ data }) => (data as { status: string }).status);
const hasSucceeded = (events: readonly StreamEvent[]) => statuses(events).at(-1) === "succeeded";

test("two gateways with a backplane", async (context) => {
  const bridge = await start(context);
  const urls = ["gateway", SECOND].map((name) => bridge.system.url(name));

  await context.test("know of each other's jobs, and tell each step once", async () => {
    const { id } = await bridge.startJob({ name: unique("shared"), seconds: 1 });
    assert.equal((await bridge.job(id, SECOND)).id, id);
    const streams = await Promise.all(urls.map((url) => Stream.open(url, [`jobs.${id}`])));
    assert.equal((await finishedAt(bridge, id, SECOND)).status, "succeeded");
    for (const stream of streams) {
      const events = await stream.shows("the end of the job", hasSucceeded);
      stream.close();
      assert.equal(new Set(statuses(events)).size, events.length);
    }
  });

  await context.test("keep a job for who asked, at each of them", async () => {
    const [ann, bob] = [{ "x-test-subject": "ann" }, { "x-test-subject": "bob" }];
    const { id } = await bridge.startJob({ name: unique("owned"), seconds: 1 }, ann);
    for (const url of urls) {
      const find = (headers: Record<string, string>) => fetch(`${url}/api/jobs/${id}`, { headers });
      assert.equal((await find(ann)).status, 200);
      for (const other of [bob, {}]) {
        await problemOf(await find(other), 404, "not_found");
        const stream = await fetch(`${url}/api/events?channel=jobs.${id}`, { headers: other });
        await problemOf(stream, 404, "not_found");
      }
    }
  });

  await context.test("know of each other's idempotency keys", async () => {
    const name = unique("keyed");
    const headers = { prefer: "respond-async", "idempotency-key": crypto.randomUUID() };
    const answers = await Promise.all(
      ["gateway", SECOND, "gateway", SECOND].map((gateway) =>
        bridge.work({ name }, { headers }, gateway),
      ),
    );
    const jobs = (await Promise.all(answers.map((answer) => answer.json()))) as Job[];
    assert.equal(new Set(jobs.map(({ id }) => id)).size, 1);
    await finishedAt(bridge, jobs[0]?.id ?? "", SECOND);
    assert.equal(bridge.count("begun", name), 1);
    const other = await bridge.work({ name: unique("other") }, { headers }, SECOND);
    await problemOf(other, 409, "conflict");
  });

  await context.test("resume each other's streams, and lose nothing", async () => {
    const name = unique("resumed");
    const first = await bridge.listen("echo.worked");
    await bridge.worked({ name, events: 10 });
    const mine = (events: readonly StreamEvent[], whose = name) =>
      events.filter(({ data }) => (data as { name: string }).name === whose);
    const hasFive = (events: readonly StreamEvent[]) => mine(events).length >= 5;
    const seen = mine(await first.shows("five events", hasFive)).slice(0, 5);
    first.close();
    const second = await Stream.open(urls[1] ?? "", ["echo.worked"], seen.at(-1)?.id);
    await second.shows("the other five events", hasFive);
    // What comes twice comes before what is told later.
    const later = unique("later");
    await bridge.worked({ name: later, events: 1 });
    await second.shows("a later event", (events) => mine(events, later).length > 0);
    second.close();
    const numbers = [...seen, ...mine(second.events)].map(
      ({ data }) => (data as { number: number }).number,
    );
    assert.deepEqual(numbers, [...new Set(numbers)]);
    assert.equal(numbers.length, 10);
  });

  await context.test("finish what one of them left when it was killed", async () => {
    const name = unique("left");
    const { id } = await bridge.startJob({ name, seconds: 3 });
    await bridge.says("begun", name);
    const stream = await Stream.open(urls[1] ?? "", [`jobs.${id}`]);
    bridge.system.process("gateway").killAll();
    await bridge.system.process("gateway").ended;

    assert.equal((await finishedAt(bridge, id, SECOND)).status, "succeeded");
    const events = await stream.shows("the end of the job", hasSucceeded);
    stream.close();
    assert.equal(new Set(statuses(events)).size, events.length);
    bridge.system.start("gateway");
    await bridge.ready("gateway");
    await hears(bridge, "gateway");
  });

  await context.test("give the parts of each other's jobs, also when one is killed", async () => {
    const [name, words] = [unique("parts"), 60];
    const headers = { accept: "text/event-stream", prefer: "respond-async" };
    const asked = await post(bridge.url("tell"), { name, words, seconds: 0.05 }, { headers });
    assert.equal(asked.status, 202);
    const { id } = (await asked.json()) as Job;
    const seen: StreamEvent[] = [];
    /** Goes on behind what was seen, up to so many parts or the end of the job. */
    const follow = async (gateway: string, most = Infinity) => {
      const url = bridge.system.url(gateway);
      const stream = await Stream.open(url, [`jobs.${id}`], seen.at(-1)?.id);
      const isEnough = (events: readonly StreamEvent[]) =>
        partsOf(events).length >= most || hasSucceeded(events);
      seen.push(...(await stream.shows(`${most} parts, or the end`, isEnough)));
      stream.close();
    };
    for (const gateway of [SECOND, "gateway", SECOND]) await follow(gateway, 5);
    const before = partsOf(seen);
    assert.deepEqual(
      before,
      before.map((_, n) => n + 1),
    );
    assert.ok(before.length < words, "it was over before its gateway was killed");
    bridge.system.process("gateway").killAll();
    await bridge.system.process("gateway").ended;

    // What had come of the first run goes on without a gap; the run of the gateway that took over is whole.
    await follow(SECOND);
    const runs = runsOf(seen);
    assert.equal(runs.length, 2);
    const first = partsOf(runs[0] ?? []);
    assert.deepEqual(
      first,
      first.map((_, n) => n + 1),
    );
    assertWhole(runs[1] ?? [], words);
    const job = await answerOf<Job>(await fetch(`${urls[1]}/api/jobs/${id}`));
    assert.equal(Object(job.result).words, words);
    assert.equal(bridge.count("begun", name), 2);
    bridge.system.start("gateway");
    await bridge.ready("gateway");
    await hears(bridge, "gateway");
  });

  await context.test("finish what one of them left when it was stopped", async () => {
    const names = Array.from({ length: 6 }, () => unique("stopped"));
    const jobs = await Promise.all(names.map((name) => bridge.startJob({ name, seconds: 1 })));
    await bridge.system.terminate("gateway");
    for (const { id } of jobs) {
      assert.equal((await finishedAt(bridge, id, SECOND)).status, "succeeded");
    }
    for (const name of names) assert.equal(bridge.count("done", name), 1);
    bridge.system.start("gateway");
    await bridge.ready("gateway");
    await hears(bridge, "gateway");
  });

  await context.test("go on after a restart of Redis under load", async () => {
    const accepted: string[] = [];
    let going = true;
    const load = (async () => {
      for (let number = 0; going; number += 1) {
        const gateway = number % 2 === 0 ? "gateway" : SECOND;
        const headers = { prefer: "respond-async" };
        const response = await bridge.work({ name: unique("load") }, { headers }, gateway);
        const body = (await response.json()) as Job;
        assert.ok(response.status === 202 || response.status === 503, String(response.status));
        if (response.status === 202) accepted.push(body.id);
        assert.equal((await bridge.work({ name: unique("call") }, {}, gateway)).status, 200);
        await pause(20);
      }
    })();
    const goesOn = () => grows("jobs", () => accepted.length, 10);
    await goesOn();
    await bridge.broker?.kill();
    const look = () => said(fetch(`${urls[0]}/readyz`));
    const { status } = await until("the loss is known", look, ({ text }) => /Redis/.test(text));
    assert.equal(status, 200);
    await bridge.broker?.start();
    await Promise.all(["gateway", SECOND].map((name) => hears(bridge, name)));
    await goesOn();
    going = false;
    await load;

    for (const id of accepted) {
      assert.equal((await finishedAt(bridge, id, SECOND)).status, "succeeded", id);
    }
  });
});

test("two gateways count the requests of a client together", async (context) => {
  const bridge = await start(context, { env: { RATE_LIMIT: "30" } });
  const statuses: number[] = [];
  for (let number = 0; number < 40; number += 1) {
    const url = bridge.system.url(number % 2 === 0 ? "gateway" : SECOND);
    statuses.push((await fetch(`${url}/api/services`)).status);
  }
  const passed = statuses.filter((status) => status === 200).length;
  assert.equal(passed, 30);
  assert.ok(statuses.slice(30).every((status) => status === 429));
});
