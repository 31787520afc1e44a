import assert from "node:assert/strict";
import { once } from "node:events";
import { suite, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../../src/calls/problem.ts";
import type { Json } from "../../src/contract.ts";
import type { Wiring } from "../../src/server/gateway.ts";
import { closing, eventually, problemOf, serve } from "../serve.ts";
import type { Answer, OpenStandIn, OpenStream, StandIn } from "../stand-ins/direct.ts";

/** A transport that asks services directly, without a broker. */
export interface DirectTransport<Special> {
  /** A gateway in front of the sample service. */
  readonly wiring: Wiring;
  readonly standIn: OpenStandIn<Special>;
  /** The place from which a gateway wants events that has none. */
  readonly beginning: string;
  /** What only this transport can answer, by what it shows. */
  readonly answers: Readonly<Record<string, Shown<Special>>>;
}

/** What the service answers, and what the client sees of it. */
interface Shown<Special> {
  readonly answer: Problem | Special;
  readonly status: number;
  readonly retryAfter?: string;
  readonly shown: Readonly<Record<string, unknown>>;
}

/** What holds for every such transport, tried with a gateway in front of a service that stands in. */
export function testDirectTransport<Special>(transport: DirectTransport<Special>): void {
  suite("calls", () => testCalls(transport));
  suite("problems of services", () => testProblems(transport));
  suite("events", () => testEvents(transport));
  testReadiness(transport);
}

/** A service with `answers`, and a gateway in front of it; both are closed when the test is over. */
async function start<Special>(
  t: TestContext,
  { wiring, standIn }: DirectTransport<Special>,
  answers: Readonly<Record<string, Answer<Special>>>,
  variables?: Readonly<Record<string, string>>,
) {
  const service = closing(t, await standIn("SAMPLE", answers));
  const gateway = closing(t, await serve(wiring, { ...service.variables, ...variables }));
  return { service, gateway };
}

const answer = ({ input }: { input: Json }) => {
  const { word } = input as { word: string };
  return { word, length: word.length };
};
const unavailable = new Problem("unavailable", "starting");

function testCalls<Special>(transport: DirectTransport<Special>): void {
  const { wiring, standIn } = transport;

  test("a call carries identity, deadline and idempotency key, and nothing of the client's", async (t) => {
    const { service, gateway } = await start(
      t,
      transport,
      { read: answer },
      { CALL_TIMEOUT_MS: "60000", SERVICE_TOKEN: "secret" },
    );

    const response = await gateway.post(
      "/api/sample/read",
      { word: "hybrid" },
      { authorization: "Bearer client", "x-user-id": "7", "idempotency-key": "mine" },
    );

    assert.deepEqual(await response.json(), { word: "hybrid", length: 6 });
    const { headers, left } = service.calls[0] ?? assert.fail("the service was not asked");
    assert.equal(headers.authorization, "Bearer secret");
    assert.equal(headers["x-user-id"], undefined);
    assert.ok(left > 30_000 && left <= 60_000, `${left} ms were left`);
    assert.match(headers["idempotency-key"]?.toString() ?? "", /^[\w-]{43}$/);
  });

  test("the same client key leads to the same key at the service", async (t) => {
    const { service, gateway } = await start(t, transport, { write: answer });
    for (const key of ["a", "a", "b"]) {
      await gateway.post("/api/sample/write", { word: "x" }, { "idempotency-key": key });
    }
    const [first, again, other] = service.calls.map(({ headers }) => headers["idempotency-key"]);
    assert.equal(first, again);
    assert.notEqual(first, other);
  });

  test("an operation that changes nothing is asked again, with less time each time", async (t) => {
    let failures = 2;
    const read: Answer<Special> = (call) => (failures-- > 0 ? unavailable : answer(call));
    const { service, gateway } = await start(t, transport, { read });

    const response = await gateway.post("/api/sample/read", { word: "again" });

    assert.equal(response.status, 200);
    const left = service.calls.map((call) => call.left);
    const [first = 0, second = 0, third = 0] = left;
    assert.ok(first > second && second > third, `the budget did not shrink: ${left}`);
  });

  test("an operation that changes something is sent once", async (t) => {
    const { service, gateway } = await start(t, transport, { write: () => unavailable });
    const response = await gateway.post("/api/sample/write", { word: "once" });
    assert.equal(response.status, 503);
    assert.equal(service.calls.length, 1);
  });

  test("when the connection is refused any operation may be sent again", async (t) => {
    const gone = await standIn("SAMPLE", {});
    await gone[Symbol.asyncDispose]();
    const gateway = closing(t, await serve(wiring, gone.variables));

    const asked = gateway.post("/api/sample/write", { word: "late" });
    const service = closing(t, await standIn("SAMPLE", { write: answer }, gone.port));

    assert.equal((await asked).status, 200);
    assert.equal(service.calls.length, 1);
  });

  test("the deadline answers 504 and stops the service's work", async (t) => {
    let stopped: Promise<unknown> | undefined;
    const read: Answer<Special> = async ({ signal }) => {
      stopped = once(signal, "abort");
      await stopped;
      return null;
    };
    const { gateway } = await start(t, transport, { read }, { CALL_TIMEOUT_MS: "1000" });

    const response = await gateway.post("/api/sample/read", { word: "slow" });

    assert.equal(response.status, 504);
    assert.equal((await problemOf(response)).code, "deadline_exceeded");
    assert.ok(stopped);
    await stopped;
  });

  test("a client that leaves stops the service's work", async (t) => {
    const received = Promise.withResolvers<AbortSignal>();
    const read: Answer<Special> = async ({ signal }) => {
      received.resolve(signal);
      await once(signal, "abort");
      return null;
    };
    const { gateway } = await start(t, transport, { read });
    const client = new AbortController();

    const asked = fetch(`${gateway.origin}/api/sample/read`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ word: "bye" }),
      signal: client.signal,
    });
    const signal = await received.promise;
    client.abort();

    await assert.rejects(asked, { name: "AbortError" });
    if (!signal.aborted) await once(signal, "abort", { signal: AbortSignal.timeout(2000) });
  });

  test("a service that stops answering is left alone, and asked again when it is back", async (t) => {
    const gone = await standIn("SAMPLE", { read: answer });
    const gateway = closing(
      t,
      await serve(wiring, { ...gone.variables, CIRCUIT_RESET_MS: "1500" }),
    );
    await gone[Symbol.asyncDispose]();

    const ask = async () => {
      const response = await gateway.post("/api/sample/write", { word: "?" });
      return {
        status: response.status,
        detail: response.ok ? "" : (await problemOf(response)).detail,
      };
    };
    const failed = await Promise.all(Array.from({ length: 12 }, ask));
    assert.deepEqual(new Set(failed.map(({ status }) => status)), new Set([503]));
    // Nobody is asked for this answer.
    assert.match((await ask()).detail, /has stopped answering/);
    assert.match(await metrics(gateway.origin), /gateway_circuit_open\{service="sample"\} 1/);

    const service = closing(t, await standIn("SAMPLE", { write: answer }, gone.port));
    await eventually(t, async () => assert.equal((await ask()).status, 200));
    assert.equal(service.calls.length, 1);
    assert.match(await metrics(gateway.origin), /gateway_circuit_open\{service="sample"\} 0/);
  });

  test("past the limit calls are refused at once, and the others answered", async (t) => {
    const gate = Promise.withResolvers<void>();
    const read: Answer<Special> = async (call) => {
      await gate.promise;
      return answer(call);
    };
    const { service, gateway } = await start(t, transport, { read }, { SERVICE_CONCURRENCY: "10" });

    const refused: Response[] = [];
    const allRefused = Promise.withResolvers<void>();
    const asked = Array.from({ length: 50 }, async () => {
      const response = await gateway.post("/api/sample/read", { word: "many" });
      if (!response.ok && refused.push(response) === 40) allRefused.resolve();
      return response.status;
    });
    await allRefused.promise;
    assert.equal(service.calls.length, 10);
    gate.resolve();
    const statuses = await Promise.all(asked);
    assert.equal(statuses.filter((status) => status === 200).length, 10);

    const [first = assert.fail("nobody was refused")] = refused;
    assert.equal(first.status, 503);
    assert.equal(first.headers.get("retry-after"), "1");
    assert.equal((await problemOf(first)).code, "resource_exhausted");
  });
}

function testProblems<Special>(transport: DirectTransport<Special>): void {
  const errors = [{ pointer: "/word", detail: "is too rude" }];
  const cases: Readonly<Record<string, Shown<Special>>> = {
    "a refused field is shown": {
      answer: new Problem("invalid_argument", "no", { errors }),
      status: 400,
      shown: { code: "invalid_argument", detail: "no", errors },
    },
    "a missing implementation is shown": {
      answer: new Problem("unimplemented", "write handlers/read.py"),
      status: 501,
      shown: { code: "unimplemented", detail: "write handlers/read.py" },
    },
    "a conflict is shown": {
      answer: new Problem("conflict", "another body had this key"),
      status: 409,
      shown: { code: "conflict", detail: "another body had this key" },
    },
    "a full service is shown with when to come back": {
      answer: new Problem("resource_exhausted", "full", { retryAfter: 3 }),
      status: 503,
      retryAfter: "3",
      shown: { code: "resource_exhausted", detail: "full" },
    },
    "details beyond ASCII arrive whole": {
      answer: new Problem("not_found", "Größe 🙂 fehlt"),
      status: 404,
      shown: { code: "not_found", detail: "Größe 🙂 fehlt" },
    },
    "the gateway's own lack of rights is not": {
      answer: new Problem("unauthenticated", "wrong token"),
      status: 500,
      shown: { code: "internal", detail: "The gateway is not allowed to ask" },
    },
    ...transport.answers,
  };
  for (const [name, { answer, status, retryAfter, shown }] of Object.entries(cases)) {
    test(name, async (t) => {
      const { gateway } = await start(t, transport, { write: () => answer });
      const response = await gateway.post("/api/sample/write", { word: "x" });
      assert.equal(response.status, status);
      assert.equal(response.headers.get("retry-after"), retryAfter ?? null);
      assert.partialDeepStrictEqual(await problemOf(response), { status, ...shown });
    });
  }
}

function testReadiness<Special>(transport: DirectTransport<Special>): void {
  test("readiness says which service is not ready, and why", async (t) => {
    const { service, gateway } = await start(t, transport, {});
    assert.equal((await fetch(`${gateway.origin}/readyz`)).status, 200);

    service.ready = false;
    // What it knows of the service is half a second old.
    await eventually(t, async () => {
      const response = await fetch(`${gateway.origin}/readyz`);
      const seen = [response.status, await response.json()];
      const checks = { sample: "the model is loading" };
      assert.deepEqual(seen, [503, { status: "unavailable", checks }]);
    });
    assert.equal((await fetch(`${gateway.origin}/livez`)).status, 200);
  });
}

function testEvents<Special>(transport: DirectTransport<Special>): void {
  const listen = async (t: TestContext) => {
    const { service, gateway } = await start(t, transport, {});
    const subscription = gateway.gateway.hub.subscribe();
    t.after(() => subscription.close());
    return { service, events: subscription[Symbol.asyncIterator]() };
  };

  test("arrive, and after a broken stream go on behind the last one", async (t) => {
    const { service, events } = await listen(t);
    const first = await stream(service, 0);
    assert.equal(first.after, transport.beginning);
    report(first, "e-6", "stream.gap", {});
    report(first, "e-7", "told", { word: "first" });
    const event = (await events.next()).value ?? assert.fail("no event");
    assert.deepEqual([event.channel, event.data], ["sample.told", { word: "first" }]);

    first.cut();
    const second = await stream(service, 1);
    assert.equal(second.after, "e-7");
    report(second, "e-9", "stream.gap", {});
    report(second, "e-10", "asked", { word: "second" });
    assert.equal((await events.next()).value?.channel, "stream.gap");
    assert.equal((await events.next()).value?.channel, "sample.asked");
  });

  test("of a stream that ends before its first go on from where it began", async (t) => {
    const { service, events } = await listen(t);
    const first = await stream(service, 0);
    report(first, "e-4", "stream.gap", {});
    first.end();
    const second = await stream(service, 1);
    assert.equal(second.after, "e-4");
    report(second, "e-5", "told", { word: "missed" });
    assert.deepEqual((await events.next()).value?.data, { word: "missed" });
  });

  test("of a service that restarts are asked for from the last one on", async (t) => {
    const service = await transport.standIn("SAMPLE", {});
    const gateway = closing(t, await serve(transport.wiring, service.variables));
    const subscription = gateway.gateway.hub.subscribe();
    t.after(() => subscription.close());
    const events = subscription[Symbol.asyncIterator]();
    report(await stream(service, 0), "e-1", "told", { word: "before" });
    await events.next();

    await service[Symbol.asyncDispose]();
    const again = closing(t, await transport.standIn("SAMPLE", {}, service.port));
    const resumed = await stream(again, 0);

    assert.equal(resumed.after, "e-1");
    report(resumed, "e-2", "told", { word: "after" });
    assert.deepEqual((await events.next()).value?.data, { word: "after" });
  });

  test("that the contract does not have are passed over", async (t) => {
    const { service, events } = await listen(t);
    const open = await stream(service, 0);
    open.babble();
    report(open, "e-2", "unheard_of", {});
    report(open, "e-3", "told", { word: "good" });
    assert.deepEqual((await events.next()).value?.data, { word: "good" });
  });
}

async function stream(service: StandIn, index: number): Promise<OpenStream> {
  for (let tries = 0; tries < 500; tries += 1) {
    const open = service.streams[index];
    if (open) return open;
    await sleep(20);
  }
  return assert.fail("the gateway did not come for events");
}

function report(stream: OpenStream, id: string, name: string, data: Json): void {
  stream.report({ id, name, time: "2026-01-01T00:00:00Z", data });
}

async function metrics(origin: string): Promise<string> {
  return (await fetch(`${origin}/metrics`)).text();
}
