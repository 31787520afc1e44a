import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { Json } from "../../src/contract.ts";
import type { ChannelEvent, EventHub, SubscribeOptions } from "../../src/events/hub.ts";
import { JobHub, type KeptParts } from "../../src/events/jobs.ts";
import { LocalService } from "../../testing/local.ts";
import { openGateway } from "../../testing/sample.ts";
import { closing } from "../../testing/serve.ts";
import { sample, shown } from "../../testing/streams.ts";

const PLENTY = { each: 1024 ** 2, all: 1024 ** 2 };
const CHANNEL = "jobs.7";

function open(t: TestContext, kept: KeptParts = PLENTY, inner?: EventHub): JobHub {
  const { hub } = closing(t, openGateway(new LocalService()));
  return new JobHub(inner ?? hub, [sample], kept);
}

/** A step of the job, as the board reports it. */
function step(status: string): Json {
  const finished = status === "succeeded" && { finished: "2026-01-01T00:00:00Z" };
  return { id: "7", service: "sample", operation: "tell", status, ...finished };
}

const begin = (hub: JobHub, run: string) => hub.begin("7", run, step("running"));

/** Parts of a run, each its number. */
function parts(hub: JobHub, run: string, from: number, to: number): void {
  for (let number = from; number <= to; number += 1) hub.part("7", { run, number }, number);
}

/** A client of the job that takes all there is. */
function follow(hub: JobHub, options: SubscribeOptions = {}) {
  const events: ChannelEvent[] = [];
  const subscription = hub.subscribe({ channels: [CHANNEL], ...options });
  const take = async () => {
    for await (const event of subscription) events.push(event);
  };
  void take();
  return {
    events,
    async seen() {
      await turn();
      return events.map(shown);
    },
  };
}

describe("the end of a job", () => {
  test("is received by who has more of it than this gateway", async (t) => {
    const hub = open(t);
    hub.publish(CHANNEL, step("queued"));
    begin(hub, "a");
    hub.publish(CHANNEL, step("succeeded"));
    assert.deepEqual(await follow(hub).seen(), ["queued", "running", "succeeded"]);
    // There may have been parts behind those that he has.
    const back = follow(hub, { after: `${CHANNEL}:a-500` });
    assert.deepEqual(await back.seen(), ["stream.gap", "succeeded"]);
    for (const [n, { id: after }] of back.events.entries()) {
      assert.deepEqual(await follow(hub, { after }).seen(), n === 0 ? ["succeeded"] : []);
    }
  });

  test("has the same id at a gateway that has other parts", async (t) => {
    const places = [3, 5].map(async (last) => {
      const hub = open(t);
      hub.publish(CHANNEL, step("queued"));
      begin(hub, "a");
      parts(hub, "a", 1, last);
      hub.publish(CHANNEL, step("succeeded"));
      const { events, seen } = follow(hub);
      await seen();
      return events.at(-1)?.id.split(":").at(-1);
    });
    const [first, second] = await Promise.all(places);
    assert.equal(first, second);
  });

  test("is behind one gap where no part is kept", async (t) => {
    const hub = open(t, { each: 0, all: 0 });
    const early = follow(hub);
    hub.publish(CHANNEL, step("queued"));
    begin(hub, "a");
    for (const number of [1, 2, 3]) {
      parts(hub, "a", number, number);
      assert.deepEqual(await early.seen(), ["queued", "running"]);
    }
    hub.publish(CHANNEL, step("succeeded"));
    const wanted = ["queued", "running", "stream.gap", "succeeded"];
    assert.deepEqual(await early.seen(), wanted);
    assert.deepEqual(await follow(hub).seen(), wanted);
  });

  test("is received by who follows a job that is forgotten meanwhile", async (t) => {
    const hub = open(t);
    const slow = hub.subscribe({ channels: [CHANNEL] })[Symbol.asyncIterator]();
    const idle = hub.subscribe({ channels: [CHANNEL] });
    const quick = follow(hub);
    hub.publish(CHANNEL, step("queued"));
    begin(hub, "a");
    for (const _ of ["queued", "running"]) await slow.next();
    parts(hub, "a", 1, 3);
    assert.deepEqual(await quick.seen(), ["queued", "running", 1, 2, 3]);
    hub.publish(CHANNEL, step("succeeded"));
    hub.forgetJob("7");
    assert.equal((await quick.seen()).at(-1), "succeeded");
    const rest = [await slow.next(), await slow.next()].map(({ value }) => value);
    assert.equal(rest[0]?.channel, "stream.gap");
    assert.deepEqual(rest[1]?.data, step("succeeded"));
    const late: Json[] = [];
    for await (const { data } of idle) {
      late.push(Object(data).status ?? data);
      if ("finished" in Object(data)) break;
    }
    assert.deepEqual(late, ["queued", "running", { job: "7" }, "succeeded"]);
    assert.deepEqual(await follow(hub).seen(), []);
  });
});

describe("who comes back while a gateway still reads what happened", () => {
  test("goes on behind what he has", async (t) => {
    const hub = open(t);
    const { seen } = follow(hub, { after: `${CHANNEL}:b-2` });
    hub.publish(CHANNEL, step("queued"));
    assert.deepEqual(await seen(), []);
    begin(hub, "a");
    parts(hub, "a", 1, 5);
    assert.deepEqual(await seen(), []);
    begin(hub, "b");
    parts(hub, "b", 1, 4);
    assert.deepEqual(await seen(), [3, 4]);
    hub.publish(CHANNEL, step("succeeded"));
    assert.deepEqual(await seen(), [3, 4, "succeeded"]);
  });

  test("begins anew where his run is not the last one", async (t) => {
    const hub = open(t);
    const { seen } = follow(hub, { after: `${CHANNEL}:a-2` });
    hub.publish(CHANNEL, step("queued"));
    begin(hub, "a");
    parts(hub, "a", 1, 2);
    begin(hub, "b");
    parts(hub, "b", 1, 1);
    // Reported twice, or late.
    begin(hub, "a");
    parts(hub, "a", 3, 3);
    assert.deepEqual(await seen(), ["running", 1]);
  });

  test("receives the end, whatever the run is that he names", async (t) => {
    const hub = open(t);
    const { seen } = follow(hub, { after: `${CHANNEL}:other-7` });
    hub.publish(CHANNEL, step("queued"));
    hub.publish(CHANNEL, step("succeeded"));
    assert.deepEqual(await seen(), ["stream.gap", "succeeded"]);
  });
});

describe("a job whose beginning is not kept any more", () => {
  test("has its end once, behind a gap", async (t) => {
    const hub = open(t);
    hub.publish(CHANNEL, step("succeeded"));
    for (const after of [undefined, `${CHANNEL}:0-0`, `${CHANNEL}:a-3`]) {
      assert.deepEqual(await follow(hub, { after }).seen(), ["stream.gap", "succeeded"]);
    }
  });

  test("begins with its run", async (t) => {
    const hub = open(t);
    const { seen } = follow(hub);
    hub.publish(CHANNEL, step("running"));
    assert.deepEqual(await seen(), []);
    begin(hub, "a");
    parts(hub, "a", 1, 2);
    assert.deepEqual(await seen(), ["running", 1, 2]);
  });

  test("begins with the first part that is kept", async (t) => {
    const hub = open(t);
    hub.publish(CHANNEL, step("running"));
    begin(hub, "a");
    parts(hub, "a", 5, 6);
    assert.deepEqual(await follow(hub).seen(), ["running", "stream.gap", 5, 6]);
    assert.deepEqual(await follow(hub, { after: `${CHANNEL}:a-4` }).seen(), [5, 6]);
  });
});

test("a part that is missing is a gap", async (t) => {
  const hub = open(t);
  const early = follow(hub);
  hub.publish(CHANNEL, step("queued"));
  begin(hub, "a");
  parts(hub, "a", 1, 2);
  await early.seen();
  parts(hub, "a", 4, 5);
  assert.deepEqual(await early.seen(), ["queued", "running", 1, 2, "stream.gap", 4, 5]);
});

test("somebody else's parts are nobody's", async (t) => {
  const hub = open(t);
  const [ann, bob] = ["ann", "bob"].map((subject) => {
    return follow(hub, { caller: { subject, scopes: [], claims: {} } });
  });
  hub.publish(CHANNEL, step("queued"), "ann");
  begin(hub, "a");
  parts(hub, "a", 1, 1);
  assert.deepEqual(await ann?.seen(), ["queued", "running", 1]);
  assert.deepEqual(await bob?.seen(), []);
});

test("what is no step of the channel's job is an event", async (t) => {
  const hub = open(t);
  const { seen } = follow(hub, { channels: ["jobs.other"] });
  for (const _ of [1, 2, 3]) hub.publish("jobs.other", step("succeeded"));
  assert.deepEqual(await seen(), ["succeeded", "succeeded", "succeeded"]);
});

test("nothing of what a client says it has comes back in an id", async (t) => {
  const hub = open(t);
  for (const forged of ["a\n\nevent: x", "a\n\nevent:e-1", "jobs.7:a-1,\n"]) {
    const { events, seen } = follow(hub, { after: forged });
    hub.publish(CHANNEL, "plain");
    await seen();
    assert.ok(events.length > 0);
    for (const { id } of events) assert.doesNotMatch(id, /\n/);
  }
});

test("a hub that fails ends the subscription with its error", async (t) => {
  const { hub } = closing(t, openGateway(new LocalService()));
  const inner = hub.subscribe();
  const next = () => Promise.reject(new Error("the hub is broken"));
  const failing = { [Symbol.asyncIterator]: () => ({ next }), close: () => inner.close() };
  const broken = Object.assign(Object.create(inner), failing);
  const jobs = open(t, PLENTY, Object.assign(Object.create(hub), { subscribe: () => broken }));
  const events = jobs.subscribe({ channels: [CHANNEL] })[Symbol.asyncIterator]();
  await assert.rejects(events.next(), /the hub is broken/);
});
