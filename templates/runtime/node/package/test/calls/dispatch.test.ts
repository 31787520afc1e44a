import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Problem } from "../../src/calls/problem.ts";
import { LocalService, until } from "../../testing/local.ts";
import { openGateway, sample } from "../../testing/sample.ts";
import { closing } from "../../testing/serve.ts";

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
      const service = new LocalService();
      const gateway = closing(t, openGateway(service));
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
    const gateway = closing(t, openGateway(new LocalService()));
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
    const service = new LocalService();
    service.answer = () => ({ accepted: 1 });
    const gateway = closing(t, openGateway(service));
    const answer = await gateway.dispatch.call(sample.operations.record, { events: [] });
    assert.deepEqual(answer, { accepted: 1 });
  });
});

describe("what comes back", () => {
  test("has no field that was not published", async (t) => {
    const service = new LocalService();
    service.answer = () => ({ word: "a", length: 1, secret: "x" });
    const gateway = closing(t, openGateway(service));
    const answer = await gateway.dispatch.callPublic("sample", "read", { word: "a" });
    assert.deepEqual(answer, { word: "a", length: 1 });
  });

  test("is what the contract says, or an internal problem", async (t) => {
    const service = new LocalService();
    service.answer = () => ({ word: "a", length: "one" });
    const gateway = closing(t, openGateway(service));
    await assert.rejects(gateway.dispatch.callPublic("sample", "read", { word: "a" }), {
      code: "internal",
      message: "The answer of the service is not what its contract says",
    });
  });
});

describe("a call", () => {
  test("ends at its deadline, and its signal says why", async (t) => {
    const service = new LocalService();
    service.answer = ({ context }) => until(context.signal);
    const gateway = closing(t, openGateway(service));
    const call = gateway.dispatch.callPublic("sample", "read", { word: "a" }, { timeoutMs: 50 });
    await assert.rejects(call, { code: "deadline_exceeded" });
    assert.ok(service.calls[0]?.context.signal.aborted);
    assert.equal(service.calls.length, 1);
  });

  test("ends when the client leaves", async (t) => {
    const service = new LocalService();
    service.answer = ({ context }) => until(context.signal);
    const gateway = closing(t, openGateway(service));
    const client = new AbortController();
    const call = gateway.dispatch.callPublic(
      "sample",
      "read",
      { word: "a" },
      { signal: client.signal },
    );
    client.abort();
    await assert.rejects(call, { status: 499 });
  });

  test("hides what an unexpected error says", async (t) => {
    const service = new LocalService();
    service.answer = () => {
      throw new Error("password=hunter2");
    };
    const gateway = closing(t, openGateway(service));
    await assert.rejects(
      gateway.dispatch.callPublic("sample", "read", { word: "a" }),
      (problem) => {
        assert.ok(problem instanceof Problem);
        assert.equal(problem.code, "internal");
        assert.doesNotMatch(JSON.stringify(problem.body()), /hunter2/);
        return true;
      },
    );
  });
});
