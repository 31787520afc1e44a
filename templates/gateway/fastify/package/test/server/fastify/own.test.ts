// A gateway's own plugins and routes, as a person adds them to `src/plugins` and `src/routes`.
import assert from "node:assert/strict";
import { suite, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import type { Authenticate } from "../../../src/auth/interface.ts";
import { Problem } from "../../../src/calls/problem.ts";
import { createApp } from "../../../src/server/fastify/server.ts";
import type { Wiring } from "../../../src/server/gateway.ts";
import { LocalService, until } from "../../../testing/local.ts";
import { openGateway } from "../../../testing/sample.ts";
import { eventually } from "../../../testing/serve.ts";

const folder = fileURLToPath(new URL("./own", import.meta.url));

async function open(
  test: TestContext,
  service = new LocalService(),
  variables: Readonly<Record<string, string>> = {},
  wiring: Partial<Wiring> = {},
): Promise<FastifyInstance> {
  const gateway = openGateway(service, variables, { folder, ...wiring });
  const app = await createApp(gateway);
  test.after(async () => {
    await app.close();
    await gateway[Symbol.asyncDispose]();
  });
  return app;
}

suite("a plugin", () => {
  test("decorates the application, and its hooks hold for all routes", async (t) => {
    const app = await open(t);
    const { greeting } = (await app.inject("/api/greeting")).json();
    assert.equal(greeting, "hello");
    const generated = { method: "POST", url: "/api/sample/read", payload: { word: "x" } } as const;
    for (const asked of ["/api/greeting", "/livez", generated]) {
      assert.equal((await app.inject(asked)).headers["x-stamp"], "own");
    }
  });

  test("of a folder of routes holds for these alone", async (t) => {
    const app = await open(t);
    const status = await app.inject("/admin/status");
    assert.deepEqual([status.json(), status.headers["x-admin"]], [{ status: "fine" }, "yes"]);
    assert.equal((await app.inject("/api/greeting")).headers["x-admin"], undefined);
  });
});

suite("a route", () => {
  test("with a schema stands in the document of the API, beside what is generated", async (t) => {
    const app = await open(t);
    const { paths, components } = (await app.inject("/openapi.json")).json();
    const { requestBody, responses } = paths["/api/echo"].post;
    const { schema } = requestBody.content["application/json"];
    assert.deepEqual(schema.required, ["word"]);
    assert.deepEqual(responses[200].content["application/json"].schema, {
      $ref: "#/components/schemas/SampleReadOutput",
    });
    assert.ok(components.schemas.SampleReadOutput);
    assert.equal(components.schemas["openapi.json"], undefined);
  });

  test("refuses what its schema does not allow, as a problem that points at the field", async (t) => {
    const app = await open(t);
    const refused = await app.inject({ method: "POST", url: "/api/echo", payload: { word: "a" } });
    assert.equal(refused.statusCode, 400);
    assert.equal(refused.headers["content-type"], "application/problem+json");
    const { code, errors } = refused.json();
    assert.deepEqual([code, errors[0].pointer], ["invalid_argument", "/word"]);
  });

  test("answers a problem that it throws", async (t) => {
    const app = await open(t);
    const closed = await app.inject("/api/closed");
    assert.equal(closed.statusCode, 403);
    assert.equal(closed.json().detail, "not today");
  });

  test("knows who is asking, and is closed to who may not", async (t) => {
    const authenticate: Authenticate = async (request) => {
      if (request.headers.authorization !== "Bearer ann") {
        throw new Problem("unauthenticated", "Who are you?");
      }
      return { subject: "ann", scopes: [], claims: {} };
    };
    const app = await open(t, new LocalService(), {}, { authentication: () => ({ authenticate }) });
    for (const url of ["/api/greeting", "/admin/status"]) {
      assert.equal((await app.inject(url)).statusCode, 401);
    }
    const headers = { authorization: "Bearer ann" };
    assert.equal((await app.inject({ url: "/api/greeting", headers })).json().caller, "ann");
  });

  test("is counted, limited and measured as any other", async (t) => {
    const app = await open(t, new LocalService(), { RATE_LIMIT: "2" });
    const statuses = [];
    for (let asked = 0; asked < 3; asked += 1) {
      statuses.push((await app.inject("/api/greeting")).statusCode);
    }
    assert.deepEqual(statuses, [200, 200, 429]);
    const { body } = await app.inject("/metrics");
    assert.match(body, /method="GET",route="\/api\/greeting",status="200"\} 2/);
  });
});

suite("a call within a route", () => {
  const echo = (app: FastifyInstance, key: string, word = "echo") => {
    const headers = { "idempotency-key": key };
    return app.inject({ method: "POST", url: "/api/echo", payload: { word }, headers });
  };

  test("has the key of the request: the same one for the same request", async (t) => {
    const service = new LocalService();
    const app = await open(t, service);
    for (const key of ["a", "a", "b"]) {
      assert.deepEqual((await echo(app, key)).json(), { word: "echo", length: 4 });
    }
    const [first, again, other] = service.calls.map(({ context }) => context.idempotencyKey);
    assert.equal(first, again);
    assert.notEqual(first, other);
  });

  test("ends at the deadline of the route", async (t) => {
    const service = new LocalService();
    service.answer = ({ context }) => until(context.signal);
    const app = await open(t, service);
    const slow = await app.inject("/api/slow");
    assert.equal(slow.statusCode, 504);
    assert.equal(slow.json().code, "deadline_exceeded");
    assert.ok(service.calls[0]?.context.signal.aborted);
  });

  test("is held by the limits of the service", async (t) => {
    const service = new LocalService();
    const release = service.hold();
    const app = await open(t, service, { SERVICE_CONCURRENCY: "1" });
    const first = echo(app, "a");
    await eventually(t, () => assert.equal(service.calls.length, 1));
    assert.equal((await echo(app, "b")).statusCode, 503);
    release();
    assert.equal((await first).statusCode, 200);
  });
});
