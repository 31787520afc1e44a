import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../../src/calls/problem.ts";
import type { StreamItem } from "../../src/calls/streams.ts";
import type { Wiring } from "../../src/server/gateway.ts";
import { closing, eventually, problemOf, type Served, serve } from "../serve.ts";
import {
  type AnswerEvent,
  allEventsOf,
  eventsOf,
  type OpenStreamStandIn,
  type ReceivedCall,
  type Tell,
} from "../streams.ts";

export interface StreamTransport {
  /** A gateway in front of the sample service that answers in parts. */
  readonly wiring: Wiring;
  readonly standIn: OpenStreamStandIn;
}

const EVENTS = { accept: "text/event-stream" };
const INPUT = { topic: "words" };

/** What holds of answers in parts on every transport, tried through a whole gateway. */
export function testStreams({ wiring, standIn }: StreamTransport): void {
  const start = async (t: TestContext, tell: Tell, variables?: Record<string, string>) => {
    const service = closing(t, await standIn("SAMPLE", tell));
    const gateway = closing(t, await serve(wiring, { ...service.variables, ...variables }));
    return { service, gateway };
  };

  test("parts arrive in order, none lost and none doubled, and the output last", async (t) => {
    const { service, gateway } = await start(t, words(500));
    const response = await ask(gateway);
    assert.equal(response.headers.get("content-type"), "text/event-stream; charset=utf-8");
    const events = await allEventsOf(response);
    const end = { id: "501", event: "end", data: { words: 500 } };
    assert.deepEqual(events, [...Array.from({ length: 500 }, (_, n) => part(n)), end]);
    assert.equal(service.calls.length, 1);
  });

  test("a part arrives before the next one is made", async (t) => {
    const gate = Promise.withResolvers<void>();
    const { gateway } = await start(t, async function* () {
      yield { part: { word: "0" } };
      await gate.promise;
      yield* words(0)();
    });
    const events = eventsOf(await ask(gateway));
    assert.deepEqual((await events.next()).value, part(0));
    gate.resolve();
    assert.equal((await events.next()).value?.event, "end");
  });

  test("who reads slowly is waited for: nothing piles up on the way", async (t) => {
    const word = "x".repeat(64 * 1024);
    let made = 0;
    const { gateway } = await start(t, async function* () {
      for (; made < 10_000; made += 1) yield { part: { word } };
    });
    const events = eventsOf(await ask(gateway));
    assert.equal((await events.next()).value?.event, "part");
    const waiting = await still(() => made);
    assert.ok(waiting < 640, `${waiting} parts of 64 KiB were made, and one was read`);
    for (let read = 0; read < waiting; read += 1) await events.next();
    await eventually(t, () => assert.ok(made > waiting, "who reads again is given more"));
    await events.return();
  });

  test("a client that leaves ends the answer within a second", async (t) => {
    const asked = Promise.withResolvers<ReceivedCall>();
    const { gateway } = await start(t, async function* (call) {
      asked.resolve(call);
      yield { part: { word: "0" } };
      await once(call.signal, "abort");
    });
    const events = eventsOf(await ask(gateway));
    await events.next();
    const { signal } = await asked.promise;
    await events.return();
    if (!signal.aborted) await once(signal, "abort", { signal: AbortSignal.timeout(1000) });
  });

  test("a client that leaves before the first part ends it as well", async (t) => {
    const asked = Promise.withResolvers<ReceivedCall>();
    // biome-ignore lint/correctness/useYield: it is waited for
    const { gateway } = await start(t, async function* (call) {
      asked.resolve(call);
      await once(call.signal, "abort");
    });
    const client = new AbortController();
    const response = ask(gateway, { signal: client.signal });
    const { signal } = await asked.promise;
    client.abort();
    await assert.rejects(response, { name: "AbortError" });
    if (!signal.aborted) await once(signal, "abort", { signal: AbortSignal.timeout(1000) });
  });

  test("a problem in the middle arrives behind the parts that were sent", async (t) => {
    const { gateway } = await start(t, async function* () {
      yield { part: { word: "0" } };
      throw new Problem("resource_exhausted", "no more paper", { retryAfter: 3 });
    });
    const [first, problem, ...others] = await allEventsOf(await ask(gateway));
    assert.deepEqual(first, part(0));
    assert.equal(problem?.event, "problem");
    const shown = { code: "resource_exhausted", detail: "no more paper", retry_after: 3 };
    assert.partialDeepStrictEqual(problem?.data, shown);
    assert.deepEqual(others, []);
  });

  test("a problem before the first part is an answer like any other", async (t) => {
    const { gateway } = await start(t, failing(new Problem("conflict", "already told")));
    for (const headers of [EVENTS, { accept: "application/json" }]) {
      const response = await ask(gateway, { headers });
      assert.equal(response.status, 409);
      assert.equal((await problemOf(response)).detail, "already told");
    }
  });

  test("a service that breaks off in the middle is a problem, not an end", async (t) => {
    const { service, gateway } = await start(t, async function* ({ signal }) {
      yield { part: { word: "0" } };
      await once(signal, "abort");
    });
    const events = eventsOf(await ask(gateway));
    await events.next();
    service.cut();
    const { value: problem } = await events.next();
    assert.equal(problem?.event, "problem");
    assert.equal(problem?.data.code, "unavailable");
    assert.equal((await events.next()).done, true);
  });

  test("what changes nothing is asked again before its first part, and never behind it", async (t) => {
    let tries = 0;
    const tell: Tell = async function* () {
      tries += 1;
      if (tries < 3) throw new Problem("unavailable", "starting");
      yield { part: { word: "0" } };
      throw new Problem("unavailable", "stopping");
    };
    const { service, gateway } = await start(t, tell);
    const events = await allEventsOf(await ask(gateway, {}, "look"));
    assert.deepEqual(kinds(events), ["part", "problem"]);
    assert.equal(service.calls.length, 3);
    tries = 0;
    assert.equal((await ask(gateway)).status, 503);
    assert.equal(service.calls.length, 4);
  });

  test("the time for a part and the time for the whole are two", async (t) => {
    const slow = (pauseMs: number): Tell =>
      async function* ({ signal }) {
        for (let n = 0; ; n += 1) {
          yield { part: { word: String(n) } };
          await sleep(pauseMs, undefined, { signal });
        }
      };
    const idle = await start(t, slow(60_000), { STREAM_IDLE_MS: "1000" });
    const whole = await start(t, slow(50), { STREAM_TIMEOUT_MS: "2000", STREAM_IDLE_MS: "1500" });
    const ended = async ({ gateway }: { gateway: Served }) => {
      const events = await allEventsOf(await ask(gateway));
      const problem = events.pop()?.data;
      return { events, code: problem?.code, detail: problem?.detail };
    };
    const ofPart = await ended(idle);
    assert.deepEqual(kinds(ofPart.events), ["part"]);
    assert.equal(ofPart.code, "deadline_exceeded");
    assert.equal(ofPart.detail, "No part came within 1000 ms");
    const ofWhole = await ended(whole);
    assert.ok(ofWhole.events.length > 5, "parts came in time");
    assert.equal(ofWhole.code, "deadline_exceeded");
    assert.equal(ofWhole.detail, "No answer within 2000 ms");
  });

  test("an answer carries the time that is left and the client's key", async (t) => {
    const { service, gateway } = await start(t, words(1), { STREAM_TIMEOUT_MS: "60000" });
    for (const key of ["a", "a", "b"]) {
      const response = await ask(gateway, { headers: { ...EVENTS, "idempotency-key": key } });
      await response.text();
    }
    const [first, again, other] = service.calls.map(({ headers }) => headers["idempotency-key"]);
    assert.equal(first, again);
    assert.notEqual(first, other);
    const left = service.calls[0]?.left ?? 0;
    assert.ok(left > 59_000 && left <= 60_000, `${left} ms were left`);
  });

  test("who wants no stream is given all parts at once, up to a limit", async (t) => {
    const { gateway } = await start(t, words(3), { STREAM_GATHER_BYTES: "39" });
    const response = await ask(gateway, { headers: {} });
    assert.equal(response.headers.get("content-type"), "application/json");
    const parts = [{ word: "0" }, { word: "1" }, { word: "2" }];
    assert.deepEqual(await response.json(), { parts, output: { words: 3 } });

    const { service, gateway: small } = await start(t, words(4), { STREAM_GATHER_BYTES: "39" });
    const refused = await ask(small, { headers: {} });
    assert.equal(refused.status, 406);
    assert.match((await problemOf(refused)).detail ?? "", /Accept: text\/event-stream/);
    assert.equal(service.calls.length, 1);
  });

  test("what is asked is checked as everywhere", async (t) => {
    const { service, gateway } = await start(t, words(1));
    const wrong = await gateway.post("/api/sample/tell", { topic: 1 }, EVENTS);
    assert.equal((await problemOf(wrong)).errors?.[0]?.pointer, "/topic");
    const read = await fetch(`${gateway.origin}/api/sample/tell`);
    assert.deepEqual([read.status, read.headers.get("allow")], [405, "POST"]);
    assert.equal(service.calls.length, 0);
  });

  test("of a part the client sees what the contract has", async (t) => {
    const { gateway } = await start(t, async function* () {
      yield { part: { word: "0", secret: true } };
      yield { part: { word: 1 } };
    });
    const [first, problem] = await allEventsOf(await ask(gateway));
    assert.deepEqual(first, part(0));
    assert.deepEqual([problem?.event, problem?.data.code], ["problem", "internal"]);
  });

  test("past the limit of answers at once, one more is refused", async (t) => {
    let count = 0;
    const both = Promise.withResolvers<void>();
    const { gateway } = await start(
      t,
      async function* ({ signal }) {
        count += 1;
        if (count === 2) both.resolve();
        await both.promise;
        yield { part: { word: "0" } };
        await once(signal, "abort");
      },
      // Nor do they take the places of calls, not even while they wait for the first part.
      { STREAM_CONCURRENCY: "2", SERVICE_CONCURRENCY: "1" },
    );
    const asked = await Promise.all([ask(gateway), ask(gateway)]);
    const open = asked.map(eventsOf);
    for (const events of open) assert.equal((await events.next()).value?.event, "part");
    const refused = await ask(gateway);
    assert.equal(refused.status, 503);
    assert.equal((await problemOf(refused)).code, "resource_exhausted");
    for (const events of open) await events.return();
  });

  test("a gateway that stops lets answers end, and tells the others to come back", async (t) => {
    const gate = Promise.withResolvers<void>();
    const { service } = await start(t, async function* ({ input, signal }) {
      yield { part: { word: "0" } };
      const { topic } = input as { topic: string };
      await (topic === "short" ? gate.promise : once(signal, "abort"));
      yield* words(0)();
    });
    const stopping = await serve(wiring, { ...service.variables, SHUTDOWN_GRACE_MS: "3000" });
    const [short, long] = await Promise.all(
      ["short", "long"].map(async (topic) => {
        const response = await stopping.post("/api/sample/tell", { topic }, EVENTS);
        const events = eventsOf(response);
        await events.next();
        return events;
      }),
    );
    const stopped = stopping[Symbol.asyncDispose]();
    gate.resolve();
    assert.equal((await short?.next())?.value?.event, "end");
    const { event, data } = (await long?.next())?.value ?? assert.fail("the answer ended");
    assert.deepEqual([event, data.code, data.retry_after], ["problem", "unavailable", 5]);
    const told = performance.now();
    await stopped;
    const ms = performance.now() - told;
    // Not the time for which the client keeps a connection.
    assert.ok(ms < 4000, `a connection held up the end for ${ms} ms`);
  });
}

/** So many words, then their number. */
function words(count: number): () => AsyncGenerator<StreamItem, void, undefined> {
  return async function* () {
    for (let n = 0; n < count; n += 1) yield { part: { word: String(n) } };
    yield { output: { words: count } };
  };
}

function failing(problem: Problem): Tell {
  // biome-ignore lint/correctness/useYield: it never comes to that
  return async function* () {
    throw problem;
  };
}

function part(n: number): AnswerEvent {
  return { id: String(n + 1), event: "part", data: { word: String(n) } };
}

function kinds(events: readonly AnswerEvent[]): string[] {
  return events.map(({ event }) => event);
}

function ask(gateway: Served, request: RequestInit = {}, operation = "tell"): Promise<Response> {
  const { headers = EVENTS, ...rest } = request;
  return fetch(`${gateway.origin}/api/sample/${operation}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(headers as Record<string, string>) },
    body: JSON.stringify(INPUT),
    ...rest,
  });
}

/** What a count comes to, once it has stood still for a while. */
async function still(count: () => number): Promise<number> {
  for (;;) {
    const before = count();
    await sleep(300);
    if (count() === before) return before;
  }
}
