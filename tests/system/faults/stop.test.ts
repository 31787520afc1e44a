import assert from "node:assert/strict";
import { once } from "node:events";
import { suite, test } from "node:test";
import { WebSocket } from "ws";
import { answerOf, type Json, problemOf, tried } from "../support/client.ts";
import { CHANNEL, order, place, runs, startOrders } from "../support/orders.ts";
import { Stream } from "../support/stream.ts";
import type { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const IN_FLIGHT = 24;
/** How long each of them takes: longer than it takes to send all of them. */
const SECONDS = 3;

/** Sends requests and waits until they are with their handlers, as `others` are already. */
async function sendSlowOnes(system: System, others = 0): Promise<Promise<Json>[]> {
  const answers = Array.from({ length: IN_FLIGHT }, async () =>
    answerOf(await place(system, { seconds: SECONDS })),
  );
  // A failure is told where the answers are awaited.
  for (const answer of answers) answer.catch(() => undefined);
  await runs(system, IN_FLIGHT + others, 1000 * SECONDS);
  return answers;
}

suite("SIGTERM with requests in flight", () => {
  test("to the gateway: all are answered, clients are told, it ends with 0", async (context) => {
    const system = await startOrders(context);
    const stream = await Stream.open(system.url(), [CHANNEL]);
    const socket = new WebSocket(`${system.url().replace("http", "ws")}/api/ws`);
    await once(socket, "open");
    const call = { type: "call", id: "1", service: "orders", operation: "place" };
    socket.send(JSON.stringify({ ...call, input: order({ seconds: SECONDS }) }));
    const answers = await sendSlowOnes(system, 1);

    const told = once(socket, "message");
    const closed = once(socket, "close");
    const ending = system.terminate("gateway");
    const look = () => tried(fetch(`${system.url()}/livez`));
    await until("nobody answers", look, ({ status }) => status === 0, { within: 5000 });
    const [message] = await told;
    assert.equal(JSON.parse(String(message)).type, "result");
    const [code] = await closed;
    assert.equal(code, 1001);
    await stream.ended;
    assert.equal((await Promise.all(answers)).length, IN_FLIGHT);
    assert.equal((await ending).code, 0, system.logs());
  });

  test("to a service: all are answered, it ends with 0, then it is unavailable", async (context) => {
    const system = await startOrders(context);
    const answers = await sendSlowOnes(system);

    const ending = system.terminate("orders");
    assert.equal((await Promise.all(answers)).length, IN_FLIGHT);
    assert.equal((await ending).code, 0, system.logs());
    await problemOf(await place(system), 503, "unavailable");
  });

  test("a second signal changes nothing", async (context) => {
    const system = await startOrders(context);
    const answers = await sendSlowOnes(system);

    const endings = ["gateway", "orders"].map((name) => system.terminate(name));
    // Two signals that wait together are one.
    await system.process("gateway").says(/stopping/, 5000);
    for (const name of ["gateway", "orders"]) system.process(name).signal("SIGTERM");
    assert.equal((await Promise.all(answers)).length, IN_FLIGHT);
    for (const ending of endings) assert.equal((await ending).code, 0, system.logs());
  });
});
