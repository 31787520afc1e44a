// What operations and events need is refused to who has less, whichever way it is asked for.
import assert from "node:assert/strict";
import { suite, type TestContext, test } from "node:test";
import type { Caller } from "../../src/auth/interface.ts";
import type { Subscription } from "../../src/events/hub.ts";
import { asking, openAuthentication } from "../../testing/callers.ts";
import { LocalService } from "../../testing/local.ts";
import { sample, sampleWiring } from "../../testing/sample.ts";
import { closing, problemOf, serve } from "../../testing/serve.ts";

const NEEDED = ["words:write", "words:read"];
const guarded = {
  ...sample,
  operations: {
    ...sample.operations,
    write: { ...sample.operations.write, scopes: NEEDED },
  },
  scopes: { asked: ["words:hear"] },
};

async function open(t: TestContext) {
  const service = new LocalService();
  const connect = () => service;
  const links = [{ service: guarded, connect, prefix: "SAMPLE" }];
  const wiring = sampleWiring(connect, { links, authentication: openAuthentication });
  const served = closing(t, await serve(wiring));
  const { hub } = served.gateway;
  return { ...{ served, service, hub }, hear: (caller?: Caller) => hub.subscribe({ caller }) };
}

const caller = (...scopes: string[]): Caller => ({ subject: "ann", scopes, claims: {} });
const headers = (...scopes: string[]) => ({ ...asking("ann"), "x-test-scopes": scopes.join(" ") });
const lacking = { code: "permission_denied", message: "This takes the scope words:hear" };

suite("an operation", () => {
  for (const prefer of ["return=representation", "respond-async"]) {
    test(`is refused to who lacks a scope (${prefer})`, async (t) => {
      const { served, service } = await open(t);
      // Whether the input is right is nobody's business who may not ask.
      for (const input of [{ word: "x" }, { what: "x" }]) {
        const asked = { ...headers("words:write"), prefer };
        const response = await served.post("/api/sample/write", input, asked);
        const { detail } = await problemOf(response);
        assert.equal(response.status, 403);
        assert.equal(detail, "This takes the scope words:write and words:read");
        const challenge = 'Test scope="words:write words:read"';
        assert.equal(response.headers.get("www-authenticate"), challenge);
      }
      assert.deepEqual(service.calls, []);
    });

    test(`is there for who has them (${prefer})`, async (t) => {
      const { served } = await open(t);
      const asked = { ...headers("words:read", "words:write"), prefer };
      const response = await served.post("/api/sample/write", { word: "x" }, asked);
      assert.equal(response.ok, true);
    });
  }

  test("without scopes is there for everybody, and the gateway itself may ask for all", async (t) => {
    const { served } = await open(t);
    assert.equal((await served.post("/api/sample/read", { word: "x" })).status, 200);
    const { dispatch } = served.gateway;
    assert.ok(await dispatch.call(guarded.operations.write, { word: "x" }));
  });
});

suite("an event", () => {
  test("is refused by name to who lacks a scope", async (t) => {
    const { hub } = await open(t);
    const channels = ["sample.asked"];
    assert.throws(() => hub.subscribe({ channels, caller: caller("words:read") }), lacking);
    const none = hub.subscribe({ channels: [] });
    assert.throws(() => none.add("sample.asked"), lacking);
    hub.subscribe({ channels, caller: caller("words:hear") });
  });

  test("is left out for them where no event is named", async (t) => {
    const { hub, service, hear } = await open(t);
    const all = { channels: ["sample.*"] };
    const [less, pattern, more] = [hear(), hub.subscribe(all), hear(caller("words:hear"))];
    service.report("asked", "for some");
    service.report("told", "for all");
    const first = async (events: Subscription) =>
      (await events[Symbol.asyncIterator]().next()).value.data;
    assert.equal(await first(less), "for all");
    assert.equal(await first(pattern), "for all");
    assert.equal(await first(more), "for some");
  });
});
