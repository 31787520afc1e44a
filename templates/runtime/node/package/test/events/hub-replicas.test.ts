import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import type { ChannelEvent, EventHub } from "../../src/events/hub.ts";
import type { ServiceEvent } from "../../src/transports/client.ts";
import { followReplicas } from "../../src/transports/replicas/follow.ts";
import { LocalReplica, LocalService } from "../../testing/local.ts";
import { openGateway } from "../../testing/sample.ts";
import { closing } from "../../testing/serve.ts";

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

/** What comes behind `after` until nothing has come for a while, or `most` events. */
async function visit(hub: EventHub, after?: string, most = Infinity): Promise<ChannelEvent[]> {
  const events: ChannelEvent[] = [];
  const subscription = hub.subscribe({ after });
  const patience = setTimeout(() => subscription.close(), 300);
  for await (const event of subscription) {
    events.push(event);
    patience.refresh();
    if (events.length >= most) break;
  }
  clearTimeout(patience);
  subscription.close();
  return events;
}

async function listened(...replicas: LocalReplica[]): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (replicas.every(({ listeners }) => listeners === 2)) return;
    await sleep(20);
  }
  assert.fail("the replicas are not followed");
}

const data = (events: readonly ChannelEvent[]) => events.map((event) => event.data);

test("who goes from gateway to gateway receives each event of all replicas once", async (t) => {
  const all = ["x", "y", "z"].map((epoch) => new LocalReplica(epoch));
  const replicas = new Map(all.map((replica, index) => [`10.0.0.${index}`, replica]));
  // Each receives them in another order.
  const hubs = [openHub(t, replicas, 5), openHub(t, replicas, 5)];
  await listened(...all);
  const received: ChannelEvent[] = [];
  for (let round = 0; round < 150; round += 1) {
    for (const replica of all) replica.report(1 + (round % 2));
    const hub = hubs[round % 2] ?? assert.fail();
    received.push(...(await visit(hub, received.at(-1)?.id, 1 + (round % 3))));
  }
  received.push(...(await visit(hubs[0] ?? assert.fail(), received.at(-1)?.id)));
  assert.deepEqual(
    data(received).sort(),
    all.flatMap(({ reported }) => reported.map(({ id }) => id)).sort(),
  );
});

test("a gateway that starts anew goes on behind what clients have of all replicas", async (t) => {
  const all = ["x", "y", "z"].map((epoch) => new LocalReplica(epoch));
  const replicas = new Map(all.map((replica, index) => [`10.0.0.${index}`, replica]));
  const before = visit(openHub(t, replicas));
  await sleep(100);
  for (const replica of all) replica.report(2);
  const last = (await before).at(-1);
  for (const replica of all) replica.report();
  const events = await visit(openHub(t, replicas), last?.id);
  assert.deepEqual(data(events).sort(), ["x-3", "y-3", "z-3"]);

  // Of one that is not there any more nobody knows how much it has reported.
  replicas.delete("10.0.0.1");
  const [gap, ...rest] = await visit(openHub(t, replicas), last?.id);
  assert.equal(gap?.channel, "stream.gap");
  assert.deepEqual(data(rest).sort(), ["x-3", "z-3"]);
});

test("what a broker reports of several processes is reported once, though a gateway starts anew", async (t) => {
  const service = new LocalService();
  const gateway = closing(t, openGateway(service));
  const back = visit(gateway.hub, "jobs:0-0,sample:1-0.x-2.y-1");
  await sleep(50);
  for (const id of ["x-1", "x-2", "y-1", "x-3", "y-2"]) service.reportAs(id, "told", id);
  assert.deepEqual(data((await back).filter(({ channel }) => channel !== "stream.gap")), [
    "x-3",
    "y-2",
  ]);
});
