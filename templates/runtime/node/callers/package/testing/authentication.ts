import assert from "node:assert/strict";
import { suite, type TestContext, test } from "node:test";
import type { OpenAuthentication } from "../src/auth/interface.ts";
import { LocalService } from "./local.ts";
import { sampleWiring } from "./sample.ts";
import { closing, problemOf, serve } from "./serve.ts";

/** A client of a test. */
export interface KnownClient {
  readonly headers: Readonly<Record<string, string>>;
  /** `undefined` for an anonymous one. */
  readonly subject: string | undefined;
}

/** A way of authentication. */
export interface Way {
  /** `undefined`: the gateway has none. */
  readonly open: OpenAuthentication | undefined;
  /** Settings with which it works. */
  readonly variables: (test: TestContext) => Promise<Readonly<Record<string, string>>>;
  /** Clients that it knows under these settings, each another one. */
  readonly known: (variables: Readonly<Record<string, string>>) => Promise<readonly KnownClient[]>;
  /** Headers of clients that it refuses; none where it refuses nobody. */
  readonly refused: readonly Readonly<Record<string, string>>[];
}

/** What nobody outside may say of himself: headers of proxies and of gateways. */
const CLAIMS = {
  "x-user": "root",
  "x-forwarded-user": "root",
  caller: Buffer.from('{"sub":"root","scopes":[],"claims":{}}').toString("base64url"),
};

/** What holds for every way of authentication, tried with a gateway in front of a service of its own. */
export function testAuthentication({ open, variables, known, refused }: Way): void {
  const begin = async (t: TestContext) => {
    const service = new LocalService();
    const settings = await variables(t);
    const wiring = sampleWiring(() => service, open && { authentication: open });
    const served = closing(t, await serve(wiring, settings));
    return { service, served, clients: await known(settings) };
  };

  suite("a client that is known", () => {
    test("is who it is, whatever it says of itself", async (t) => {
      const { served, service, clients } = await begin(t);
      for (const { headers, subject } of clients) {
        const asked = { ...CLAIMS, ...headers };
        const response = await served.post("/api/sample/read", { word: "x" }, asked);
        assert.equal(response.status, 200, await response.text());
        assert.equal(service.calls.at(-1)?.context.caller?.subject, subject);
      }
    });

    test("has jobs that nobody else sees", async (t) => {
      const { served, clients } = await begin(t);
      const jobs = await Promise.all(
        clients.map(async ({ headers }) => {
          const asked = { prefer: "respond-async", ...headers };
          const response = await served.post("/api/sample/read", { word: "x" }, asked);
          return response.headers.get("location") ?? "";
        }),
      );
      for (const [owner, job] of jobs.entries()) {
        for (const [at, { headers }] of clients.entries()) {
          const { status } = await fetch(`${served.origin}${job}`, { headers });
          // What an anonymous client has asked for everybody sees who knows its address.
          const isVisible = at === owner || clients[owner]?.subject === undefined;
          assert.equal(status, isVisible ? 200 : 404);
        }
      }
    });
  });

  test("who watches the gateway is not asked", async (t) => {
    const { served } = await begin(t);
    for (const path of ["/livez", "/readyz", "/openapi.json"]) {
      assert.equal((await fetch(`${served.origin}${path}`)).status, 200, path);
    }
  });

  for (const headers of refused) {
    test(`a client is refused with ${JSON.stringify(headers)}, and nothing of it is read`, async (t) => {
      const { served, service } = await begin(t);
      const response = await served.post("/api/sample/read", { what: "x" }, headers);
      assert.equal(response.status, 401);
      assert.equal((await problemOf(response)).code, "unauthenticated");
      assert.ok(response.headers.get("www-authenticate"), "RFC 9110, 11.6.1");
      assert.equal(service.calls.length, 0);
      const job = await fetch(`${served.origin}/api/jobs/1`, { headers });
      assert.equal(job.status, 401);
    });
  }
}
