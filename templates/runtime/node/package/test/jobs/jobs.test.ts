import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { Problem } from "../../src/calls/problem.ts";
import type { ChannelEvent, Subscription } from "../../src/events/hub.ts";
import { type Job, JobBoard } from "../../src/jobs/board.ts";
import { Metrics } from "../../src/observability/metrics.ts";
import { until } from "../../testing/local.ts";
import { openSample } from "../../testing/sample.ts";
import { eventually, reaches } from "../../testing/serve.ts";

test("a job is reported until it has succeeded", async (t) => {
  const { service, gateway } = openSample(t);
  const release = service.hold();

  const job = await gateway.jobs.start("sample", "read", { word: "job" });
  assert.match(job.id, /^[0-9a-f-]{36}$/);
  assert.equal(job.status, "queued");
  const subscription = gateway.hub.subscribe({ channels: [`jobs.${job.id}`] });
  release();

  const reported: unknown[] = [];
  for await (const { data } of subscription) {
    const { status } = data as { status: string };
    reported.push(status);
    if (status === "succeeded") break;
  }
  subscription.close();
  assert.deepEqual(reported, ["running", "succeeded"]);
  const done = await gateway.jobs.get(job.id);
  assert.deepEqual(done.result, { word: "job", length: 3 });
  assert.ok(Date.parse(done.finished ?? "") >= Date.parse(done.created));
});

test("the channel of a job begins with how far it is, unless its client goes on", async (t) => {
  const { gateway } = openSample(t);
  const { id } = await gateway.jobs.start("sample", "read", { word: "job" });
  await reaches(t, gateway, id, "succeeded");
  const channels = [`jobs.${id}`];
  const next = async (subscription: Subscription): Promise<ChannelEvent> =>
    (await subscription[Symbol.asyncIterator]().next()).value;

  const late = await next(gateway.hub.subscribe({ channels }));
  assert.partialDeepStrictEqual(late.data, { id, status: "succeeded" });
  const added = gateway.hub.subscribe({ channels: [] });
  added.add(`jobs.${id}`);
  assert.deepEqual((await next(added)).data, late.data);

  const again = gateway.hub.subscribe({ channels, after: late.id });
  gateway.hub.publish(`jobs.${id}`, "later");
  assert.equal((await next(again)).data, "later");
  const strange = gateway.hub.subscribe({ channels, after: "other-1" });
  assert.equal((await next(strange)).channel, "stream.gap");
  assert.partialDeepStrictEqual(await next(strange), { channel: `jobs.${id}`, data: { id } });
});

test("a job fails with the problem that a call would have had", async (t) => {
  const { service, gateway } = openSample(t);
  service.answer = () => {
    throw new Problem("not_found", "no such word");
  };
  const { id } = await gateway.jobs.start("sample", "write", { word: "job" });
  const { problem } = await reaches(t, gateway, id, "failed");
  assert.partialDeepStrictEqual(problem, { code: "not_found", status: 404 });
});

test("a call is the same under its key, in whatever order its members come", async (t) => {
  const { gateway } = openSample(t);
  const start = (input: object) =>
    gateway.jobs.start("sample", "write", input, { idempotencyKey: "k" });
  const first = await start({ word: "job", count: 1 });
  const again = await start({ count: 1, word: "job" });
  assert.equal(again.id, first.id);
  await assert.rejects(start({ count: 2, word: "job" }), { code: "conflict" });
});

test("the same call under the same key is one job", async (t) => {
  const { service, gateway } = openSample(t);
  let calls = 0;
  service.answer = () => {
    calls += 1;
    return { word: "job", length: 3 };
  };
  const start = (word: string, idempotencyKey: string) =>
    gateway.jobs.start("sample", "read", { word }, { idempotencyKey });

  const first = await start("job", "one");
  assert.equal((await start("job", "one")).id, first.id);
  assert.notEqual((await start("job", "two")).id, first.id);
  await assert.rejects(start("other", "one"), { code: "conflict" });
  await eventually(t, () => assert.equal(calls, 2));
  assert.equal((await start("job", "one")).id, first.id);
  assert.equal(calls, 2);
});

test("what a call would refuse is refused at once", async (t) => {
  const { gateway } = openSample(t);
  const start = (name: string, input: unknown) => gateway.jobs.start("sample", name, input);
  await assert.rejects(start("read", {}), { code: "invalid_argument" });
  await assert.rejects(start("record", {}), { code: "not_found" });
});

test("a job waits for room, where a call would be refused", async (t) => {
  const { service, gateway } = openSample(t, { SERVICE_CONCURRENCY: "1" });
  const release = service.hold();
  const call = gateway.dispatch.callPublic("sample", "read", { word: "a" });
  const { id } = await gateway.jobs.start("sample", "read", { word: "a" });
  await sleep(50);
  await reaches(t, gateway, id, "running");
  release();
  await call;
  await reaches(t, gateway, id, "succeeded");
});

test("only so many run at once; the others are queued", async (t) => {
  const { service, gateway } = openSample(t, { JOB_CONCURRENCY: "2" });
  const release = service.hold();
  const jobs = await Promise.all(
    [1, 2, 3].map(() => gateway.jobs.start("sample", "read", { word: "a" })),
  );
  const become = (...expected: string[]) =>
    eventually(t, async () => {
      const found = await Promise.all(jobs.map(({ id }) => gateway.jobs.get(id)));
      assert.deepEqual(
        found.map(({ status }) => status),
        expected,
      );
    });
  await sleep(10);
  await become("running", "running", "queued");
  release();
  await become("succeeded", "succeeded", "succeeded");
});

test("at the limit finished jobs make room, unfinished ones do not", async (t) => {
  const { service, gateway } = openSample(t, { JOB_LIMIT: "2" });
  const first = await gateway.jobs.start("sample", "read", { word: "a" });
  await reaches(t, gateway, first.id, "succeeded");
  const release = service.hold();
  await gateway.jobs.start("sample", "read", { word: "a" });
  await gateway.jobs.start("sample", "read", { word: "a" });
  await assert.rejects(gateway.jobs.get(first.id), { code: "not_found" });
  await assert.rejects(gateway.jobs.start("sample", "read", { word: "a" }), {
    code: "resource_exhausted",
    retryAfter: 5,
  });
  release();
});

test("what is kept of jobs is bounded in bytes, whether it is to be done or was", async (t) => {
  const { service, gateway } = openSample(t, { JOB_BYTES: "1048576", JOB_CONCURRENCY: "100" });
  service.answer = () => ({ word: "x".repeat(400_000), length: 0 });
  const release = service.hold();
  const start = (input: object) => gateway.jobs.start("sample", "write", input);

  const large = { word: "a", note: "x".repeat(300_000) };
  const jobs = [await start(large), await start(large), await start(large)];
  await assert.rejects(start(large), { code: "resource_exhausted", retryAfter: 5 });
  release();
  // The oldest of the results make room for the others.
  await eventually(t, async () => {
    const [first, ...others] = jobs.map(({ id }) => gateway.jobs.get(id));
    await assert.rejects(async () => first, { code: "not_found" });
    for (const job of others) assert.equal((await job).status, "succeeded");
  });
  assert.equal((await start({ word: "small" })).status, "queued");
});

test("a finished job is kept for as long as documented", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.now() });
  const { gateway } = openSample(t, { JOB_KEEP_MS: "1000" });
  const { id } = await gateway.jobs.start("sample", "read", { word: "a" });
  while (!(await gateway.jobs.get(id)).finished) await turn();
  t.mock.timers.tick(999);
  assert.equal((await gateway.jobs.get(id)).status, "succeeded");
  t.mock.timers.tick(1);
  await assert.rejects(gateway.jobs.get(id), { code: "not_found" });
});

test("stopping lets running jobs finish, fails what waits, and takes no more", async (t) => {
  const { service, gateway } = openSample(t, { JOB_CONCURRENCY: "1" });
  const release = service.hold();
  const running = await gateway.jobs.start("sample", "read", { word: "a" });
  const queued = await gateway.jobs.start("sample", "read", { word: "a" });
  await reaches(t, gateway, running.id, "running");
  const closed = gateway.jobs.close(20_000);
  await assert.rejects(gateway.jobs.start("sample", "read", { word: "a" }), {
    code: "unavailable",
  });
  release();
  await closed;
  assert.equal((await gateway.jobs.get(running.id)).status, "succeeded");
  assert.equal((await gateway.jobs.get(queued.id)).problem?.code, "unavailable");
});

test("stopping waits no longer than it may", async (t) => {
  const { service, gateway } = openSample(t);
  service.answer = ({ context }) => until(context.signal);
  const { id } = await gateway.jobs.start("sample", "read", { word: "a" });
  await reaches(t, gateway, id, "running");
  await gateway.jobs.close(50);
  // Not that of its deadline, until which it would have gone on.
  assert.equal((await gateway.jobs.get(id)).problem?.code, "unavailable");
});

test("a job that ended too long ago is not under way, though its steps arrive one by one", () => {
  const hub = { publish: () => {}, beginJobsWith: () => {} };
  const options = { hub, metrics: new Metrics(), limit: 10, bytes: 1000, keepMs: 1000 };
  const board = new JobBoard(options);
  const created = new Date(Date.now() - 60_000).toISOString();
  const job = { id: "1", service: "sample", operation: "read", created };
  for (const status of ["queued", "running", "succeeded"] as const) {
    const step: Job = { ...job, status, ...(status === "succeeded" && { finished: created }) };
    board.put(step);
  }
  assert.equal(board.find("1"), undefined);
});
