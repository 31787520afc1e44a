import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Json } from "../../src/contract.ts";
import type { Wiring } from "../../src/server/gateway.ts";
import { asking, openAuthentication } from "../callers.ts";
import { closing, eventually, problemOf, type Served, serve } from "../serve.ts";

interface Received {
  readonly headers: Readonly<Record<string, unknown>>;
}

/** A service that stands in for the sample, over any transport. */
interface StandIn extends AsyncDisposable {
  readonly variables: Readonly<Record<string, string>>;
  readonly calls: readonly Received[];
  /** Jobs, where the transport keeps them itself. */
  readonly orders?: readonly Received[];
}

export interface CallerTransport {
  /** A gateway in front of the sample service. */
  readonly wiring: Wiring;
  standIn(
    prefix: string,
    answers: Readonly<Record<string, (call: { readonly input: Json }) => Json>>,
  ): Promise<StandIn>;
}

/** What holds on every transport of who asked, tried through a whole gateway. */
export function testCallers(transport: CallerTransport): void {
  const open = async (t: TestContext) => {
    const answer = () => ({ word: "word", length: 4 });
    const service = closing(t, await transport.standIn("SAMPLE", { read: answer, write: answer }));
    const wiring = { ...transport.wiring, authentication: openAuthentication };
    const another = async () => closing(t, await serve(wiring, service.variables));
    /** What arrived, once there is as much of it. */
    const arrived = (count: number) =>
      eventually(t, () => {
        const { calls, orders = [] } = service;
        const received = [...calls, ...orders];
        assert.equal(received.length, count);
        return received.map(({ headers }) => headers);
      });
    return { service, gateway: await another(), another, arrived };
  };

  const claims = { name: "¿Änne? 🙂", teams: ["~b", "b"], level: { of: 3, admin: false } };
  const ann = { sub: "ann", scopes: ["words:read"], claims };

  test("who asked arrives as the authentication says it, with a call and with a job", async (t) => {
    const { gateway, arrived } = await open(t);
    const headers = asking("ann", claims);
    assert.equal((await ask(gateway, headers)).status, 200);
    await order(gateway, headers);
    for (const { caller } of await arrived(2)) assert.deepEqual(decode(caller), ann);
  });

  test("of an anonymous client nothing is sent, whatever it claims itself", async (t) => {
    const { gateway, arrived } = await open(t);
    const claimed = { caller: encode(ann), "x-caller": encode(ann), "ce-caller": encode(ann) };
    await ask(gateway);
    await ask(gateway, claimed);
    await order(gateway, claimed);
    for (const headers of await arrived(3)) {
      assert.equal(headers.caller, undefined);
      assert.doesNotMatch(JSON.stringify(headers), new RegExp(encode(ann)));
    }
  });

  test("a client is who the authentication says, whatever it claims itself", async (t) => {
    const { gateway, arrived } = await open(t);
    const claimed = { ...asking("bob"), caller: encode(ann) };
    await ask(gateway, claimed);
    await order(gateway, claimed);
    for (const { caller } of await arrived(2)) {
      assert.deepEqual(decode(caller), { sub: "bob", scopes: ["words:read"], claims: {} });
    }
  });

  test("who cannot be sent on is refused before anything is sent", async (t) => {
    const { service, gateway } = await open(t);
    const most = 4096 * (3 / 4) - JSON.stringify({ ...ann, claims: { note: "" } }).length;
    const large = asking("ann", { note: "x".repeat(most) });
    assert.equal((await ask(gateway, large)).status, 200);
    const tooLarge = asking("ann", { note: "x".repeat(most + 1) });
    const refused = await ask(gateway, tooLarge);
    assert.equal(refused.status, 403);
    assert.equal((await problemOf(refused)).code, "permission_denied");
    assert.equal((await ask(gateway, asking(""))).status, 401);
    assert.equal(service.calls.length, 1);
  });

  test("two who choose the same idempotency key do not meet", async (t) => {
    const { gateway, arrived } = await open(t);
    const key = { "idempotency-key": "same" };
    for (const who of [asking("ann"), asking("ann"), asking("bob"), {}]) {
      await ask(gateway, { ...who, ...key }, "write");
    }
    const [first, again, ...others] = (await arrived(4)).map((each) => each["idempotency-key"]);
    assert.equal(first, again);
    assert.equal(new Set([first, ...others]).size, 3);

    const jobs = [];
    for (const who of [asking("ann"), asking("ann"), asking("bob"), {}]) {
      jobs.push(await order(gateway, { ...who, ...key }));
    }
    assert.equal(jobs[0], jobs[1]);
    assert.equal(new Set(jobs).size, 3);
  });

  test("a job is found by who asked for it, and by nobody else", async (t) => {
    const { service, gateway, another } = await open(t);
    const own = await order(gateway, asking("ann"));
    const open_ = await order(gateway);
    // Where the transport keeps jobs every gateway knows of them.
    const gateways = service.orders ? [gateway, await another()] : [gateway];
    for (const { origin } of gateways) {
      const find = async (id: string, headers = {}) =>
        fetch(`${origin}/api/jobs/${id}`, { headers });
      const found = await find(own, asking("ann"));
      assert.equal(found.status, 200);
      assert.doesNotMatch(await found.text(), /ann|subject/);
      for (const who of [asking("bob"), {}]) {
        assert.equal((await problemOf(await find(own, who))).code, "not_found");
      }
      for (const who of [asking("ann"), {}]) assert.equal((await find(open_, who)).status, 200);
    }
  });
}

function ask(gateway: Served, headers: Record<string, string> = {}, operation = "read") {
  return gateway.post(`/api/sample/${operation}`, { word: "word" }, headers);
}

/** Starts a job; its id. */
async function order(gateway: Served, headers: Record<string, string> = {}): Promise<string> {
  const response = await ask(gateway, { ...headers, prefer: "respond-async" }, "write");
  assert.equal(response.status, 202, await response.clone().text());
  return ((await response.json()) as { id: string }).id;
}

function encode(caller: object): string {
  return Buffer.from(JSON.stringify(caller)).toString("base64url");
}

function decode(text: unknown): unknown {
  assert.match(String(text), /^[\w-]+$/);
  return JSON.parse(Buffer.from(String(text), "base64url").toString());
}
