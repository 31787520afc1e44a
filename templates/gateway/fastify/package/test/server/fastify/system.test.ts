import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { closing } from "../../../testing/closing.ts";
import { LocalService } from "../../../testing/local.ts";
import { openapi, sampleWiring } from "../../../testing/sample.ts";
import { serve } from "../../../testing/serve.ts";

test("is alive whatever the services do, and ready when they are", async (t) => {
  const service = new LocalService();
  const gateway = closing(t, await serve(sampleWiring(() => service)));
  const ask = async (path: string) => {
    const response = await fetch(`${gateway.origin}${path}`);
    return [response.status, await response.json()];
  };
  assert.deepEqual(await ask("/readyz"), [200, { status: "ready", checks: { sample: "ok" } }]);
  service.failing = "the disk is full";
  await sleep(600);
  const unavailable = { status: "unavailable", checks: { sample: "the disk is full" } };
  assert.deepEqual(await ask("/readyz"), [503, unavailable]);
  assert.deepEqual(await ask("/livez"), [200, { status: "ok" }]);
});

test("counts requests by route, not by address", async (t) => {
  const gateway = closing(t, await serve(sampleWiring(() => new LocalService())));
  await gateway.post("/api/sample/read", { word: "a" });
  await fetch(`${gateway.origin}/api/jobs/some-id`);
  await fetch(`${gateway.origin}/secret-path`);
  const metrics = await (await fetch(`${gateway.origin}/metrics`)).text();
  const counted = (route: string, status: number, method = "GET") =>
    metrics.includes(
      `http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"} 1`,
    );
  assert.ok(counted("/api/sample/read", 200, "POST"));
  assert.ok(counted("/api/jobs/:id", 404));
  assert.doesNotMatch(metrics, /some-id|secret-path/);
  assert.match(
    metrics,
    /gateway_call_duration_seconds_count\{service="sample",operation="read",code="ok"\} 1/,
  );
});

test("publishes its contract and its pages", async (t) => {
  const gateway = closing(t, await serve(sampleWiring(() => new LocalService())));
  const document = await fetch(`${gateway.origin}/openapi.json`);
  assert.deepEqual(await document.json(), openapi);
  for (const path of ["/", "/docs"]) {
    const page = await fetch(`${gateway.origin}${path}`);
    assert.equal(page.status, 200, path);
    assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
    assert.equal(page.headers.get("cache-control"), "public, max-age=0");
    assert.ok(page.headers.get("etag"));
  }
});
