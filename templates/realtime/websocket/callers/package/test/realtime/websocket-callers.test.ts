// A connection is that of a client: it ends with what is known of him, unless he shows more.
import assert from "node:assert/strict";
import { suite, type TestContext, test } from "node:test";
import type { Caller, OpenAuthentication } from "../../src/auth/interface.ts";
import { Problem } from "../../src/calls/problem.ts";
import { realtime } from "../../src/realtime/websocket.ts";
import { asking, openAuthentication } from "../../testing/callers.ts";
import { eventually } from "../../testing/serve.ts";
import { Client, gateway, refusal } from "./websocket/client.ts";

const MINUTE_MS = 60_000;
/** For what is known of a client: long enough to be answered before it ends. */
const BRIEF_MS = 1500;

/** Connects as Ann for so many milliseconds. */
async function connect(
  t: TestContext,
  milliseconds: number,
  authentication: OpenAuthentication = openAuthentication,
) {
  const { served } = await gateway(t, {}, realtime, { authentication });
  const headers = { ...asking("ann"), "x-test-expires": String(Date.now() + milliseconds) };
  return Client.open(served, { headers });
}

/** The credential of who renews is JSON of who that is. */
const renewable: OpenAuthentication = (settings) => ({
  ...openAuthentication(settings),
  async renew(credential) {
    if (!credential.startsWith("{")) throw new Problem("unauthenticated", "Who are you?");
    return { claims: {}, ...(JSON.parse(credential) as Omit<Caller, "claims">) };
  },
});

suite("connections", () => {
  test("ask for who opened them, and see of jobs his own", async (t) => {
    const { served, service } = await gateway(t, {}, realtime, {
      authentication: openAuthentication,
    });
    const { jobs } = served.gateway;
    const ann = { subject: "ann", scopes: [], claims: {} };
    const { id } = await jobs.start("sample", "read", { word: "job" }, { caller: ann });
    const [own, other] = [
      await Client.open(served, { headers: asking("ann") }),
      await Client.open(served, { headers: asking("bob") }),
    ];
    for (const client of [own, other]) {
      client.send({ type: "subscribe", channel: `jobs.${id}` });
      client.call("a", "word");
      await eventually(t, () => assert.ok(client.received.some(({ id }) => id === "a")));
    }
    await eventually(t, () => assert.partialDeepStrictEqual(own.data.at(-1), { id }));
    assert.deepEqual([other.codes, other.data], [["not_found"], []]);
    const callers = service.calls.map(({ context }) => context.caller?.subject);
    assert.deepEqual(callers.sort(), ["ann", "ann", "bob"]);
  });

  test("of one person are bounded, wherever they come from", async (t) => {
    const { served } = await gateway(t, { REALTIME_PER_CLIENT: "1" }, realtime, {
      authentication: openAuthentication,
    });
    await Client.open(served, { headers: asking("ann") });
    await Client.open(served, { headers: asking("bob") });
    await Client.open(served);
    const { status } = await refusal(served, asking("ann"));
    assert.equal(status, 429);
  });
});

suite("a connection", () => {
  test("ends with what is known of its client", async (t) => {
    const client = await connect(t, BRIEF_MS);
    client.call("a", "word");
    await eventually(t, () => assert.equal(client.received.length, 1));
    await eventually(t, () => assert.equal(client.code, 4401));
  });

  test("goes on with a new credential of the same client", async (t) => {
    const client = await connect(t, BRIEF_MS, renewable);
    const expires = Date.now() + MINUTE_MS;
    const credential = JSON.stringify({ subject: "ann", scopes: ["words:read", "more"], expires });
    client.send({ type: "renew", credential });
    await eventually(t, () => assert.deepEqual(client.received, [{ type: "renewed" }]));
    await new Promise((resolve) => setTimeout(resolve, BRIEF_MS));
    client.call("a", "word");
    await eventually(t, () => assert.equal(client.received.length, 2));
    assert.equal(client.code, undefined);
  });

  const others = [
    { who: "of somebody else", said: { subject: "bob", scopes: ["words:read"] } },
    { who: "that may do less", said: { subject: "ann", scopes: [] } },
  ];
  for (const { who, said } of others) {
    test(`stays as it is with a credential ${who}`, async (t) => {
      const client = await connect(t, MINUTE_MS, renewable);
      client.send({ type: "renew", credential: JSON.stringify(said) });
      await eventually(t, () => assert.deepEqual(client.codes, ["permission_denied"]));
    });
  }

  test("stays as it is with none, and where there is nothing to renew", async (t) => {
    const [one, other] = [await connect(t, MINUTE_MS, renewable), await connect(t, MINUTE_MS)];
    for (const client of [one, other]) client.send({ type: "renew", credential: "x" });
    await eventually(t, () => assert.deepEqual(one.codes, ["unauthenticated"]));
    await eventually(t, () => assert.deepEqual(other.codes, ["invalid_argument"]));
  });
});
