import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { closing } from "../support/closing.ts";
import { LocalService } from "../support/local.ts";
import { sampleWiring } from "../support/sample.ts";
import { serve } from "../support/serve.ts";

test("lists services with their public operations, and whether they answer", async (t) => {
  const service = new LocalService();
  const gateway = closing(t, await serve(sampleWiring(() => service)));
  const ask = async () => (await fetch(`${gateway.origin}/api/services`)).json();

  const listed = { name: "sample", operations: ["read", "write"], events: ["told", "asked"] };
  assert.deepEqual(await ask(), [{ ...listed, ready: true }]);
  service.failing = "out of order";
  await sleep(600);
  assert.deepEqual(await ask(), [{ ...listed, ready: false }]);
});
