import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { problemOf } from "../support/client.ts";
import { place, RUNNING, runs, startOrders } from "../support/orders.ts";

const ABANDONED = /order abandoned/;
/** Milliseconds from the client's end of the wire to the handler. */
const CANCEL_MS = 5000;

suite("work that nobody waits for any more", () => {
  test("is cancelled in Python when the client leaves", async (context) => {
    const system = await startOrders(context);
    const client = new AbortController();
    const answer = place(system, { seconds: 60 }, { signal: client.signal });
    await runs(system, 1, 10_000);

    client.abort();
    await assert.rejects(answer);
    await system.process("orders").says(ABANDONED, CANCEL_MS);
    assert.equal(await system.metric("orders", RUNNING), 0);
  });

  test("is cancelled at the deadline, which is answered with 504", async (context) => {
    const system = await startOrders(context, { envOf: { gateway: { CALL_TIMEOUT_MS: "1000" } } });
    const begin = performance.now();
    await problemOf(await place(system, { seconds: 60 }), 504, "deadline_exceeded");
    const ms = performance.now() - begin;
    assert.ok(ms > 900 && ms < 3000, `answered after ${ms} ms`);
    await system.process("orders").says(ABANDONED, CANCEL_MS);
    assert.equal(await system.metric("orders", RUNNING), 0);
  });
});
