/** Answers in parts, from a Python generator to a client, over the transports that bring them. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { answerOf, post } from "../support/client.ts";
import type { System } from "../support/system.ts";
import { eventsOf, startTelling } from "../support/telling.ts";
import { transports } from "../support/transports.ts";

const MIB = 1024 * 1024;
/** What the sockets on the way may hold of an answer that nobody reads. */
const SOCKETS_BYTES = 32 * MIB;

for (const transport of transports) {
  test(`answers in parts over ${transport.name}`, async (context) => {
    const { bridge, system, ask, tell, ended } = await startTelling(context, transport);

    await context.test("in order, none lost or doubled, the output last", async () => {
      const events = await Array.fromAsync(await tell({ name: "many", words: 20_000 }));
      const end = events.pop();
      assert.deepEqual([end?.event, end?.id, end?.data.words], ["end", "20001", 20_000]);
      assert.ok(events.every(({ event, data }, n) => event === "part" && data.number === n));
      assert.equal(events.length, 20_000);
    });

    await context.test("an output without fields needs none", async () => {
      const url = bridge.url("count");
      const answer = await post(url, { to: 2 }, { headers: { accept: "text/event-stream" } });
      const events = await Array.fromAsync(eventsOf(answer));
      const data = events.map((event) => event.data);
      assert.deepEqual(data, [{ number: 0 }, { number: 1 }, {}]);
      const gathered = await post(url, { to: 2 });
      const parts = [{ number: 0 }, { number: 1 }];
      assert.deepEqual(await gathered.json(), { parts, output: {} });
    });

    await context.test("the first part is there before the second is made", async () => {
      const started = performance.now();
      const events = await tell({ name: "first", words: 3, seconds: 60 });
      await events.next();
      const ms = performance.now() - started;
      context.diagnostic(`time to the first part: ${Math.round(ms)} ms`);
      await events.return();
      assert.equal(await ended("first"), 1);
    });

    await context.test("a client that leaves closes the generator", async () => {
      const events = await tell({ name: "left", words: 10_000, seconds: 0.05 });
      await events.next();
      const left = performance.now();
      await events.return();
      const made = await ended("left");
      assert.ok(made < 10_000, "it came to its end");
      context.diagnostic(`closed after ${Math.round(performance.now() - left)} ms`);
    });

    await context.test(
      "a client that reads nothing stops the generator, not the memory",
      async () => {
        const size = 128 * 1024;
        const words = 4000;
        const before = [memory(system, "gateway"), memory(system, "echo")];
        const response = await ask({ name: "slow", words, size });
        await sleep(4000);
        const after = [memory(system, "gateway"), memory(system, "echo")];
        const grown = after.map((bytes, n) => bytes - (before[n] ?? 0));
        context.diagnostic(`grown by ${grown.map((bytes) => (bytes / MIB).toFixed(1))} MiB`);
        for (const bytes of grown) assert.ok(bytes < 64 * MIB, `grown by ${bytes / MIB} MiB`);
        await response.body?.cancel();
        const made = (await ended("slow")) * size;
        context.diagnostic(`${made / MIB} MiB of ${(words * size) / MIB} MiB were made`);
        assert.ok(made < SOCKETS_BYTES, `${made / MIB} MiB were made`);
      },
    );

    await context.test("a problem behind parts arrives behind them", async () => {
      const events = await Array.fromAsync(await tell({ name: "fails", words: 2, fails: true }));
      const names = events.map(({ event }) => event);
      assert.deepEqual(names, ["part", "part", "problem"]);
      const shown = { code: "resource_exhausted", detail: "no more words", retry_after: 7 };
      assert.partialDeepStrictEqual(events.at(-1)?.data, shown);
      assert.match(String(events.at(-1)?.data.trace_id), /^[0-9a-f]{32}$/);
    });

    await context.test("clients that left are no failure of the service", () => {
      assert.doesNotMatch(system.process("echo").output, /Exception in ASGI|Traceback/);
    });

    await context.test("the same key runs once and is given the same", async () => {
      const headers = { "idempotency-key": crypto.randomUUID() };
      const what = { name: "once", words: 5, seconds: 0.1 };
      const asked = [0, 1].map(async () => Array.fromAsync(await tell(what, { headers })));
      const [first, second] = await Promise.all(asked);
      const third = await Array.fromAsync(await tell(what, { headers }));
      assert.equal(first?.length, 6);
      assert.deepEqual(second, first);
      assert.deepEqual(third, first);
      assert.equal(bridge.lines("begun", "once").length, 1);
    });

    await context.test("what answers once does so as ever", async () => {
      assert.deepEqual(await answerOf(await post(bridge.url("ping"), {})), {});
    });

    await context.test(
      "a service that is killed is a problem, and the next answer whole",
      async () => {
        const events = await tell({ name: "killed", words: 100, seconds: 0.1 });
        await events.next();
        system.process("echo").killAll();
        const rest = await Array.fromAsync(events);
        const { event, data } = rest.at(-1) ?? assert.fail("the answer ended in silence");
        assert.deepEqual([event, data.code], ["problem", "unavailable"]);
        await system.process("echo").end(5000);
        system.start("echo");
        await bridge.ready();
        const whole = await Array.fromAsync(await tell({ name: "again", words: 2 }));
        assert.equal(whole.at(-1)?.event, "end");
      },
    );
  });

  test(`stopping in the middle of answers over ${transport.name}`, async (context) => {
    const { bridge, system, tell } = await startTelling(context, transport, {
      envOf: { echo: { SHUTDOWN_SECONDS: "6" }, gateway: { SHUTDOWN_GRACE_MS: "8000" } },
    });

    for (const name of ["echo", "gateway"]) {
      await context.test(
        `SIGTERM to ${name}: what is short ends, the rest comes back`,
        async () => {
          const [short, long] = await Promise.all([
            tell({ name: `short-${name}`, words: 5, seconds: 0.2 }),
            tell({ name: `long-${name}`, words: 1000, seconds: 0.2 }),
          ]);
          await Promise.all([short.next(), long.next()]);
          const ending = system.terminate(name);
          const [whole, cut] = await Promise.all([Array.fromAsync(short), Array.fromAsync(long)]);
          assert.equal(whole.at(-1)?.event, "end");
          const { event, data } = cut.at(-1) ?? assert.fail("the answer ended in silence");
          assert.deepEqual([event, data.code], ["problem", "unavailable"]);
          assert.ok(Number(data.retry_after) > 0);
          assert.equal((await ending).code, 0, system.process(name).output);
          system.start(name);
          await bridge.ready(name, "gateway");
        },
      );
    }
  });

  if (!transport.broker) continue;

  test(`losing a part of the way over ${transport.name}`, async (context) => {
    const replicas = { "echo-2": "echo" };
    const { bridge, system, tell, ended } = await startTelling(context, transport, { replicas });
    const broker = bridge.broker ?? assert.fail("there is no broker");
    system.start("echo-2");
    await bridge.ready("echo-2");

    await context.test("two processes of the service, each with its own readers", async () => {
      const asked = Array.from({ length: 20 }, async (_, n) =>
        Array.fromAsync(await tell({ name: `shared-${n}`, words: 200, seconds: 0.005 })),
      );
      const processes = new Set<unknown>();
      for (const events of await Promise.all(asked)) {
        const end = events.pop();
        assert.equal(end?.event, "end");
        processes.add(end.data.process);
        assert.deepEqual(
          events.map(({ data }) => data.number),
          Array.from({ length: 200 }, (_, n) => n),
        );
      }
      assert.equal(processes.size, 2);
    });

    await context.test(
      "a part that takes long is not taken for a service that is gone",
      async () => {
        const events = await Array.fromAsync(await tell({ name: "long", words: 1, seconds: 13 }));
        assert.deepEqual(
          events.map(({ event }) => event),
          ["part", "end"],
        );
      },
    );

    await context.test("a gateway that is killed closes the generator", async () => {
      const events = await tell({ name: "orphan", words: 1_000_000, seconds: 0.05 });
      await events.next();
      const killed = performance.now();
      system.process("gateway").killAll();
      await assert.rejects(Array.fromAsync(events));
      await ended("orphan");
      context.diagnostic(`closed after ${Math.round(performance.now() - killed)} ms`);
      await system.process("gateway").end(5000);
      system.start("gateway");
      await system.answers("gateway", "/readyz");
    });

    await context.test("a broker that is gone is a problem, never a part too few", async () => {
      const events = await tell({ name: "restart", words: 1_000_000, seconds: 0.01 });
      for (let read = 0; read < 100; read += 1) await events.next();
      const lost = performance.now();
      const [rest] = await Promise.all([Array.fromAsync(events), broker.stop()]);
      context.diagnostic(`known after ${Math.round(performance.now() - lost)} ms`);
      const { event, data } = rest.pop() ?? assert.fail("the answer ended in silence");
      assert.deepEqual([event, data.code], ["problem", "unavailable"]);
      assert.ok(rest.every((part, n) => part.event === "part" && part.data.number === n + 100));
      await ended("restart");
      await broker.start();
      await bridge.ready("echo", "echo-2", "gateway");
      const whole = await Array.fromAsync(await tell({ name: "whole", words: 200 }));
      assert.equal(whole.at(-1)?.event, "end");
    });
  });
}

/** Resident bytes of a component. */
function memory(system: System, name: string): number {
  const pids = [
    system.process(name).pid,
    ...system
      .process(name)
      .descendants()
      .map((line) => Number.parseInt(line, 10)),
  ];
  const kib = pids.map((pid) => {
    const status = existsSync(`/proc/${pid}/status`)
      ? readFileSync(`/proc/${pid}/status`, "utf8")
      : "";
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
  });
  return Math.max(...kib) * 1024;
}
