import assert from "node:assert/strict";
import { test } from "node:test";
import { closing } from "../../../testing/serve.ts";
import { connected, Shared, skip, Wire } from "./redis.ts";

const WINDOW_MS = 60_000;

test("requests are counted over all gateways", { skip }, async (t) => {
  const shared = closing(t, new Shared());
  const gateways = (await shared.pair()).map((gateway) => closing(t, gateway));
  const counts: (number | undefined)[] = [];
  for (const { rates } of [...gateways, ...gateways]) {
    const counted = await rates?.count("203.0.113.1", WINDOW_MS);
    counts.push(counted?.count);
    assert.ok(counted && counted.leftMs > 0 && counted.leftMs <= WINDOW_MS);
  }
  assert.deepEqual(counts, [1, 2, 3, 4]);
  assert.equal((await gateways[0]?.rates?.count("203.0.113.2", WINDOW_MS))?.count, 1);
});

test("without Redis each gateway counts for itself", { skip }, async (t) => {
  const shared = closing(t, new Shared());
  const wire = closing(t, await Wire.lay());
  const gateway = closing(t, shared.open({ through: wire }));
  await connected(gateway);
  const count = async () => (await gateway.rates?.count("203.0.113.1", WINDOW_MS))?.count;
  assert.deepEqual([await count(), await count()], [1, 2]);

  wire.silence();
  assert.equal(await count(), 1);
  wire.cut();
  assert.equal(await count(), 2);
});
