import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openCall } from "../../src/calls/dispatch.ts";
import { Problem } from "../../src/calls/problem.ts";
import { Resilience } from "../../src/calls/resilience.ts";
import { Metrics } from "../../src/observability/metrics.ts";

const down = () => new Problem("unavailable", "down");
const RESET_MS = 100;

/** A service that fails `failures` times and then answers. */
function flaky(failures: number, problem = down()) {
  let attempts = 0;
  return {
    get attempts() {
      return attempts;
    },
    async attempt() {
      attempts += 1;
      if (attempts <= failures) throw problem;
      return "answer";
    },
  };
}

function subject(concurrency = 100) {
  const settings = { concurrency, circuitResetMs: RESET_MS };
  const resilience = new Resilience("sample", settings, new Metrics());
  return {
    async run<T>(attempt: () => Promise<T>, { safe = true, timeoutMs = 5000 } = {}) {
      const context = openCall({ timeoutMs });
      try {
        return await resilience.run(attempt, { safe, context });
      } finally {
        context.close();
      }
    },
    /** Fails as often as it takes until the circuit is open. */
    async open() {
      const dead = flaky(Number.POSITIVE_INFINITY);
      for (let call = 0; call < 10; call += 1) {
        await assert.rejects(this.run(dead.attempt, { safe: false }), { message: "down" });
      }
    },
  };
}

describe("retries", () => {
  test("repeat what changes nothing, twice at most", async () => {
    const service = subject();
    const twice = flaky(2);
    assert.equal(await service.run(twice.attempt), "answer");
    const often = flaky(9);
    await assert.rejects(service.run(often.attempt), { code: "unavailable" });
    assert.equal(often.attempts, 3);
  });

  test("do not repeat what changes something and may have arrived", async () => {
    const service = subject();
    const once = flaky(1);
    await assert.rejects(service.run(once.attempt, { safe: false }), { code: "unavailable" });
    assert.equal(once.attempts, 1);
  });

  test("repeat anything that cannot have arrived", async () => {
    const service = subject();
    const refused = flaky(1, new Problem("unavailable", "refused", { sent: false }));
    assert.equal(await service.run(refused.attempt, { safe: false }), "answer");
  });

  test("do not repeat what the service has answered", async () => {
    for (const code of [
      "invalid_argument",
      "internal",
      "resource_exhausted",
      "conflict",
    ] as const) {
      const service = subject();
      const answered = flaky(1, new Problem(code, "no"));
      await assert.rejects(service.run(answered.attempt), { code });
      assert.equal(answered.attempts, 1, code);
    }
  });

  test("do not begin a wait that the deadline would end", async () => {
    const service = subject();
    const dead = flaky(9);
    await assert.rejects(service.run(dead.attempt, { timeoutMs: 40 }), { code: "unavailable" });
    assert.equal(dead.attempts, 1);
  });
});

describe("the circuit", () => {
  beforeEach(() => mock.timers.enable({ apis: ["Date"], now: Date.now() }));
  afterEach(() => mock.timers.reset());

  test("opens after ten failures, stops calls, and closes when one goes well", async () => {
    const service = subject();
    await service.open();
    const asked = flaky(0);
    const stopped = { message: "sample has stopped answering", retryAfter: 1 };
    await assert.rejects(service.run(asked.attempt), stopped);
    assert.equal(asked.attempts, 0);

    mock.timers.tick(RESET_MS);
    assert.equal(await service.run(flaky(0).attempt), "answer");
    assert.equal(await service.run(flaky(0).attempt), "answer");
  });

  test("stays open when the one call that is let through fails", async () => {
    const service = subject();
    await service.open();
    mock.timers.tick(RESET_MS);
    const dead = flaky(2);
    await assert.rejects(service.run(dead.attempt, { safe: false }), { message: "down" });
    await assert.rejects(service.run(dead.attempt, { safe: false }), /has stopped answering/);
  });

  test("opens on a service that hangs, however many calls are refused for want of room", async () => {
    const service = subject(2);
    const hung = async () => {
      await sleep(5);
      throw new Problem("deadline_exceeded", "no answer");
    };
    for (let round = 0; round < 6; round += 1) {
      const calls = Array.from({ length: 20 }, () => service.run(hung));
      for (const { status } of await Promise.allSettled(calls)) assert.equal(status, "rejected");
    }
    await assert.rejects(service.run(flaky(0).attempt), /has stopped answering/);
  });

  const silent = [
    ["refuses most calls", new Problem("resource_exhausted", "full")],
    ["is left by most clients", new Problem("unavailable", "left", { status: 499 })],
    ["is asked when no time is left", new Problem("deadline_exceeded", "late", { sent: false })],
  ] as const;
  for (const [what, problem] of silent) {
    test(`opens on a service that hangs and ${what}`, async () => {
      const service = subject();
      for (let call = 0; call < 50; call += 1) {
        const outcome = call % 5 === 0 ? new Problem("deadline_exceeded", "no answer") : problem;
        await assert.rejects(service.run(async () => Promise.reject(outcome)));
      }
      await assert.rejects(service.run(flaky(0).attempt), /has stopped answering/);
    });

    test(`is not closed by a call that ends so: ${what}`, async () => {
      const service = subject();
      await service.open();
      mock.timers.tick(RESET_MS);
      await assert.rejects(service.run(async () => Promise.reject(problem), { safe: false }));
      await assert.rejects(service.run(flaky(0).attempt), /has stopped answering/);
    });
  }

  test("while one call is let through, the others are refused at once", async () => {
    const service = subject();
    await service.open();
    mock.timers.tick(RESET_MS);
    const gate = Promise.withResolvers<void>();
    const trial = service.run(() => gate.promise);
    await assert.rejects(service.run(flaky(0).attempt), /has stopped answering/);
    gate.resolve();
    await trial;
    assert.equal(await service.run(flaky(0).attempt), "answer");
  });

  for (const when of ["while one is let through to try", "after the trial went well"]) {
    test(`is not opened by calls from before that fail ${when}`, async () => {
      const service = subject();
      const gate = Promise.withResolvers<never>();
      const old = Array.from({ length: 40 }, () =>
        service.run(() => gate.promise, { safe: false }),
      );
      await service.open();
      mock.timers.tick(RESET_MS);
      const answer = Promise.withResolvers<void>();
      const trial = service.run(() => answer.promise);
      if (when.startsWith("after")) {
        answer.resolve();
        await trial;
      }
      gate.reject(new Problem("deadline_exceeded", "no answer"));
      for (const { status } of await Promise.allSettled(old)) assert.equal(status, "rejected");
      answer.resolve();
      await trial;
      assert.equal(await service.run(flaky(0).attempt), "answer");
    });
  }

  test("is not opened by bad inputs, broken handlers or clients that leave", async () => {
    const service = subject();
    const problems = [
      new Problem("invalid_argument", "bad"),
      new Problem("internal", "broken"),
      new Problem("unavailable", "left", { status: 499 }),
    ];
    for (const problem of problems) {
      for (let call = 0; call < 20; call += 1) {
        await assert.rejects(
          service.run(async () => Promise.reject(problem)),
          problem,
        );
      }
    }
    assert.equal(await service.run(flaky(0).attempt), "answer");
  });
});

test("one call more than the limit is refused at once", async () => {
  const service = subject(2);
  const gate = Promise.withResolvers<void>();
  const waiting = [service.run(() => gate.promise), service.run(() => gate.promise)];
  const refusal = { code: "resource_exhausted", retryAfter: 1 };
  await assert.rejects(service.run(flaky(0).attempt), refusal);
  gate.resolve();
  await Promise.all(waiting);
  assert.equal(await service.run(flaky(0).attempt), "answer");
});
