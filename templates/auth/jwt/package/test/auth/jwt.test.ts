import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { openAuthentication } from "../../src/auth/jwt.ts";
import { createGateway } from "../../src/server/gateway.ts";
import { testAuthentication } from "../../testing/authentication.ts";
import { LocalService } from "../../testing/local.ts";
import { sample, sampleWiring } from "../../testing/sample.ts";
import { closing, problemOf, serve } from "../../testing/serve.ts";
import { open, request } from "./jwt/authentication.ts";
import { AUDIENCE, RealProvider } from "./jwt/provider.ts";

let provider: RealProvider;
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

testAuthentication({
  open: openAuthentication,
  async variables(t) {
    provider = await RealProvider.start(t);
    return { AUTH_ISSUER: provider.issuer, AUTH_AUDIENCE: AUDIENCE };
  },
  known: async () => [
    { headers: bearer(await provider.token()), subject: "ann" },
    { headers: bearer(await provider.sign({ sub: "bob" })), subject: "bob" },
  ],
  refused: [{}, { authorization: "Basic YTpi" }, { authorization: "Bearer x.y.z" }],
});

suite("a gateway", () => {
  test("names the scopes to who lacks them, as RFC 6750 has it", async (t) => {
    const issuer = await RealProvider.start(t);
    const service = new LocalService();
    const connect = () => service;
    const write = { ...sample.operations.write, scopes: ["orders:write"] };
    const guarded = { ...sample, operations: { write } };
    const links = [{ service: guarded, connect, prefix: "SAMPLE" }];
    const wiring = sampleWiring(connect, { links, authentication: openAuthentication });
    const variables = { AUTH_ISSUER: issuer.issuer, AUTH_AUDIENCE: AUDIENCE };
    const served = closing(t, await serve(wiring, variables));
    const ask = async (scope: string) => {
      const token = await issuer.token({ scope });
      return served.post("/api/sample/write", { word: "x" }, bearer(token));
    };
    assert.equal((await ask("orders:write")).status, 200);
    const response = await ask("orders:read");
    assert.equal((await problemOf(response)).status, 403);
    assert.equal(
      response.headers.get("www-authenticate"),
      'Bearer error="insufficient_scope", scope="orders:write"',
    );
  });

  test("gives a ticket for a token, with which one stream is opened", async (t) => {
    const issuer = await RealProvider.start(t);
    const variables = { AUTH_ISSUER: issuer.issuer, AUTH_AUDIENCE: AUDIENCE };
    const wiring = sampleWiring(() => new LocalService(), { authentication: openAuthentication });
    const served = closing(t, await serve(wiring, variables));
    const take = (headers: Record<string, string>) =>
      fetch(`${served.origin}/api/ticket`, { method: "POST", headers });
    const refused = await take({});
    assert.equal((await problemOf(refused)).status, 401);

    const headers = bearer(await issuer.token({ scope: "orders:read" }));
    const response = await take(headers);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("cache-control"), "no-store");
    const { ticket } = (await response.json()) as { ticket: string };
    const query = `?${new URLSearchParams({ ticket })}`;
    // Operations take tokens alone: what stands in an address opens nothing else.
    const asked = await served.post(`/api/sample/read${query}`, { word: "x" });
    assert.equal(asked.status, 401);
  });

  test("opens a stream with a ticket once, or with a token", async (t) => {
    const issuer = await RealProvider.start(t);
    const { routes, authenticateStream } = open({ AUTH_ISSUER: issuer.issuer });
    assert.ok(authenticateStream && routes?.[0]);
    const token = await issuer.token({ scope: "orders:read" });
    const { promise, resolve } = Promise.withResolvers<string>();
    const response = { writeHead() {}, end: resolve };
    await routes[0].handle(request(bearer(token)), response as never, "", undefined);
    const { ticket } = JSON.parse(await promise) as { ticket: string };
    const stream = request({}, `/api/events?channel=a.*&ticket=${ticket}`);

    const caller = await authenticateStream(stream);

    assert.deepEqual([caller?.subject, caller?.scopes], ["ann", ["orders:read"]]);
    assert.ok((caller?.expires ?? 0) > Date.now());
    await assert.rejects(authenticateStream(stream), { status: 401 });
    assert.deepEqual(await authenticateStream(request(bearer(token))), caller);
  });
});

suite("settings", () => {
  const gateway = (variables: Record<string, string>) => () =>
    createGateway(
      { LOG_LEVEL: "silent", ...variables },
      sampleWiring(() => new LocalService(), { authentication: openAuthentication }),
    );

  test("that production needs are all named at once", () => {
    assert.throws(gateway({ APP_ENV: "production", AUTH_DEVELOPMENT_KEY: "a key" }), {
      name: "EnvironmentError",
      message: [
        "The environment does not fit:",
        "  AUTH_ISSUER: is needed when APP_ENV=production",
        "  AUTH_DEVELOPMENT_KEY: is not for APP_ENV=production",
        "  AUTH_TICKET_KEY: needs a secret of your own when APP_ENV=production",
      ].join("\n"),
    });
    assert.throws(gateway({ APP_ENV: "production", AUTH_ISSUER: "http://login.example" }), {
      message: /AUTH_ISSUER: needs https when APP_ENV=production/,
    });
  });

  test("pin algorithms that a public key verifies", () => {
    for (const algorithm of ["none", "HS256", "RS256,HS512", "rs256"]) {
      assert.throws(gateway({ AUTH_ALGORITHMS: algorithm }), { message: /AUTH_ALGORITHMS: / });
    }
  });
});
