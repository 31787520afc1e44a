import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { answerOf } from "../support/client.ts";
import { CHANNEL, place, startOrders } from "../support/orders.ts";
import { Stream, type StreamEvent } from "../support/stream.ts";
import type { System } from "../support/system.ts";

const GAP = "stream.gap";
const ORDERS = 60;
const PARCELS = 5;

async function ship(system: System, parcels: number): Promise<void> {
  await answerOf(await place(system, { parcels }));
}

async function shipMany(system: System): Promise<void> {
  for (let order = 0; order < ORDERS; order += 1) await ship(system, PARCELS);
}

const ids = (events: readonly StreamEvent[]) => events.map(({ id }) => id);
const data = (events: readonly StreamEvent[]) => events.map((event) => event.data);

suite("an SSE client that comes back with `Last-Event-ID`", () => {
  test("gets what it missed, in order and once, however often it leaves", async (context) => {
    const system = await startOrders(context);
    const always = await Stream.open(system.url(), [CHANNEL]);
    await ship(system, 1);
    const [first] = await always.until(1);
    assert.ok(first);
    const shipping = shipMany(system);

    const seen = [first];
    let visits = 0;
    for (; seen.length < 1 + ORDERS * PARCELS; visits += 1) {
      const stream = await Stream.open(system.url(), [CHANNEL], seen.at(-1)?.id);
      await stream.until(Math.min(1 + (visits % 7), 1 + ORDERS * PARCELS - seen.length));
      stream.close();
      seen.push(...stream.events);
    }
    await shipping;
    await always.until(seen.length);
    always.close();
    context.diagnostic(`${seen.length} events in ${visits} visits`);
    assert.deepEqual(ids(seen), ids(always.events));
  });

  test("is told of the gap when the buffer no longer holds all of it", async (context) => {
    const system = await startOrders(context, { envOf: { gateway: { EVENT_REPLAY: "20" } } });
    const first = await Stream.open(system.url(), [CHANNEL]);
    await ship(system, 1);
    const [known] = await first.until(1);
    assert.ok(known);
    await ship(system, 50);
    await first.until(51);
    first.close();

    const second = await Stream.open(system.url(), [CHANNEL], known.id);
    const [gap, ...rest] = await second.until(21);
    second.close();
    assert.equal(gap?.channel, GAP);
    assert.deepEqual(ids(rest), ids(first.events).slice(-20));

    // Whoever has heard of the gap is not told again.
    const third = await Stream.open(system.url(), [CHANNEL], gap.id);
    assert.deepEqual(ids(await third.until(20)), ids(rest));
    third.close();
  });

  test("goes on behind a gateway that started anew: nothing lost, nothing twice", async (context) => {
    const system = await startOrders(context);
    const first = await Stream.open(system.url(), [CHANNEL]);
    await ship(system, 3);
    const [known, ...missed] = await first.until(3);
    assert.ok(known);
    await system.terminate("gateway");
    system.start("gateway");
    await system.alive("gateway");

    const second = await Stream.open(system.url(), [CHANNEL], known.id);
    await second.until(missed.length);
    await ship(system, 1);
    const events = await second.until(missed.length + 1);
    second.close();
    assert.deepEqual(data(events.slice(0, missed.length)), data(missed));
    assert.ok(events.every(({ channel }) => channel === CHANNEL));
    assert.equal(new Set(ids(events)).size, events.length);
  });
});
