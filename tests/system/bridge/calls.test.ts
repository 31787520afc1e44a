/** What a call means, whatever carries it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Bridge } from "../support/bridge.ts";
import { answerOf, post, problemOf } from "../support/client.ts";
import { transports } from "../support/transports.ts";
import { until } from "../support/until.ts";

const CALL_TIMEOUT_MS = 3000;
const CONCURRENCY = 8;
const QUEUE = 4;
/** Of all the calls at once the service takes so many. */
const ROOM = CONCURRENCY + QUEUE;
const CALLS = 40;
/** How long each of them takes: longer than it takes to send all of them. */
const SECONDS = 2;
const MEBIBYTE = 1024 * 1024;

/** What a handler says goes wrong, and what clients are told. */
const failures = [
  { fails: "invalid_argument", status: 400 },
  { fails: "not_found", status: 404 },
  { fails: "conflict", status: 409 },
  { fails: "resource_exhausted", status: 503 },
  { fails: "unavailable", status: 503 },
  { fails: "deadline_exceeded", status: 504 },
  { fails: "unimplemented", status: 501 },
  { fails: "internal", status: 500 },
] as const;

for (const transport of transports) {
  test(`calls over ${transport.name}`, async (context) => {
    const bridge = await Bridge.start(context, transport, {
      envOf: {
        gateway: { CALL_TIMEOUT_MS: String(CALL_TIMEOUT_MS) },
        echo: { MAX_CONCURRENCY: String(CONCURRENCY), MAX_QUEUE: String(QUEUE) },
      },
    });
    const key = () => ({ headers: { "idempotency-key": crypto.randomUUID() } });
    const unique = (name: string) => `${name}-${crypto.randomUUID()}`;

    await context.test("is told how long it has", async () => {
      const { remaining_ms } = await bridge.worked({ name: "quick" });
      assert.ok(remaining_ms > 0 && remaining_ms <= CALL_TIMEOUT_MS, `${remaining_ms} ms`);
    });

    for (const { fails, status } of failures) {
      await context.test(`fails with ${fails}`, async () => {
        const name = unique(fails);
        const response = await bridge.work({ name, fails });
        const problem = await problemOf(response, status, fails);
        const { detail, errors = [] } = problem;
        if (fails !== "internal") assert.match(detail, new RegExp(`told to fail: ${name}`));
        const isWrong = fails === "invalid_argument";
        const pointed = isWrong ? [{ pointer: "/name", detail: "is not to my liking" }] : [];
        assert.deepEqual(errors, pointed);
        if (status === 503) assert.equal(response.headers.get("retry-after"), "7");
        // It is not safe, so nobody but its caller may try again.
        assert.equal(bridge.count("begun", name), 1);
      });
    }

    for (const fails of ["unauthenticated", "permission_denied"]) {
      await context.test(`fails with ${fails}: that is between gateway and service`, async () => {
        const response = await bridge.work({ name: fails, fails });
        await problemOf(response, 500, "internal");
      });
    }

    await context.test("crashes: the cause stays inside", async () => {
      const response = await bridge.work({ name: "crash", fails: "crash" });
      const { detail } = await problemOf(response, 500, "internal");
      assert.doesNotMatch(detail, /secret|RuntimeError/);
      await answerOf(await bridge.work({ name: "after" }));
    });

    await context.test("of something that is not there", async () => {
      await problemOf(await post(bridge.url("no_such_operation"), {}), 404, "not_found");
    });

    await context.test("runs once under its key, at the same time and afterwards", async () => {
      const name = unique("once");
      const init = key();
      const work = { name, seconds: 0.5 };
      const both = await Promise.all([bridge.worked(work, init), bridge.worked(work, init)]);
      const later = await bridge.worked(work, init);
      assert.deepEqual(both, [later, later]);
      assert.equal(bridge.count("begun", name), 1);
      await bridge.worked(work, key());
      assert.equal(bridge.count("begun", name), 2);
    });

    await context.test("conflicts with another one under its key", async () => {
      const [name, other] = [unique("first"), unique("second")];
      const init = key();
      await bridge.worked({ name }, init);
      await problemOf(await bridge.work({ name: other }, init), 409, "conflict");
      assert.equal(bridge.count("begun", other), 0);
    });

    await context.test("fails under its key as it did, unless that may pass", async () => {
      for (const [fails, runs] of [
        ["not_found", 1],
        ["unavailable", 2],
      ] as const) {
        const name = unique(fails);
        const init = key();
        for (const _ of [1, 2]) await (await bridge.work({ name, fails }, init)).text();
        assert.equal(bridge.count("begun", name), runs, fails);
      }
    });

    await context.test("is over at its deadline, also in Python", async () => {
      const name = unique("deadline");
      await problemOf(await bridge.work({ name, seconds: 60 }), 504, "deadline_exceeded");
      await bridge.says("cancelled", name);
      // The late answer is nobody's: the next call has its own.
      const next = unique("next");
      assert.equal((await bridge.worked({ name: next })).process > 0, true);
    });

    await context.test(
      transport.cancels
        ? "is cancelled in Python when the client leaves"
        : "goes on to its deadline when the client leaves, and its answer is dropped",
      async () => {
        const name = unique("leave");
        const client = new AbortController();
        const seconds = transport.cancels ? 60 : 1;
        const answer = bridge.work({ name, seconds }, { signal: client.signal });
        await bridge.says("begun", name);
        client.abort();
        await assert.rejects(answer);
        await bridge.says(transport.cancels ? "cancelled" : "done", name);
        await answerOf(await bridge.work({ name: unique("next") }));
      },
    );

    await context.test(`finds room, or hears when to come back: ${CALLS} at once`, async () => {
      const prefix = unique("flood");
      const responses = await Promise.all(
        Array.from({ length: CALLS }, (_, index) =>
          bridge.work({ name: `${prefix}-${index}`, seconds: SECONDS / 2 }),
        ),
      );
      const refused = responses.filter(({ status }) => status !== 200);
      for (const response of refused) {
        assert.ok(Number(response.headers.get("retry-after")) >= 1);
        await problemOf(response, 503, "resource_exhausted");
      }
      assert.equal(responses.length - refused.length, ROOM);
      const begun = [...bridge.counts("begun")].filter(([name]) => name.startsWith(prefix));
      assert.equal(begun.length, ROOM);
      assert.ok(begun.every(([, count]) => count === 1));
      await answerOf(await bridge.work({ name: unique("after") }));
    });

    await context.test("is refused when it is larger than the service takes", async () => {
      const response = await bridge.work({ name: "x".repeat(MEBIBYTE + 1) });
      await problemOf(response, 413, "invalid_argument");
    });

    await context.test("with several hundred others at once: each has its own answer", async () => {
      const keys = Array.from({ length: 300 }, () => crypto.randomUUID());
      const answers = new Map<string, string>();
      const queue = [...keys];
      const worker = async () => {
        for (let own = queue.pop(); own !== undefined; own = queue.pop()) {
          const init = { headers: { "idempotency-key": own } };
          answers.set(own, (await bridge.worked({ name: own }, init)).key);
        }
      };
      await Promise.all(Array.from({ length: ROOM }, worker));
      assert.equal(answers.size, keys.length);
      // The key that the service sees is made of the client's, and is another for each.
      assert.equal(new Set(answers.values()).size, keys.length);
      for (const own of keys) assert.equal(bridge.count("done", own), 1);
    });

    await context.test("nothing of all that is left in the service", async () => {
      const running = () => bridge.system.metric("echo", "service_calls_running");
      await until("no call runs", running, (calls) => calls === 0, { within: 10_000 });
    });
  });
}
