import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import type { OpenRealtime } from "../../../src/realtime/interface.ts";
import { createApp } from "../../../src/server/fastify/server.ts";
import { LocalService } from "../../../testing/local.ts";
import { openGateway, sampleWiring } from "../../../testing/sample.ts";
import { closing, problemOf, serve } from "../../../testing/serve.ts";

const service = () => sampleWiring(() => new LocalService());

test("every answer has the security headers", async (t) => {
  const gateway = closing(t, await serve(service()));
  for (const path of ["/", "/openapi.json", "/nothing", "/livez"]) {
    const { headers } = await fetch(`${gateway.origin}${path}`);
    const policy = headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'none';script-src 'self'/);
    assert.doesNotMatch(policy, /unsafe|upgrade-insecure/);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("x-powered-by"), null);
    assert.equal(headers.get("strict-transport-security"), null);
  }
});

test("only listed origins may read answers", async (t) => {
  const variables = { ALLOWED_ORIGINS: "https://shop.example" };
  const gateway = closing(t, await serve(service(), variables));
  const ask = async (origin: string) =>
    (await fetch(`${gateway.origin}/openapi.json`, { headers: { origin } })).headers.get(
      "access-control-allow-origin",
    );
  assert.equal(await ask("https://shop.example"), "https://shop.example");
  assert.equal(await ask("https://evil.example"), null);
});

test("one request more than the limit is refused, also where nothing is; probes are not counted", async (t) => {
  const gateway = closing(t, await serve(service(), { RATE_LIMIT: "3" }));
  const ask = (path: string) => fetch(`${gateway.origin}${path}`);
  for (const path of ["/livez", "/metrics", "/nothing", "/openapi.json", "/nothing"]) {
    assert.notEqual((await ask(path)).status, 429);
  }
  for (const path of ["/openapi.json", "/nothing"]) {
    const response = await ask(path);
    assert.equal(response.status, 429);
    assert.ok(Number(response.headers.get("retry-after")) > 0);
    assert.equal((await problemOf(response)).code, "resource_exhausted");
  }
  assert.equal((await ask("/livez")).status, 200);
});

test("forwarded addresses count only when they come from a trusted proxy", async (t) => {
  const spread = async (variables: Record<string, string>) => {
    const gateway = closing(t, await serve(service(), { RATE_LIMIT: "1", ...variables }));
    const statuses: number[] = [];
    for (const client of ["203.0.113.1", "203.0.113.2"]) {
      const headers = { "x-forwarded-for": client };
      statuses.push((await fetch(`${gateway.origin}/openapi.json`, { headers })).status);
    }
    return statuses;
  };
  assert.deepEqual(await spread({}), [200, 429]);
  assert.deepEqual(await spread({ TRUST_PROXY: "127.0.0.0/8" }), [200, 200]);
});

describe("raw routes and upgrades", () => {
  const echo: OpenRealtime = () => ({
    routes: [
      {
        method: "GET",
        path: "/api/raw",
        handle(incoming, response) {
          if (incoming.headers["x-fail"]) throw new Error("secret");
          response.end(JSON.stringify(incoming.headers));
        },
      },
    ],
    upgrade: {
      path: "/api/up",
      protocol: "echo",
      async admit(incoming) {
        const user = incoming.headers["x-user-id"] ?? "nobody";
        return (socket) =>
          socket.end(`HTTP/1.1 101 Switching Protocols\r\nX-Seen: ${user}\r\n\r\n`);
      },
    },
    close: async () => {},
  });
  const wiring = () => sampleWiring(() => new LocalService(), { realtime: [echo] });

  test("get the request without claims of identity, behind the same guards", async (t) => {
    const gateway = closing(t, await serve(wiring()));
    const response = await fetch(`${gateway.origin}/api/raw`, {
      headers: {
        ...{ "x-user-id": "7", "x-forwarded-email": "a@b.example", "x-other": "kept" },
        Caller: "e30",
      },
    });
    assert.match(response.headers.get("content-security-policy") ?? "", /default-src 'none'/);
    const seen = (await response.json()) as Record<string, string>;
    assert.deepEqual(
      [seen["x-user-id"], seen["x-forwarded-email"], seen.caller, seen["x-other"]],
      [undefined, undefined, undefined, "kept"],
    );
  });

  test("become a problem when they fail before they answer", async (t) => {
    const gateway = closing(t, await serve(wiring()));
    const response = await fetch(`${gateway.origin}/api/raw`, { headers: { "x-fail": "1" } });
    assert.equal(response.status, 500);
    assert.equal((await problemOf(response)).detail, "The cause is in the log of the gateway");
  });

  test("are refused where nobody asked for them", async (t) => {
    const gateway = closing(t, await serve(wiring()));
    const upgrade = async (path: string) => {
      const headers = { connection: "upgrade", upgrade: "echo", "x-user-id": "7" };
      const asked = request(`${gateway.origin}${path}`, { headers }).end();
      const [response] = await Promise.race([once(asked, "response"), once(asked, "upgrade")]);
      return { status: response.statusCode, seen: response.headers["x-seen"] };
    };
    assert.deepEqual(await upgrade("/api/up?x=1"), { status: 101, seen: "nobody" });
    assert.deepEqual(await upgrade("/api/elsewhere"), { status: 404, seen: undefined });
    const plain = await fetch(`${gateway.origin}/api/up`);
    assert.equal(plain.status, 426);
    assert.equal(plain.headers.get("upgrade"), "echo");
    assert.equal((await problemOf(plain)).code, "invalid_argument");
  });
});

test("a gateway that is late sheds requests, and still answers probes", async (t) => {
  const gateway = closing(t, await serve(service(), { EVENT_LOOP_DELAY_MS: "500" }));
  const busy = setInterval(() => {
    const until = performance.now() + 700;
    while (performance.now() < until);
  });
  let response: Response;
  do {
    response = await fetch(`${gateway.origin}/openapi.json`);
  } while (response.status === 200);
  clearInterval(busy);
  assert.equal(response.status, 503);
  assert.equal(response.headers.get("retry-after"), "2");
  assert.equal((await problemOf(response)).code, "resource_exhausted");
  assert.equal((await fetch(`${gateway.origin}/livez`)).status, 200);
});

test("a gateway that was long in starting is not late", async (t) => {
  const settings = { EVENT_LOOP_DELAY_MS: "50" };
  const app = await createApp(closing(t, openGateway(new LocalService(), settings)));
  t.after(() => app.close());
  const until = performance.now() + 1500;
  while (performance.now() < until);
  await app.listen({ port: 0 });
  assert.equal((await fetch(`${app.listeningOrigin}/openapi.json`)).status, 200);
});

describe("a silent connection", () => {
  /** A server that has patience with one for 100 ms. */
  async function impatient(t: TestContext, service: LocalService): Promise<FastifyInstance> {
    const app = await createApp(closing(t, openGateway(service)));
    t.after(() => app.close());
    app.get("/large", async () => "x".repeat(50_000_000));
    app.server.setTimeout(100);
    await app.listen({ port: 0 });
    return app;
  }

  test("is kept while an answer is made, however long that takes", async (t) => {
    const service = new LocalService();
    service.answer = async () => {
      await sleep(400);
      return { word: "slow", length: 4 };
    };
    const app = await impatient(t, service);
    const response = await fetch(`${app.listeningOrigin}/api/sample/read`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ word: "slow" }),
    });
    assert.deepEqual(await response.json(), { word: "slow", length: 4 });
  });

  test("is cut when its client does not read the answer", async (t) => {
    const app = await impatient(t, new LocalService());
    const cut = once(app.server, "connection").then(([socket]) => once(socket, "close"));
    const asked = request(`${app.listeningOrigin}/large`)
      .on("error", () => {})
      .end();
    const [response] = await once(asked, "response");
    await cut;
    assert.equal(response.complete, false);
  });
});
