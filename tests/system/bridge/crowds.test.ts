/** Many at once, where a broker parts the work among several processes of a service. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Bridge } from "../support/bridge.ts";
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

for (const transport of transports.filter(({ broker }) => broker)) {
  test(`${CALLS} calls at once over ${transport.name}`, async (context) => {
    const bridge = await Bridge.of(context, transport, { replicas: REPLICAS, envOf: ROOM });
    const parts = ["echo", ...Object.keys(REPLICAS), "gateway"];
    await bridge.system.prepare();
    for (const name of parts) bridge.system.start(name);
    await bridge.ready(...parts);

    const names = Array.from({ length: CALLS }, (_, index) => `crowd-${index}`);
    const begun = performance.now();
    const answers = await Promise.all(names.map((name) => bridge.worked({ name })));
    const seconds = (performance.now() - begun) / 1000;
    context.diagnostic(`${Math.round(CALLS / seconds)} calls/s`);

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
