import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { answerOf, isOk, problemOf, said } from "../support/client.ts";
import { CHANNEL, eventsFlow, place, shopWithHandler, startOrders } from "../support/orders.ts";
import { Stream } from "../support/stream.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

/** The gateway's own deadline for a call. */
const DEADLINE_MS = 10_000;
/** A refusal by an open circuit asks nobody: this leaves room for a busy machine. */
const FAST_MS = 250;
const CIRCUIT_RESET_MS = 1000;
const OPEN = "gateway_circuit_open";
const ORDERS = 'service="orders"';

suite("a service that is killed", () => {
  test("is unavailable at once, then left alone, then used again", async (context) => {
    const system = await startOrders(context, {
      envOf: { gateway: { CIRCUIT_RESET_MS: String(CIRCUIT_RESET_MS) } },
    });
    const inFlight = place(system, { seconds: 30 });
    const stream = await Stream.open(system.url(), [CHANNEL]);
    await answerOf(await place(system));

    const killed = performance.now();
    system.process("orders").signal("SIGKILL");
    const cut = await inFlight;
    assert.ok(Number(cut.headers.get("retry-after")) >= 1);
    await problemOf(cut, 503, "unavailable");
    const circuit = async () => {
      await problemOf(await place(system), 503, "unavailable");
      return system.metric("gateway", OPEN, ORDERS);
    };
    await until("the circuit opens", circuit, (open) => open === 1, { within: DEADLINE_MS });
    const openMs = performance.now() - killed;

    const begin = performance.now();
    const refusal = await place(system);
    const refusedMs = performance.now() - begin;
    assert.ok(Number(refusal.headers.get("retry-after")) >= 1);
    await problemOf(refusal, 503, "unavailable");
    assert.ok(refusedMs < FAST_MS, `refused after ${refusedMs} ms`);
    const [opened, refused] = [openMs, refusedMs].map(Math.round);
    context.diagnostic(`open after ${opened} ms, then refused within ${refused} ms`);
    assert.equal((await fetch(`${system.url()}/livez`)).status, 200);

    system.start("orders");
    await system.alive("orders");
    const within = DEADLINE_MS + CIRCUIT_RESET_MS;
    await until("an order is placed", () => said(place(system)), isOk, { within });
    assert.equal(await system.metric("gateway", OPEN, ORDERS), 0);

    // Who listened is told that events may be missing, and then gets those of the new process.
    await eventsFlow(system);
    await stream.until(2);
    const [gap, next] = stream.events;
    assert.equal(gap?.channel, "stream.gap");
    assert.equal(next?.channel, CHANNEL);
    stream.close();
  });
});

suite("starting", () => {
  test("the gateway first: it waits for nobody, and finds services when they come", async (context) => {
    const system = await System.of(context, await shopWithHandler());
    system.start("gateway");
    await system.alive("gateway");
    const readiness = await fetch(`${system.url()}/readyz`);
    assert.equal(readiness.status, 503);
    assert.match(await readiness.text(), /orders cannot be reached/);
    await problemOf(await place(system), 503, "unavailable");

    for (const name of ["tags", "trends", "orders"]) system.start(name);
    await system.answers("gateway", "/readyz");
    await eventsFlow(system);
  });

  test("the services first: all is there when the gateway comes", async (context) => {
    const system = await System.start(context, await shopWithHandler());
    await system.answers("gateway", "/readyz");
    await answerOf(await place(system));
  });
});
