import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { codeOfStatus, Problem } from "../../src/calls/problem.ts";
import { unsendableIn } from "../../src/calls/validation.ts";
import { until } from "../../testing/local.ts";
import { openSample, sample } from "../../testing/sample.ts";

describe("what comes in", () => {
  const refused: Record<string, { input: unknown; pointer: string; detail: RegExp }> = {
    "a field is missing": { input: {}, pointer: "/word", detail: /is missing/ },
    "a field is of another type": { input: { word: 1 }, pointer: "/word", detail: /string/ },
    "a field is not known": {
      input: { word: "a", "b/c": 1 },
      pointer: "/b~1c",
      detail: /not known/,
    },
    "a text stands for a number": {
      input: { word: "a", count: "1" },
      pointer: "/count",
      detail: /integer/,
    },
    "nothing is sent": { input: undefined, pointer: "", detail: /object/ },
  };
  for (const [name, { input, pointer, detail }] of Object.entries(refused)) {
    test(`is refused when ${name}`, async (t) => {
      const { service, gateway } = openSample(t);
      await assert.rejects(gateway.dispatch.callPublic("sample", "read", input), (problem) => {
        assert.ok(problem instanceof Problem);
        assert.equal(problem.code, "invalid_argument");
        const [error] = problem.errors ?? [];
        assert.equal(error?.pointer, pointer);
        assert.match(error.detail, detail);
        return true;
      });
      assert.equal(service.calls.length, 0);
    });
  }

  test("finds no operation that does not exist, and none that is internal", async (t) => {
    const { gateway } = openSample(t);
    for (const [service, operation] of [
      ["sample", "record"],
      ["sample", "toString"],
      ["nobody", "read"],
    ] as const) {
      await assert.rejects(gateway.dispatch.callPublic(service, operation, {}), {
        code: "not_found",
      });
    }
  });

  test("the gateway's own code may call what is internal", async (t) => {
    const { service, gateway } = openSample(t);
    service.answer = () => ({ accepted: 1 });
    const answer = await gateway.dispatch.call(sample.operations.record, { events: [] });
    assert.deepEqual(answer, { accepted: 1 });
  });
});

describe("what comes back", () => {
  test("has no field that was not published", async (t) => {
    const { service, gateway } = openSample(t);
    service.answer = () => ({ word: "a", length: 1, secret: "x" });
    const answer = await gateway.dispatch.callPublic("sample", "read", { word: "a" });
    assert.deepEqual(answer, { word: "a", length: 1 });
  });

  test("is what the contract says, or an internal problem", async (t) => {
    const { service, gateway } = openSample(t);
    service.answer = () => ({ word: "a", length: "one" });
    await assert.rejects(gateway.dispatch.callPublic("sample", "read", { word: "a" }), {
      code: "internal",
      message: "The answer of the service is not what its contract says",
    });
  });
});

describe("a call", () => {
  test("ends at its deadline, and its signal says why", async (t) => {
    const { service, gateway } = openSample(t);
    service.answer = ({ context }) => until(context.signal);
    const call = gateway.dispatch.callPublic("sample", "read", { word: "a" }, { timeoutMs: 50 });
    await assert.rejects(call, { code: "deadline_exceeded" });
    assert.ok(service.calls[0]?.context.signal.aborted);
    assert.equal(service.calls.length, 1);
  });

  test("ends when the client leaves", async (t) => {
    const { service, gateway } = openSample(t);
    service.answer = ({ context }) => until(context.signal);
    const client = new AbortController();
    const { signal } = client;
    const call = gateway.dispatch.callPublic("sample", "read", { word: "a" }, { signal });
    client.abort();
    await assert.rejects(call, { status: 499 });
  });

  test("hides what an unexpected error says", async (t) => {
    const { service, gateway } = openSample(t);
    service.answer = () => {
      throw new Error("password=hunter2");
    };
    const call = gateway.dispatch.callPublic("sample", "read", { word: "a" });
    await assert.rejects(call, (problem) => {
      assert.ok(problem instanceof Problem);
      assert.equal(problem.code, "internal");
      assert.doesNotMatch(JSON.stringify(problem.body()), /hunter2/);
      return true;
    });
  });
});

test("a problem is sent as RFC 9457 says, with its code", () => {
  const errors = [{ pointer: "/pixels/3", detail: "must be <= 16" }];
  const problem = new Problem("invalid_argument", "The input is not valid", { errors });
  assert.deepEqual(problem.body("4bf92f3577b34da6a3ce929d0e0e4736"), {
    type: "urn:hybridge:problem:invalid_argument",
    title: "The request is not valid",
    status: 400,
    detail: "The input is not valid",
    code: "invalid_argument",
    errors,
    trace_id: "4bf92f3577b34da6a3ce929d0e0e4736",
  });
});

test("what is not a problem becomes one without its message", () => {
  const body = Problem.from(new Error("SELECT * FROM users")).body();
  assert.equal(body.status, 500);
  assert.doesNotMatch(JSON.stringify(body), /SELECT/);
});

test("statuses of others have the nearest code", () => {
  const nearest = {
    400: "invalid_argument",
    404: "not_found",
    408: "deadline_exceeded",
    418: "invalid_argument",
    429: "resource_exhausted",
    500: "internal",
    502: "unavailable",
    503: "unavailable",
    504: "deadline_exceeded",
    599: "internal",
  };
  for (const [status, code] of Object.entries(nearest)) {
    assert.equal(codeOfStatus(Number(status)), code, status);
  }
});

const half = "\ud83d";

test("what cannot be sent on is found wherever it stands", () => {
  const places: readonly (readonly [unknown, string])[] = [
    [half, ""],
    [{ a: ["fine", { "b/c": `x${half}` }] }, "/a/1/b~1c"],
    [{ a: { [half]: 1 } }, "/a"],
    [JSON.parse('{"a": [1, 1e999]}'), "/a/1"],
  ];
  for (const [value, pointer] of places) assert.equal(unsendableIn(value)?.pointer, pointer);
});

test("whole pairs are text, however deep", () => {
  assert.equal(unsendableIn({ a: ["\ud83d\ude00", null, 1, true, {}] }), undefined);
  assert.equal(unsendableIn(JSON.parse("[".repeat(100_000) + "]".repeat(100_000))), undefined);
});

test("an input with half a pair is refused before anybody is asked", async (t) => {
  const { service, gateway } = openSample(t);
  await assert.rejects(gateway.dispatch.callPublic("sample", "read", { word: half }), {
    code: "invalid_argument",
    errors: [{ pointer: "/word", detail: "must be Unicode text" }],
  });
  assert.equal(service.calls.length, 0);
});
