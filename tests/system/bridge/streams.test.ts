/** Answers in parts, from a Python generator to a client, over the transports that bring them. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { EventSourceParserStream } from "eventsource-parser/stream";
import waitFor from "p-wait-for";
import { Bridge, type BridgeOptions, type Job } from "../support/bridge.ts";
import { answerOf, type Json, post, problemOf } from "../support/client.ts";
import { assertWhole, partsOf, runsOf } from "../support/parts.ts";
import { Stream } from "../support/stream.ts";
import type { System } from "../support/system.ts";
import { transports } from "../support/transports.ts";

const MIB = 1024 * 1024;
/** What the sockets on the way may hold of an answer that nobody reads. */
const SOCKETS_BYTES = 32 * MIB;
/** Far below what the answers that are left would take. */
const ENDED_MS = 15_000;
/** What a job of thousands of parts may take, on a machine that does other things. */
const JOB_MS = 60_000;

interface Tell {
  readonly name: string;
  readonly words: number;
  readonly seconds?: number;
  readonly size?: number;
  readonly fails?: boolean;
}

interface Follow {
  /** The id of the last event that came. */
  readonly after?: string | undefined;
  /** Parts after which the client leaves. */
  readonly most?: number;
}

interface AnswerEvent {
  readonly id?: string;
  readonly event?: string;
  readonly data: { readonly [name: string]: Json };
}

for (const transport of transports) {
  const start = async (context: TestContext, options: BridgeOptions = {}) => {
    const bridge = await Bridge.start(context, transport, options);
    /** How many parts had been made of an answer when it ended. */
    const ended = async (name: string) => {
      await bridge.says("ended", name, ENDED_MS);
      return Number(bridge.lines("ended", name)[0]?.split(" ").at(-1));
    };
    const ask = (what: Tell, init: RequestInit = {}) =>
      post(
        bridge.url("tell"),
        { ...what },
        { ...init, headers: { accept: "text/event-stream", ...init.headers } },
      );
    const tell = async (what: Tell, init: RequestInit = {}) => eventsOf(await ask(what, init));
    const start = async (what: Tell, key = crypto.randomUUID()) => {
      const headers = { prefer: "respond-async", "idempotency-key": key };
      const response = await ask(what, { headers });
      assert.equal(response.status, 202, response.ok ? "" : await response.text());
      return (await response.json()) as Job;
    };
    /** The events of a job up to its end, or to so many parts; the connection may be lost. */
    const follow = async (id: string, { after, most = Infinity }: Follow = {}) => {
      const stream = await Stream.open(bridge.system.url(), [`jobs.${id}`], after);
      const isOver = () =>
        partsOf(stream.events).length >= most ||
        stream.events.some(({ data }) => "finished" in Object(data));
      await waitFor(isOver, { interval: 10, timeout: JOB_MS });
      stream.close();
      return stream.events.slice(0);
    };
    return { bridge, system: bridge.system, ask, tell, ended, start, follow };
  };

  test(`answers in parts over ${transport.name}`, async (context) => {
    const { bridge, system, ask, tell, ended, start: job, follow } = await start(context);

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

    await context.test(
      "a job gives its parts, and whoever comes back the rest of them",
      async () => {
        const { id, status } = await job({ name: "job", words: 2000 });
        assert.equal(status, "queued");
        const started = performance.now();
        const before = await follow(id, { most: 500 });
        const behind = before.slice(0, 700);
        const after = behind.at(-1)?.id;
        const rest = await follow(id, { after });
        const ms = Math.round(performance.now() - started);
        context.diagnostic(`a job of 2,000 parts, read in two pieces: ${ms} ms`);
        assertWhole([...behind, ...rest], 2000);
        const result = (await bridge.finished(id)).result as { readonly words: number };
        assert.equal(result.words, 2000);
        // Also when it is over, behind the same event and from the beginning.
        const again = await follow(id, { after });
        assert.deepEqual(
          again.map((event) => [event.id, event.data]),
          rest.map((event) => [event.id, event.data]),
        );
        assertWhole(await follow(id), 2000);
      },
    );

    await context.test(
      "a job keeps parts up to its limit, and says that some are missing",
      async () => {
        const size = 256 * 1024;
        // More than a gateway keeps, and less than a broker is given of a job.
        const words = 50;
        const { id } = await job({ name: "large", words, size });
        await bridge.finished(id);
        const events = await follow(id);
        const gap = events.findIndex(({ channel }) => channel === "stream.gap");
        assert.deepEqual(events[gap]?.data, { job: id });
        const numbers = partsOf(events);
        assert.ok(
          numbers.length > 5 && numbers.length * size <= 4 * MIB,
          `${numbers.length} parts`,
        );
        const first = words + 1 - numbers.length;
        assert.deepEqual(
          numbers,
          numbers.map((_, n) => first + n),
        );
      },
    );

    await context.test("a problem behind the parts of a job is its end", async () => {
      const { id } = await job({ name: "failed", words: 2, fails: true });
      const events = await follow(id);
      assert.deepEqual(partsOf(events), [1, 2]);
      assert.equal(Object(events.at(-1)?.data).status, "failed");
      assert.equal((await bridge.finished(id)).problem?.code, "resource_exhausted");
      assert.equal(bridge.lines("begun", "failed").length, 1);
    });

    await context.test("one key is one job", async () => {
      const key = crypto.randomUUID();
      const what = { name: "keyed", words: 3, seconds: 0.1 };
      const jobs = await Promise.all([job(what, key), job(what, key)]);
      assert.equal(jobs[0]?.id, jobs[1]?.id);
      assertWhole(await follow(jobs[0]?.id ?? ""), 3);
      assert.equal((await job(what, key)).id, jobs[0]?.id);
      const headers = { prefer: "respond-async", "idempotency-key": key };
      await problemOf(await ask({ ...what, words: 4 }, { headers }), 409, "conflict");
      assert.equal(bridge.lines("begun", "keyed").length, 1);
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
    const { bridge, system, tell } = await start(context, {
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
    // What is tried is not how much it takes at once.
    const env = { EVENT_LOOP_DELAY_MS: "0" };
    const {
      bridge,
      system,
      tell,
      ended,
      start: job,
      follow,
    } = await start(context, {
      ...{ replicas, env },
    });
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

    await context.test("a job whose service is killed runs again, and says so", async () => {
      const { id } = await job({ name: "again", words: 60, seconds: 0.1 });
      const first = await follow(id, { most: 5 });
      const after = first.at(-1)?.id;
      const both = ["echo", "echo-2"];
      // At once: the other one would take it over, and run it before it is killed, too.
      for (const name of both) system.process(name).killAll();
      for (const name of both) {
        await system.process(name).end(5000);
        system.start(name);
      }
      const rest = await follow(id, { after });
      // Perhaps more than once: who comes back may be given work that another one has begun by then.
      const runs = runsOf([...first, ...rest]);
      assert.ok(runs.length > 1, "nobody was told that it runs again");
      for (const run of runs) {
        const parts = partsOf(run);
        assert.deepEqual(
          parts,
          parts.map((_, n) => n + 1),
        );
      }
      assertWhole(runs.at(-1) ?? [], 60);
      assert.ok(bridge.lines("begun", "again").length >= 2);
      await bridge.ready("echo", "echo-2");
    });

    await context.test("a job outlives the gateway, and its reader goes on there", async () => {
      const { id } = await job({ name: "outlives", words: 100, seconds: 0.05 });
      const first = await follow(id, { most: 10 });
      system.process("gateway").killAll();
      await system.process("gateway").end(5000);
      system.start("gateway");
      await system.answers("gateway", "/readyz");
      const rest = await follow(id, { after: first.at(-1)?.id });
      assertWhole([...first, ...rest], 100);
      assert.equal(bridge.lines("begun", "outlives").length, 1);
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

async function* eventsOf(response: Response): AsyncGenerator<AnswerEvent, void, undefined> {
  assert.equal(response.status, 200, response.ok ? "" : await response.text());
  const body = response.body ?? assert.fail("no body");
  const decoded = body.pipeThrough(new TextDecoderStream());
  for await (const { id, event, data } of decoded.pipeThrough(new EventSourceParserStream())) {
    yield { ...(id && { id }), ...(event && { event }), data: JSON.parse(data) };
  }
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
