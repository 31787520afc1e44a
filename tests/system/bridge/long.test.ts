/** What lasts longer than connections do is neither cut nor lost. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Bridge } from "../support/bridge.ts";
import { transports } from "../support/transports.ts";

/** More than what anything on the way keeps a connection for, or waits for a sign of life. */
const SECONDS = 50;
const TIMEOUT_MS = String(2 * SECONDS * 1000);

suite(`${SECONDS} seconds without a word`, { concurrency: true }, () => {
  for (const transport of transports) {
    test(`end with the answer, and no stream breaks meanwhile, over ${transport.name}`, async (context) => {
      const bridge = await Bridge.start(context, transport, {
        envOf: { gateway: { CALL_TIMEOUT_MS: TIMEOUT_MS } },
      });
      await bridge.worked({ name: "long", seconds: SECONDS });
      assert.equal(bridge.count("begun", "long"), 1);
      assert.doesNotMatch(bridge.system.logs(), /stream of events broke/);
    });
  }
});
