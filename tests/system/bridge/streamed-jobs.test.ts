/** Jobs whose operation answers in parts: each part is a step that its readers follow. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { BridgeOptions, Job } from "../support/bridge.ts";
import { problemOf } from "../support/client.ts";
import { assertWhole, partsOf, runsOf } from "../support/parts.ts";
import { Stream, type StreamEvent } from "../support/stream.ts";
import { startTelling, type Tell } from "../support/telling.ts";
import { transports } from "../support/transports.ts";

const MIB = 1024 * 1024;
/** What a job of thousands of parts may take, on a machine that does other things. */
const JOB_MS = 60_000;

interface Follow {
  /** The id of the last event that came. */
  readonly after?: string | undefined;
  /** Parts after which the client leaves. */
  readonly most?: number;
}

for (const transport of transports) {
  const start = async (context: TestContext, options: BridgeOptions = {}) => {
    const { bridge, system, ask } = await startTelling(context, transport, options);
    const job = async (what: Tell, key = crypto.randomUUID()) => {
      const headers = { prefer: "respond-async", "idempotency-key": key };
      const response = await ask(what, { headers });
      assert.equal(response.status, 202, response.ok ? "" : await response.text());
      return (await response.json()) as Job;
    };
    /** The events of a job up to its end, or to so many parts; the connection may be lost. */
    const follow = async (id: string, { after, most = Infinity }: Follow = {}) => {
      const stream = await Stream.open(system.url(), [`jobs.${id}`], after);
      const isEnough = (events: readonly StreamEvent[]) =>
        partsOf(events).length >= most || events.some(({ data }) => "finished" in Object(data));
      await stream.shows(`${most} parts of a job, or its end`, isEnough, { within: JOB_MS });
      stream.close();
      return stream.events.slice(0);
    };
    return { bridge, system, ask, job, follow };
  };

  test(`jobs with parts over ${transport.name}`, async (context) => {
    const { bridge, ask, job, follow } = await start(context);

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
  });

  if (!transport.broker) continue;

  test(`losing a part of the way of jobs over ${transport.name}`, async (context) => {
    const replicas = { "echo-2": "echo" };
    const { bridge, system, job, follow } = await start(context, { replicas });
    system.start("echo-2");
    await bridge.ready("echo-2");

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
  });
}
