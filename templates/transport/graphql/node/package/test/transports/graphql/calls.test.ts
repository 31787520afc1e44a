import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { closing, problemOf, serve } from "../../../testing/serve.ts";
import { type Answer, Refusal, standIn } from "../../../testing/stand-ins/graphql.ts";
import { wiring } from "./wiring.ts";

const answer: Answer = ({ input }) => {
  const { word } = input as { word: string };
  return { word, length: word.length };
};
const unavailable = new Refusal({ code: "unavailable", detail: "starting" });

test("a call carries identity, deadline and idempotency key, and nothing of the client's", async (t) => {
  const service = closing(t, await standIn("SAMPLE", { read: answer }));
  const gateway = closing(
    t,
    await serve(wiring, {
      ...service.variables,
      CALL_TIMEOUT_MS: "4000",
      SERVICE_TOKEN: "secret",
    }),
  );

  const response = await gateway.post(
    "/api/sample/read",
    { word: "hybrid" },
    { authorization: "Bearer client", "x-user-id": "7", "idempotency-key": "mine" },
  );

  assert.deepEqual(await response.json(), { word: "hybrid", length: 6 });
  const { headers } = service.calls[0] ?? assert.fail("the service was not asked");
  assert.equal(headers.authorization, "Bearer secret");
  assert.equal(headers["x-user-id"], undefined);
  const left = Number(headers["request-timeout-ms"]);
  assert.ok(left > 3000 && left <= 4000, `${left} ms were left`);
  assert.match(headers["idempotency-key"]?.toString() ?? "", /^[\w-]{43}$/);
});

test("the same client key leads to the same key at the service", async (t) => {
  const service = closing(t, await standIn("SAMPLE", { write: answer }));
  const gateway = closing(t, await serve(wiring, service.variables));
  for (const key of ["a", "a", "b"]) {
    await gateway.post("/api/sample/write", { word: "x" }, { "idempotency-key": key });
  }
  const [first, again, other] = service.calls.map(({ headers }) => headers["idempotency-key"]);
  assert.equal(first, again);
  assert.notEqual(first, other);
});

test("an operation that changes nothing is asked again, with less time each time", async (t) => {
  let failures = 2;
  const read: Answer = (call) => (failures-- > 0 ? unavailable : answer(call));
  const service = closing(t, await standIn("SAMPLE", { read }));
  const gateway = closing(t, await serve(wiring, service.variables));

  const response = await gateway.post("/api/sample/read", { word: "again" });

  assert.equal(response.status, 200);
  const left = service.calls.map(({ headers }) => Number(headers["request-timeout-ms"]));
  const [first = 0, second = 0, third = 0] = left;
  assert.ok(first > second && second > third, `the budget did not shrink: ${left}`);
});

test("an operation that changes something is sent once", async (t) => {
  const service = closing(t, await standIn("SAMPLE", { write: () => unavailable }));
  const gateway = closing(t, await serve(wiring, service.variables));
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
  const read: Answer = async ({ signal }) => {
    stopped = once(signal, "abort");
    await stopped;
    return null;
  };
  const service = closing(t, await standIn("SAMPLE", { read }));
  const gateway = closing(t, await serve(wiring, { ...service.variables, CALL_TIMEOUT_MS: "200" }));

  const response = await gateway.post("/api/sample/read", { word: "slow" });

  assert.equal(response.status, 504);
  assert.equal((await problemOf(response)).code, "deadline_exceeded");
  assert.ok(stopped);
  await stopped;
});

test("a client that leaves stops the service's work", async (t) => {
  const received = Promise.withResolvers<AbortSignal>();
  const read: Answer = async ({ signal }) => {
    received.resolve(signal);
    await once(signal, "abort");
    return null;
  };
  const service = closing(t, await standIn("SAMPLE", { read }));
  const gateway = closing(t, await serve(wiring, service.variables));
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
  const gateway = closing(t, await serve(wiring, { ...gone.variables, CIRCUIT_RESET_MS: "300" }));
  await gone[Symbol.asyncDispose]();

  const ask = async () => {
    const started = performance.now();
    const response = await gateway.post("/api/sample/write", { word: "?" });
    const detail = response.ok ? "" : (await problemOf(response)).detail;
    return { status: response.status, detail, ms: performance.now() - started };
  };
  const failed = await Promise.all(Array.from({ length: 12 }, ask));
  assert.deepEqual(new Set(failed.map(({ status }) => status)), new Set([503]));
  const open = await ask();
  assert.match(open.detail, /has stopped answering/);
  assert.ok(open.ms < 100, `an open circuit took ${open.ms} ms to say so`);
  assert.match(await metrics(gateway.origin), /gateway_circuit_open\{service="sample"\} 1/);

  const service = closing(t, await standIn("SAMPLE", { write: answer }, gone.port));
  await sleep(400);
  assert.equal((await ask()).status, 200);
  assert.equal(service.calls.length, 1);
  assert.match(await metrics(gateway.origin), /gateway_circuit_open\{service="sample"\} 0/);
});

test("past the limit calls are refused at once, and the others answered", async (t) => {
  const gate = Promise.withResolvers<void>();
  const read: Answer = async (call) => {
    await gate.promise;
    return answer(call);
  };
  const service = closing(t, await standIn("SAMPLE", { read }));
  const gateway = closing(
    t,
    await serve(wiring, { ...service.variables, SERVICE_CONCURRENCY: "10" }),
  );

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

async function metrics(origin: string): Promise<string> {
  return (await fetch(`${origin}/metrics`)).text();
}
