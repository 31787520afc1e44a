/** Many at once, where a broker parts the work among several processes of a service. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Bridge, type Worked } from "../support/bridge.ts";
import { answerOf } from "../support/client.ts";
import { transports } from "../support/transports.ts";

const CALLS = 2000;
const REPLICAS = { "echo-2": "echo", "echo-3": "echo" };
/** What may be under way at once, at every place where that is bounded. */
const ROOM = {
  gateway: {
    SERVICE_CONCURRENCY: String(CALLS),
    CALL_TIMEOUT_MS: "60000",
    CIRCUIT_RESET_MS: "1000",
  },
  echo: { MAX_CONCURRENCY: String(CALLS), MAX_QUEUE: String(CALLS) },
};

/** `work`, again when the gateway says so: on a busy machine 2,000 requests at once may be more than
 * its event loop takes, and it refuses some of them until it has caught up. */
async function patiently(bridge: Bridge, name: string, onRefusal: () => void): Promise<Worked> {
  while (true) {
    const response = await bridge.work({ name });
    const again = response.headers.get("retry-after");
    if (response.status !== 503 || again === null) return await answerOf<Worked>(response);
    onRefusal();
    await response.body?.cancel();
    await pause(1000 * Number(again));
  }
}

for (const transport of transports.filter(({ broker }) => broker)) {
  test(`${CALLS} calls at once over ${transport.name}`, async (context) => {
    const bridge = await Bridge.of(context, transport, { replicas: REPLICAS, envOf: ROOM });
    const parts = ["echo", ...Object.keys(REPLICAS), "gateway"];
    await bridge.system.prepare();
    for (const name of parts) bridge.system.start(name);
    await bridge.ready(...parts);

    const names = Array.from({ length: CALLS }, (_, index) => `crowd-${index}`);
    const begun = performance.now();
    let refusals = 0;
    const onRefusal = () => {
      refusals += 1;
    };
    const answers = await Promise.all(names.map((name) => patiently(bridge, name, onRefusal)));
    const seconds = (performance.now() - begun) / 1000;
    context.diagnostic(`${Math.round(CALLS / seconds)} calls/s, ${refusals} came back later`);

    // Each has run once, in one of the processes, and all of these had their share.
    const done = bridge.counts("done");
    assert.deepEqual(
      names.filter((name) => done.get(name) !== 1),
      [],
    );
    const shares = new Map<number, number>();
    for (const { process } of answers) shares.set(process, (shares.get(process) ?? 0) + 1);
    context.diagnostic(`shares: ${[...shares.values()].join(", ")}`);
    assert.equal(shares.size, parts.length - 1);
  });
}
