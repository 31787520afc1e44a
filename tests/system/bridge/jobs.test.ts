/** Jobs: accepted at once, done once, told of to the end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Bridge } from "../support/bridge.ts";
import { answerOf, post, problemOf } from "../support/client.ts";
import { Stream } from "../support/stream.ts";
import { transports } from "../support/transports.ts";

const JOBS = 40;

for (const transport of transports) {
  test(`jobs over ${transport.name}`, async (context) => {
    const bridge = await Bridge.start(context, transport);
    const unique = (name: string) => `${name}-${crypto.randomUUID()}`;

    await context.test("are accepted at once and done later", async () => {
      const name = unique("slow");
      const { id, status } = await bridge.startJob({ name, seconds: 1 });
      assert.equal(status, "queued");
      assert.equal(bridge.count("done", name), 0);
      const job = await bridge.finished(id);
      assert.equal(job.status, "succeeded");
      assert.ok((job.result as { process: number }).process > 0);
      assert.equal(bridge.count("done", name), 1);
    });

    await context.test("tell each step on their own channel", async () => {
      const { id } = await bridge.startJob({ name: unique("told"), seconds: 1 });
      const stream = await Stream.open(bridge.system.url(), [`jobs.${id}`]);
      await bridge.finished(id);
      const steps = () => stream.events.map(({ data }) => (data as { status: string }).status);
      await stream.until(2);
      stream.close();
      assert.equal(steps().at(-1), "succeeded");
      assert.ok(
        steps()
          .slice(0, -1)
          .every((step) => step === "queued" || step === "running"),
      );
    });

    await context.test("are one under one key, and a conflict with another", async () => {
      const name = unique("keyed");
      const headers = { "idempotency-key": crypto.randomUUID() };
      const [first, second] = await Promise.all([
        bridge.startJob({ name }, headers),
        bridge.startJob({ name }, headers),
      ]);
      assert.equal(first.id, second.id);
      await bridge.finished(first.id);
      assert.equal((await bridge.startJob({ name }, headers)).id, first.id);
      const init = { headers: { prefer: "respond-async", ...headers } };
      await problemOf(await bridge.work({ name: unique("other") }, init), 409, "conflict");
      assert.equal(bridge.count("begun", name), 1);
    });

    await context.test("that cannot succeed fail with their problem", async () => {
      const { id } = await bridge.startJob({ name: unique("wrong"), fails: "not_found" });
      const { status, problem } = await bridge.finished(id);
      assert.deepEqual([status, problem?.code], ["failed", "not_found"]);
    });

    await context.test("are refused at once when their input is not valid", async () => {
      const init = { headers: { prefer: "respond-async" } };
      const response = await post(bridge.url("work"), { name: 1 }, init);
      await problemOf(response, 400, "invalid_argument");
    });

    await context.test("may be of any operation", async () => {
      const response = await post(bridge.url("ping"), {}, { headers: { prefer: "respond-async" } });
      assert.equal(response.status, 202);
      const { id } = (await response.json()) as { id: string };
      assert.equal((await bridge.finished(id)).status, "succeeded");
    });

    await context.test(`are all done, each once: ${JOBS} at once, with calls between`, async () => {
      const names = Array.from({ length: JOBS }, (_, index) => unique(`many-${index}`));
      const jobs = await Promise.all(names.map((name) => bridge.startJob({ name, seconds: 0.1 })));
      await answerOf(await bridge.work({ name: unique("between") }));
      for (const { id } of jobs) assert.equal((await bridge.finished(id)).status, "succeeded");
      assert.deepEqual(
        names.map((name) => bridge.count("done", name)),
        names.map(() => 1),
      );
    });

    await context.test("long ones hold up no call", async () => {
      const names = Array.from({ length: 8 }, (_, index) => unique(`long-${index}`));
      const jobs = await Promise.all(names.map((name) => bridge.startJob({ name, seconds: 2 })));
      await answerOf(await bridge.work({ name: unique("quick") }));
      assert.ok(names.some((name) => bridge.count("done", name) === 0));
      for (const { id } of jobs) assert.equal((await bridge.finished(id)).status, "succeeded");
    });
  });
}
