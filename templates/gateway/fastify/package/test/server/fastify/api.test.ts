import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { describe, suite, test } from "node:test";
import type { Job } from "../../../src/jobs/board.ts";
import type { OpenConsole } from "../../../src/server/console.ts";
import type { Wiring } from "../../../src/server/gateway.ts";
import { LocalService } from "../../../testing/local.ts";
import { openapi, sample, sampleWiring, serveSample } from "../../../testing/sample.ts";
import { closing, eventually, problemOf, serve } from "../../../testing/serve.ts";

const production = { APP_ENV: "production", SERVICE_TOKEN: "a-secret-of-the-tests" };

describe("an operation", () => {
  test("answers with what the service says", async (t) => {
    const { served: gateway } = await serveSample(t);
    const response = await gateway.post("/api/sample/read", { word: "four" });
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type") ?? "", /^application\/json/);
    assert.deepEqual(await response.json(), { word: "four", length: 4 });
  });

  test("points at the field that is wrong", async (t) => {
    const { served: gateway } = await serveSample(t);
    const response = await gateway.post("/api/sample/read", { word: 4 });
    assert.equal(response.status, 400);
    const { errors } = await problemOf(response);
    assert.deepEqual(errors, [{ pointer: "/word", detail: "must be string" }]);
  });

  test("refuses what is not JSON, too long, or of another type", async (t) => {
    const { served: gateway } = await serveSample(t, { BODY_LIMIT: "1024" });
    const send = (body: string, type = "application/json") =>
      fetch(`${gateway.origin}/api/sample/read`, {
        method: "POST",
        headers: { "content-type": type },
        body,
      });
    const statuses = {
      400: await send("{"),
      413: await send(JSON.stringify({ word: "a".repeat(2000) })),
      415: await send("word=a", "application/x-www-form-urlencoded"),
    };
    for (const type of ["text/plain", "application/xml", "application/jsonl", ""]) {
      const { status } = await send('{"word": "a"}', type);
      assert.equal(status, 415, type);
    }
    for (const [status, response] of Object.entries(statuses)) {
      assert.equal(response.status, Number(status));
      assert.equal((await problemOf(response)).code, "invalid_argument");
    }
  });

  test("does not pollute prototypes", async (t) => {
    const { served: gateway } = await serveSample(t);
    const response = await fetch(`${gateway.origin}/api/sample/read`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"word": "a", "__proto__": {"admin": true}}',
    });
    assert.equal(response.status, 400);
  });

  test("can be posted only", async (t) => {
    const { served: gateway } = await serveSample(t);
    const response = await fetch(`${gateway.origin}/api/sample/read`);
    assert.equal(response.status, 405);
    assert.equal(response.headers.get("allow"), "POST");
    assert.equal((await problemOf(response)).status, 405);
  });

  test("that is internal does not exist", async (t) => {
    const { served: gateway } = await serveSample(t);
    for (const path of ["/api/sample/record", "/api/sample/nothing", "/nothing"]) {
      const response = await gateway.post(path, {});
      assert.equal((await problemOf(response)).code, "not_found");
    }
  });

  test("hides the cause of an internal problem", async (t) => {
    const { service, served: gateway } = await serveSample(t);
    service.answer = () => {
      throw new Error("password=hunter2");
    };
    const response = await gateway.post("/api/sample/read", { word: "a" });
    assert.equal(response.status, 500);
    assert.doesNotMatch(await response.text(), /hunter2/);
  });

  test("refuses an idempotency key that is none", async (t) => {
    const { served: gateway } = await serveSample(t);
    const headers = { "idempotency-key": "a".repeat(201) };
    const response = await gateway.post("/api/sample/write", { word: "a" }, headers);
    assert.equal((await problemOf(response)).code, "invalid_argument");
  });
});

describe("respond-async", () => {
  test("is answered with a job, whose result comes later", async (t) => {
    const { served: gateway } = await serveSample(t);
    const headers = { prefer: "wait=1, respond-async;x=y" };
    const response = await gateway.post("/api/sample/read", { word: "four" }, headers);
    assert.equal(response.status, 202);
    assert.equal(response.headers.get("preference-applied"), "respond-async");
    const accepted = (await response.json()) as Job;
    const location = response.headers.get("location");
    assert.equal(location, `/api/jobs/${accepted.id}`);

    const read = async () => (await (await fetch(`${gateway.origin}${location}`)).json()) as Job;
    let job = await read();
    while (!job.finished) job = await read();
    assert.equal(job.status, "succeeded");
    assert.deepEqual(job.result, { word: "four", length: 4 });
  });

  test("refuses what a call would refuse", async (t) => {
    const { served: gateway } = await serveSample(t);
    const response = await gateway.post("/api/sample/read", {}, { prefer: "respond-async" });
    assert.equal(response.status, 400);
    assert.equal(response.headers.get("preference-applied"), null);
  });

  test("shows a job to nobody who cannot name it", async (t) => {
    const { served: gateway } = await serveSample(t);
    for (const path of ["/api/jobs/1", "/api/jobs/", "/api/jobs"]) {
      const response = await fetch(`${gateway.origin}${path}`);
      assert.equal((await problemOf(response)).code, "not_found");
    }
  });
});

test("is alive whatever the services do, and ready when they are", async (t) => {
  const { service, served: gateway } = await serveSample(t);
  const ask = async (path: string) => {
    const response = await fetch(`${gateway.origin}${path}`);
    return [response.status, await response.json()];
  };
  assert.deepEqual(await ask("/readyz"), [200, { status: "ready", checks: { sample: "ok" } }]);
  service.failing = "the disk is full";
  const unavailable = { status: "unavailable", checks: { sample: "the disk is full" } };
  await eventually(t, async () => assert.deepEqual(await ask("/readyz"), [503, unavailable]));
  assert.deepEqual(await ask("/livez"), [200, { status: "ok" }]);
});

test("is ready, and says so, while one of several services is away", async (t) => {
  const [here, away] = [new LocalService(), new LocalService()];
  const wiring = sampleWiring(() => here);
  const other = { ...sample, name: "other", operations: {} };
  const links = [...wiring.links, { service: other, prefix: "OTHER", connect: () => away }];
  const gateway = closing(t, await serve({ ...wiring, links }));
  away.failing = "the disk is full";
  const response = await fetch(`${gateway.origin}/readyz`);
  assert.equal(response.status, 200);
  const checks = { sample: "ok", other: "the disk is full" };
  assert.deepEqual(await response.json(), { status: "degraded", checks });

  here.failing = "gone";
  await eventually(t, async () =>
    assert.equal((await fetch(`${gateway.origin}/readyz`)).status, 503),
  );
});

test("counts requests by route, not by address", async (t) => {
  const { served: gateway } = await serveSample(t);
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

test("shows no client its metrics in production, and whoever runs it on a port of their own", async (t) => {
  const { served: gateway } = await serveSample(t, production);
  assert.equal((await fetch(`${gateway.origin}/metrics`)).status, 404);
  const server = await gateway.gateway.metrics.listen(0, "127.0.0.1");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  assert.match(response.headers.get("content-type") ?? "", /^text\/plain/);
  assert.match(await response.text(), /route="\(none\)",status="404"/);
  assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 404);
});

test("publishes its contract", async (t) => {
  const { served: gateway } = await serveSample(t);
  const document = await fetch(`${gateway.origin}/openapi.json`);
  assert.deepEqual(await document.json(), openapi);
});

suite("the pages", () => {
  const console: OpenConsole = () => ({
    paths: ["/", "/console/home.js"],
    read: async (path) => ({ type: "text/plain", body: Buffer.from(path), etag: `"${path}"` }),
  });
  const wiring = (pages: Partial<Wiring> = { console }) =>
    sampleWiring(() => new LocalService(), pages);

  test("are served, and not again while nothing has changed", async (t) => {
    const gateway = closing(t, await serve(wiring()));
    const page = await fetch(`${gateway.origin}/console/home.js`);
    assert.equal(await page.text(), "/console/home.js");
    assert.equal(page.headers.get("content-type"), "text/plain");
    assert.equal(page.headers.get("cache-control"), "no-cache");
    const headers = { "if-none-match": `W/${page.headers.get("etag")}` };
    const again = await fetch(`${gateway.origin}/console/home.js`, { headers });
    assert.equal(again.status, 304);
    assert.equal(await again.text(), "");
  });

  test("do not count against the rate limit", async (t) => {
    const gateway = closing(t, await serve(wiring(), { RATE_LIMIT: "1" }));
    for (let asked = 0; asked < 5; asked += 1) {
      assert.equal((await fetch(`${gateway.origin}/`)).status, 200);
    }
    assert.equal((await fetch(`${gateway.origin}/openapi.json`)).status, 200);
    assert.equal((await fetch(`${gateway.origin}/openapi.json`)).status, 429);
  });

  const cases = [
    { in: "development", variables: {}, status: 200 },
    { in: "development, put off", variables: { CONSOLE: "off" }, status: 404 },
    { in: "production", variables: production, status: 404 },
    { in: "production, put on", variables: { ...production, CONSOLE: "on" }, status: 200 },
    { in: "a gateway that has none", pages: {}, variables: {}, status: 404 },
  ];
  for (const { in: where, pages, variables, status } of cases) {
    test(`answer with ${status} in ${where}`, async (t) => {
      const gateway = closing(t, await serve(wiring(pages), variables));
      const page = await fetch(`${gateway.origin}/`);
      assert.equal(page.status, status);
      if (status === 404) assert.equal((await problemOf(page)).code, "not_found");
      assert.equal((await fetch(`${gateway.origin}/openapi.json`)).status, 200);
    });
  }
});

test("ends while a client keeps a connection on which it asked nothing", {
  timeout: 10_000,
}, async () => {
  const gateway = await serve(sampleWiring(() => new LocalService()));
  const { port, hostname } = new URL(gateway.origin);
  const connection = connect(Number(port), hostname);
  await once(connection, "connect");
  // Connections are taken in the order in which they come: the server knows of it.
  await fetch(`${gateway.origin}/livez`);
  const closed = once(connection, "close");
  await gateway[Symbol.asyncDispose]();
  await closed;
});
