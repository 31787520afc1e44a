import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { pino } from "pino";
import type { ChannelEvent, EventHub, Subscription } from "../../src/events/hub.ts";
import type { ServiceEvent } from "../../src/transports/client.ts";
import { followReplicas } from "../../src/transports/replicas/follow.ts";
import { LocalReplica, LocalService } from "../../testing/local.ts";
import { openGateway, openSample } from "../../testing/sample.ts";
import { closing, eventually } from "../../testing/serve.ts";

/** The next `count` events. */
async function take(subscription: Subscription, count: number): Promise<ChannelEvent[]> {
  const events: ChannelEvent[] = [];
  if (count === 0) return events;
  for await (const event of subscription) {
    if (events.push(event) === count) break;
  }
  return events;
}

const data = (events: readonly ChannelEvent[]) => events.map((event) => event.data);

/** Reports numbers on `sample.told`, and waits until the hub has them. */
async function report(service: LocalService, from: number, to: number): Promise<void> {
  for (let number = from; number <= to; number += 1) service.report("told", number);
  for (let turns = from; turns <= to + 5; turns += 1) await turn();
}

describe("channels", () => {
  test("without any a client receives every service and no job", async (t) => {
    const { service, gateway } = openSample(t);
    const all = gateway.hub.subscribe();
    gateway.hub.publish("jobs.1", "hidden");
    service.report("told", 1);
    service.report("asked", 2);
    const events = await take(all, 2);
    assert.deepEqual(
      events.map(({ channel }) => channel),
      ["sample.told", "sample.asked"],
    );
  });

  test("a client receives what it asked for, and can change that", async (t) => {
    const { service, gateway } = openSample(t);
    const some = gateway.hub.subscribe({ channels: ["sample.asked", "jobs.1"] });
    service.report("told", "not this");
    service.report("asked", 1);
    await turn();
    gateway.hub.publish("jobs.2", "nor this");
    gateway.hub.publish("jobs.1", 2);
    assert.deepEqual(data(await take(some, 2)), [1, 2]);
  });

  test("that nobody has are refused", async (t) => {
    const { gateway } = openSample(t);
    const refused = {
      invalid_argument: ["sample", "sample.", ".told", "", "jobs.*", "jobs.1*"],
      not_found: ["sample.other", "nobody.told", "nobody.*", "sample.toString"],
    };
    for (const [code, channels] of Object.entries(refused)) {
      for (const channel of channels) {
        assert.throws(() => gateway.hub.subscribe({ channels: [channel] }), { code }, channel);
      }
    }
    assert.match(await gateway.metrics.registry.metrics(), /gateway_event_subscribers 0/);
  });

  test("of one client are bounded", async (t) => {
    const { gateway } = openSample(t);
    const many = gateway.hub.subscribe({ channels: [] });
    for (let job = 0; job < 100; job += 1) many.add(`jobs.${job}`);
    many.add("jobs.99");
    assert.throws(() => many.add("jobs.100"), { code: "invalid_argument" });
    many.remove("jobs.0");
    many.add("jobs.100");
  });
});

describe("a client that comes back", () => {
  test("gets what it missed, once and in order", async (t) => {
    const { service, gateway } = openSample(t);
    const before = gateway.hub.subscribe();
    await report(service, 1, 5);
    const [, second] = await take(before, 2);
    const again = gateway.hub.subscribe({ after: second?.id });
    await report(service, 6, 6);
    assert.deepEqual(data(await take(again, 4)), [3, 4, 5, 6]);
  });

  test("is notified of a gap when the buffer no longer has it all, and gets the rest", async (t) => {
    const { service, gateway } = openSample(t, { EVENT_REPLAY: "3" });
    const before = gateway.hub.subscribe();
    await report(service, 1, 6);
    const [first] = await take(before, 1);
    const events = await take(gateway.hub.subscribe({ after: first?.id }), 4);
    assert.deepEqual(
      events.map(({ channel }) => channel),
      ["stream.gap", "sample.told", "sample.told", "sample.told"],
    );
    assert.deepEqual(data(events).slice(1), [4, 5, 6]);

    const [gap] = events;
    assert.deepEqual(data(await take(gateway.hub.subscribe({ after: gap?.id }), 3)), [4, 5, 6]);
  });

  test("from another process, or with a made-up id, is notified of a gap", async (t) => {
    const { service, gateway } = openSample(t);
    await report(service, 1, 2);
    for (const after of ["deadbeef-1", "x", "", "deadbeef-99999999999999999999"]) {
      const back = gateway.hub.subscribe({ after });
      await report(service, 3, 3);
      const [gap, next] = await take(back, 2);
      assert.deepEqual([gap?.channel, next?.data], ["stream.gap", 3], after);
      back.close();
    }
  });

  test("from another process learns how far a job is, and not how it came there", async (t) => {
    const elsewhere = closing(t, openGateway(new LocalService()));
    const left = elsewhere.hub.subscribe({ channels: ["jobs.1"] });
    elsewhere.hub.publish("jobs.1", "queued");
    const [last] = await take(left, 1);

    const { gateway } = openSample(t);
    const running = { data: "running", owner: undefined };
    gateway.hub.beginJobsWith((id) => (id === "1" ? running : undefined));
    for (const step of ["queued", "running"]) gateway.hub.publish("jobs.1", step);
    const back = gateway.hub.subscribe({ channels: ["jobs.1"], after: last?.id });
    gateway.hub.publish("jobs.1", "succeeded");
    assert.deepEqual(data(await take(back, 2)), ["running", "succeeded"]);
  });

  test("is replayed more than a queue holds", async (t) => {
    const { service, gateway } = openSample(t, { EVENT_QUEUE: "2" });
    const before = gateway.hub.subscribe();
    await report(service, 1, 1);
    const [first] = await take(before, 1);
    before.close();
    await report(service, 2, 9);
    const back = gateway.hub.subscribe({ after: first?.id });
    assert.deepEqual(data(await take(back, 8)), [2, 3, 4, 5, 6, 7, 8, 9]);
    assert.equal(back.lagging.aborted, false);
  });
});

test("a slow client leaves, the others are served", async (t) => {
  const { service, gateway } = openSample(t, { EVENT_QUEUE: "5" });
  const slow = gateway.hub.subscribe();
  const quick = gateway.hub.subscribe();
  const received = take(quick, 9);
  await report(service, 1, 9);
  assert.deepEqual(data(await received), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.ok(slow.lagging.aborted);
  assert.equal(quick.lagging.aborted, false);
  assert.deepEqual(await take(slow, 1), []);
  const metrics = await gateway.metrics.registry.metrics();
  assert.match(metrics, /gateway_event_subscribers_lagging_total 1/);
});

test("a gap at the service is reported to whoever listens to the service", async (t) => {
  const { service, gateway } = openSample(t);
  const clients = [gateway.hub.subscribe(), gateway.hub.subscribe({ channels: ["sample.asked"] })];
  const deaf = gateway.hub.subscribe({ channels: ["jobs.1"] });
  service.report("stream.gap", {});
  for (const client of clients) {
    const [gap] = await take(client, 1);
    assert.deepEqual([gap?.channel, gap?.data], ["stream.gap", { service: "sample" }]);
  }
  gateway.hub.publish("jobs.1", "only this");
  assert.deepEqual(data(await take(deaf, 1)), ["only this"]);
});

test("closing ends every loop", async () => {
  const gateway = openGateway(new LocalService());
  const ended = take(gateway.hub.subscribe(), 1);
  await gateway.hub.close();
  assert.deepEqual(await ended, []);
  assert.deepEqual(await take(gateway.hub.subscribe(), 1), []);
  await gateway[Symbol.asyncDispose]();
});

/** A service of several replicas, without a transport. */
class Replicated extends LocalService {
  readonly #replicas: ReadonlyMap<string, LocalReplica>;
  readonly #delayMs: number;

  /** @param delayMs What an event may take to arrive. */
  constructor(replicas: ReadonlyMap<string, LocalReplica>, delayMs: number) {
    super();
    this.#replicas = replicas;
    this.#delayMs = delayMs;
  }

  override async *events({ signal }: { signal: AbortSignal }): AsyncIterable<ServiceEvent> {
    yield* followReplicas({
      addresses: async () => [...this.#replicas.keys()],
      open: async (address, after, ending) => {
        const replica = this.#replicas.get(address);
        if (!replica) throw new Error("nobody is there");
        return this.#late(await replica.open(after, ending));
      },
      signal,
      log: pino({ enabled: false }),
      service: "sample",
    });
  }

  async *#late(events: AsyncIterable<ServiceEvent>): AsyncIterable<ServiceEvent> {
    for await (const event of events) {
      if (this.#delayMs > 0) await sleep(this.#delayMs * Math.random());
      yield event;
    }
  }
}

function openHub(
  t: TestContext,
  replicas: ReadonlyMap<string, LocalReplica>,
  delayMs = 0,
): EventHub {
  return closing(t, openGateway(new Replicated(replicas, delayMs))).hub;
}

/** The next `count` events behind `after`. */
async function visit(hub: EventHub, count: number, after?: string): Promise<ChannelEvent[]> {
  const subscription = hub.subscribe({ after });
  const events = await take(subscription, count);
  subscription.close();
  return events;
}

/** As many events as are expected behind `after`, and what more comes within a while. */
async function visitAll(
  t: TestContext,
  hub: EventHub,
  expected: number,
  after?: string,
): Promise<ChannelEvent[]> {
  const subscription = hub.subscribe({ after });
  const events: ChannelEvent[] = [];
  const ended = (async () => {
    for await (const event of subscription) events.push(event);
  })();
  await eventually(t, () => assert.ok(events.length >= expected, JSON.stringify(events)));
  await sleep(300);
  subscription.close();
  await ended;
  return events;
}

async function listened(
  t: TestContext,
  replicas: readonly LocalReplica[],
  hubs: number,
): Promise<void> {
  await eventually(t, () => {
    for (const { listeners } of replicas) assert.equal(listeners, hubs);
  });
}

test("who goes from gateway to gateway receives each event of all replicas once", async (t) => {
  const all = ["x", "y", "z"].map((epoch) => new LocalReplica(epoch));
  const replicas = new Map(all.map((replica, index) => [`10.0.0.${index}`, replica]));
  // Each receives them in another order.
  const hubs = [openHub(t, replicas, 5), openHub(t, replicas, 5)];
  await listened(t, all, 2);
  const received: ChannelEvent[] = [];
  for (let round = 0; round < 150; round += 1) {
    for (const replica of all) replica.report(1 + (round % 2));
    const hub = hubs[round % 2] ?? assert.fail();
    received.push(...(await visit(hub, 1 + (round % 3), received.at(-1)?.id)));
  }
  const reported = all.flatMap((replica) => replica.reported);
  const left = reported.length - received.length;
  received.push(...(await visitAll(t, hubs[0] ?? assert.fail(), left, received.at(-1)?.id)));
  assert.deepEqual(data(received).sort(), reported.map(({ id }) => id).sort());
});

test("a gateway that starts anew goes on behind what clients have of all replicas", async (t) => {
  const all = ["x", "y", "z"].map((epoch) => new LocalReplica(epoch));
  const replicas = new Map(all.map((replica, index) => [`10.0.0.${index}`, replica]));
  const before = visitAll(t, openHub(t, replicas), 6);
  await listened(t, all, 1);
  for (const replica of all) replica.report(2);
  const last = (await before).at(-1);
  for (const replica of all) replica.report();
  const events = await visitAll(t, openHub(t, replicas), 3, last?.id);
  assert.deepEqual(data(events).sort(), ["x-3", "y-3", "z-3"]);

  // Of one that is not there any more nobody knows how much it has reported.
  replicas.delete("10.0.0.1");
  const [gap, ...rest] = await visitAll(t, openHub(t, replicas), 3, last?.id);
  assert.equal(gap?.channel, "stream.gap");
  assert.deepEqual(data(rest).sort(), ["x-3", "z-3"]);
});

test("what a broker reports of several processes is reported once, though a gateway starts anew", async (t) => {
  const { service, gateway } = openSample(t);
  const back = visitAll(t, gateway.hub, 2, "jobs:0-0,sample:1-0.x-2.y-1");
  for (const id of ["x-1", "x-2", "y-1", "x-3", "y-2"]) service.reportAs(id, "told", id);
  assert.deepEqual(data((await back).filter(({ channel }) => channel !== "stream.gap")), [
    "x-3",
    "y-2",
  ]);
});
