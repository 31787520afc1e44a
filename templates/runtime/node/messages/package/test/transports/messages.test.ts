import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openCall } from "../../src/calls/dispatch.ts";
import { Problem } from "../../src/calls/problem.ts";
import { readAnswer } from "../../src/transports/messages/answers.ts";
import { readChange, readEvent } from "../../src/transports/messages/events.ts";
import { callHeaders, orderHeaders, PROBLEM_TYPE } from "../../src/transports/messages/headers.ts";
import { Waiters } from "../../src/transports/messages/waiters.ts";
import { sample } from "../../testing/sample.ts";
import { signatures, signaturesOf } from "../../testing/stand-ins/messages.ts";

const { read } = sample.operations;
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

describe("headers", () => {
  test("of a call say its deadline and its key", (t) => {
    const call = openCall({ timeoutMs: 1000, idempotencyKey: "once" });
    t.after(() => call.close());
    const headers = callHeaders(read, call, "c-1");
    assert.partialDeepStrictEqual(headers, {
      operation: "read",
      "idempotency-key": "once",
      "correlation-id": "c-1",
    });
    assert.equal(Number(headers["request-deadline"]), call.deadline);
  });

  test("of a job say how long it may run", () => {
    const created = "2026-01-01T00:00:00Z";
    const change = {
      id: "7",
      operation: "read",
      status: "queued",
      created,
      time: created,
    } as const;
    const headers = orderHeaders({
      ...{ change, operation: read, input: {}, timeoutMs: 5 },
      caller: undefined,
    });
    assert.partialDeepStrictEqual(headers, {
      "job-id": "7",
      "job-created": created,
      "idempotency-key": "7",
      "request-timeout-ms": "5",
    });
    assert.equal(headers["request-deadline"], undefined);
  });
});

describe("a signature", () => {
  const headers = { operation: "read", "cloudEvents:id": "a-1", traceparent: "00-1" };
  const body = bytes({ word: "hybrid ü" });
  const signed = signatures.sign("shop.sample.requests", headers, body);

  test("is the same in Python", () => {
    assert.equal(signed.signature, "2oAGvuOH6nQzUsl1MGQw_LE9_3I7sV_Q1T6jDV1zs1Y");
  });

  test("covers channel, headers and body, and not what is added on the way", () => {
    const verify = (channel: string, more: object, given = body) =>
      signatures.verify(channel, { ...signed, ...more }, given);
    const channel = "shop.sample.requests";
    assert.ok(verify(channel, {}));
    assert.ok(verify(channel, { traceparent: "00-2", baggage: "x", "dead-error": "y" }));
    assert.equal(verify("shop.sample.orders", {}), false);
    assert.equal(verify(channel, { operation: "write" }), false);
    assert.equal(verify(channel, { "job-id": "7" }), false);
    assert.equal(verify(channel, { caller: "e30" }), false);
    const { caller: _, ...anonymous } = signatures.sign(channel, { caller: "e30" }, body);
    assert.equal(signatures.verify(channel, anonymous, body), false);
    assert.equal(verify(channel, {}, bytes({ word: "forged" })), false);
    assert.equal(verify(channel, { signature: "" }), false);
  });

  test("of an old token holds while the new one is beside it", () => {
    assert.ok(signaturesOf("new,development-only").verify("shop.sample.requests", signed, body));
    assert.equal(signaturesOf("new").verify("shop.sample.requests", signed, body), false);
  });
});

describe("an answer", () => {
  const problem = (value: unknown, more = {}) =>
    readAnswer({ "content-type": PROBLEM_TYPE, ...more }, bytes(value), "sample");

  test("is the result", () => {
    assert.deepEqual(readAnswer({}, bytes({ length: 3 }), "sample"), { length: 3 });
  });

  test("is the problem that the service had", () => {
    const errors = [{ pointer: "/word", detail: "too short" }];
    const reported = { code: "invalid_argument", detail: "no", errors };
    assert.throws(() => problem(reported), { code: "invalid_argument", message: "no", errors });
    const busy = { code: "resource_exhausted", detail: "busy" };
    assert.throws(() => problem(busy, { "retry-after": "2" }), { retryAfter: 2 });
  });

  test("that refuses the gateway is the gateway's own trouble", () => {
    assert.throws(() => problem({ code: "unauthenticated", detail: "who?" }), { code: "internal" });
  });

  test("that cannot be read is none", () => {
    assert.throws(() => problem({ code: "toString" }), { code: "internal" });
    const broken = new Uint8Array([0xff, 0x7b]);
    assert.throws(() => readAnswer({}, broken, "sample"), { code: "internal" });
  });
});

describe("who waits", () => {
  const open = (timeoutMs = 1000) => openCall({ timeoutMs });

  test("gets its own answer, in whatever order they come", async () => {
    const waiters = new Waiters();
    const ids: string[] = [];
    const send = async (id: string) => void ids.push(id);
    const call = open();
    const answers = [waiters.wait(call, send), waiters.wait(call, send)];
    await Promise.resolve();
    for (const id of ids.toReversed()) assert.ok(waiters.settle(id, () => id));
    assert.deepEqual(await Promise.all(answers), ids);
    assert.equal(waiters.size, 0);
    call.close();
  });

  test("learns of a problem, of a failed sending and of the deadline", async () => {
    const waiters = new Waiters();
    const call = open(50);
    const refused = waiters.wait(call, async (id) => {
      waiters.settle(id, () => {
        throw new Problem("not_found", "no such word");
      });
    });
    await assert.rejects(refused, { code: "not_found" });
    const lost = new Problem("unavailable", "no broker", { sent: false });
    await assert.rejects(
      waiters.wait(call, () => Promise.reject(lost)),
      lost,
    );
    await assert.rejects(
      waiters.wait(call, async () => {}),
      { code: "deadline_exceeded" },
    );
    assert.equal(
      waiters.settle("late", () => null),
      false,
    );
    assert.equal(waiters.size, 0);
    call.close();
  });

  test("gives up with its client", async () => {
    const waiters = new Waiters();
    const client = new AbortController();
    const call = openCall({ timeoutMs: 1000, signal: client.signal });
    const waiting = waiters.wait(call, async () => {});
    client.abort();
    await assert.rejects(waiting, { status: 499 });
    await assert.rejects(waiters.wait(call, assert.fail), { status: 499 });
    call.close();
  });

  test("ends with the link", async () => {
    const waiters = new Waiters();
    const call = open();
    const waiting = waiters.wait(call, async () => {});
    waiters.rejectAll(new Problem("unavailable", "closed"));
    await assert.rejects(waiting, { code: "unavailable" });
    call.close();
  });
});

describe("events", () => {
  test("are read with their place on the broker", () => {
    const attributes = { id: "a-1", type: "told", time: "2026-01-01T00:00:00Z" };
    const event = readEvent(attributes, bytes({ word: "x" }), "0-7");
    assert.deepEqual(event, {
      id: "0-7",
      name: "told",
      time: attributes.time,
      data: { word: "x" },
    });
    assert.equal(readEvent(attributes, new Uint8Array([0xff]), "0-7"), undefined);
    assert.equal(readEvent({ ...attributes, type: undefined }, bytes({}), "0-7"), undefined);
  });
});

test("steps of a job are read, and nothing else is", () => {
  const time = "2026-01-01T00:00:00Z";
  const step = { id: "7", operation: "read", status: "succeeded", created: time, time };
  assert.deepEqual(readChange(bytes({ ...step, result: { length: 3 }, more: 1 })), {
    ...step,
    result: { length: 3 },
  });
  assert.equal(readChange(bytes({ ...step, subject: "ann" }))?.subject, "ann");
  const damages = [{ status: "lost" }, { id: 7 }, { subject: 7 }];
  for (const wrong of [{}, [], null, "x", ...damages.map((damage) => ({ ...step, ...damage }))]) {
    assert.equal(readChange(bytes(wrong)), undefined, JSON.stringify(wrong));
  }
});

test("of a run only what the id of an event can name is read", () => {
  const time = "2026-01-01T00:00:00Z";
  const change = { id: "7", operation: "read", status: "running", created: time, time };
  const stepOf = (step: unknown) => readChange(bytes({ ...change, step }))?.step;
  const begin = { run: "0f3a", number: 0 };
  assert.deepEqual(stepOf(begin), begin);
  assert.deepEqual(stepOf({ ...begin, number: 1, part: "a" }), { ...begin, number: 1, part: "a" });
  const runs = ["", "0f3a-1", "0F3A", "a.b", "a:b", "a".repeat(33), 7, null];
  for (const run of runs) assert.equal(stepOf({ ...begin, run }), undefined, String(run));
  for (const number of [-1, 0.5, "1", null]) assert.equal(stepOf({ ...begin, number }), undefined);
});
