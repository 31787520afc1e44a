import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { answerOf, problemOf } from "../support/client.ts";
import { place, startOrders } from "../support/orders.ts";
import type { System } from "../support/system.ts";

/** How long each request takes: longer than it takes to send all of them. */
const SECONDS = 5;
/** Beyond the three rounds in which a service does what fits and what waits. */
const CALL_TIMEOUT_MS = "60000";

/** Sends `count` requests at once, slow ones by default, and tells how many were answered, and each refusal. */
async function flood(
  system: System,
  count: number,
  seconds = SECONDS,
): Promise<{ answered: number; refused: Response[] }> {
  const responses = await Promise.all(
    Array.from({ length: count }, () => place(system, { seconds })),
  );
  const refused = responses.filter(({ status }) => status !== 200);
  const answers = responses.filter(({ status }) => status === 200);
  await Promise.all(answers.map((response) => answerOf(response)));
  return { answered: answers.length, refused };
}

/** Every refusal is a problem that says when to come back. */
async function areClear(refused: readonly Response[], status: number): Promise<void> {
  for (const response of refused) {
    assert.ok(Number(response.headers.get("retry-after")) >= 1);
    await problemOf(response, status, "resource_exhausted");
  }
}

/** The system has come through it. */
async function isWell(system: System): Promise<void> {
  await answerOf(await place(system));
  for (const name of ["gateway", "orders"]) assert.ok(!system.process(name).hasEnded);
}

suite("more requests at once than there is room for", () => {
  test("at the gateway: 300, of which 100 fit", async (context) => {
    const system = await startOrders(context, {
      envOf: { orders: { MAX_CONCURRENCY: "200" } },
    });
    const { answered, refused } = await flood(system, 300);
    assert.equal(answered, 100);
    await areClear(refused, 503);
    await isWell(system);
  });

  test("at a service: 250, of which 40 fit and 60 wait", async (context) => {
    const system = await startOrders(context, {
      envOf: {
        gateway: { SERVICE_CONCURRENCY: "1000", CALL_TIMEOUT_MS },
        orders: { MAX_CONCURRENCY: "40", MAX_QUEUE: "60" },
      },
    });
    const { answered, refused } = await flood(system, 250);
    assert.equal(answered, 100);
    await areClear(refused, 503);
    await isWell(system);
  });

  test("of one client: 300, of which 100 a minute are allowed", async (context) => {
    const system = await startOrders(context);
    await system.terminate("gateway");
    system.start("gateway", { RATE_LIMIT: "100" });
    await system.alive("gateway");
    const { answered, refused } = await flood(system, 300, 0);
    assert.equal(answered, 100);
    await areClear(refused, 429);
    assert.equal((await fetch(`${system.url()}/livez`)).status, 200);
  });
});
