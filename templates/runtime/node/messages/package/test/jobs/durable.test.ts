import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { Problem } from "../../src/calls/problem.ts";
import { Queue } from "../../src/events/subscriber.ts";
import { JobBoard } from "../../src/jobs/board.ts";
import {
  type DurableJobStore,
  type JobChange,
  type JobOrder,
  StoredJobs,
} from "../../src/jobs/durable.ts";
import { LocalService } from "../../testing/local.ts";
import { openGateway, sample } from "../../testing/sample.ts";
import { closing, reaches } from "../../testing/serve.ts";

/** A transport that keeps jobs, without a broker: what it keeps is shared by all who follow it. */
class Shelf implements DurableJobStore {
  readonly orders: JobOrder[] = [];
  readonly reported: JobChange[] = [];
  readonly #followers = new Set<Queue<JobChange>>();
  failing: Problem | undefined;
  /** Resolves when what happened before may be reported. */
  open: Promise<void> = Promise.resolve();

  async submit(order: JobOrder): Promise<void> {
    if (this.failing) throw this.failing;
    this.orders.push(order);
    this.report(order.change);
  }

  report(change: JobChange): void {
    this.reported.push(change);
    for (const follower of this.#followers) follower.push(change);
  }

  /** What the service reports of the order with this number. */
  step(number: number, step: Partial<JobChange>): void {
    const { change } = this.orders[number] ?? assert.fail("there is no such order");
    const { id, operation, created } = change;
    const time = new Date().toISOString();
    this.report({ id, operation, created, time, status: "running", ...step });
  }

  async *changes(signal: AbortSignal): AsyncIterable<JobChange> {
    await this.open;
    const queue = new Queue<JobChange>(1000);
    for (const change of this.reported) queue.push(change);
    this.#followers.add(queue);
    signal.addEventListener("abort", () => queue.end(), { once: true });
    if (signal.aborted) queue.end();
    yield* queue;
  }

  async catchUp(): Promise<void> {
    await this.open;
    await sleep(10);
  }
}

/** A gateway in front of a service whose transport keeps jobs. */
function openWith(shelf: Shelf) {
  const service = Object.assign(new LocalService(), { jobs: new StoredJobs(shelf) });
  return openGateway(service);
}

test("a job runs for who asked, and stays his at every gateway, whatever its steps say", async (t) => {
  const shelf = new Shelf();
  const [first, second] = [closing(t, openWith(shelf)), closing(t, openWith(shelf))];
  const [ann, bob] = ["ann", "bob"].map((subject) => ({ subject, scopes: [], claims: {} }));
  const { id } = await first.jobs.start("sample", "read", { word: "job" }, { caller: ann });
  assert.equal(shelf.orders[0]?.caller, ann);
  const isHis = async () => {
    for (const { jobs } of [first, second]) {
      assert.equal((await jobs.get(id, ann)).id, id);
      await assert.rejects(jobs.get(id, bob), { code: "not_found" });
      await assert.rejects(jobs.get(id), { code: "not_found" });
    }
  };
  await isHis();
  shelf.step(0, { status: "running" });
  shelf.step(0, { status: "succeeded", subject: "bob", result: { word: "job", length: 3 } });
  await sleep(10);
  await isHis();
  assert.equal((await second.jobs.get(id, ann)).status, "succeeded");
  // Who learns of it by a later step learns whose it is.
  shelf.report({ ...shelf.reported[0], id: "7", status: "running", subject: "ann" } as JobChange);
  await sleep(10);
  await assert.rejects(second.jobs.get("7", bob), { code: "not_found" });
  assert.equal((await second.jobs.get("7", ann)).status, "running");
});

test("a job goes to the transport, and its end is seen by every gateway", async (t) => {
  const shelf = new Shelf();
  const [first, second] = [closing(t, openWith(shelf)), closing(t, openWith(shelf))];
  const job = await first.jobs.start("sample", "read", { word: "job" });
  const [order] = shelf.orders;
  assert.deepEqual(order?.input, { word: "job" });
  assert.equal(order?.change.id, job.id);

  shelf.step(0, { status: "running" });
  await reaches(t, second, job.id, "running");
  shelf.step(0, { status: "succeeded", result: { word: "job", length: 3, more: true } });
  for (const gateway of [first, second]) {
    const done = await reaches(t, gateway, job.id, "succeeded");
    assert.deepEqual(done.result, { word: "job", length: 3 });
    assert.ok(done.finished);
  }
});

test("jobs outlive the gateway that took them", async (t) => {
  const shelf = new Shelf();
  const before = openWith(shelf);
  const key = { idempotencyKey: "one" };
  const job = await before.jobs.start("sample", "write", { word: "job" }, key);
  await before[Symbol.asyncDispose]();
  shelf.step(0, { status: "succeeded", result: { word: "job", length: 3 } });

  const opening = Promise.withResolvers<void>();
  shelf.open = opening.promise;
  const after = closing(t, openWith(shelf));
  await assert.rejects(after.jobs.get(job.id), { code: "unavailable", retryAfter: 1 });
  const asked = [job.id, job.id].map((id) => after.jobs.get(id));
  opening.resolve();
  for (const { status } of await Promise.all(asked)) assert.equal(status, "succeeded");
  assert.equal((await after.jobs.get(job.id)).status, "succeeded");
  await assert.rejects(after.jobs.get("another"), { code: "not_found" });
  assert.equal((await after.jobs.start("sample", "write", { word: "job" }, key)).id, job.id);
  await assert.rejects(after.jobs.start("sample", "write", { word: "other" }, key), {
    code: "conflict",
  });
  assert.equal(shelf.orders.length, 1);
});

test("steps that come twice or late change nothing", async (t) => {
  const shelf = new Shelf();
  const gateway = closing(t, openWith(shelf));
  const { id } = await gateway.jobs.start("sample", "read", { word: "job" });
  const subscription = gateway.hub.subscribe({ channels: [`jobs.${id}`] });
  shelf.step(0, { status: "running" });
  shelf.step(0, { status: "running" });
  shelf.step(0, { status: "succeeded", result: { word: "first", length: 5 } });
  shelf.step(0, { status: "failed", problem: new Problem("internal", "late").body() });
  shelf.step(0, { status: "running" });
  const behind = await gateway.jobs.start("sample", "read", { word: "job" });
  shelf.step(1, { status: "running" });
  await reaches(t, gateway, behind.id, "running");
  subscription.remove(`jobs.${id}`);
  const reported: unknown[] = [];
  for await (const { data } of subscription) {
    reported.push((data as { status: string }).status);
    if (reported.length === 3) break;
  }
  assert.deepEqual(reported, ["queued", "running", "succeeded"]);
  assert.partialDeepStrictEqual((await gateway.jobs.get(id)).result, { word: "first" });
});

test("a job that the transport does not take is none", async (t) => {
  const shelf = new Shelf();
  const gateway = closing(t, openWith(shelf));
  shelf.failing = new Problem("unavailable", "no broker", { sent: false });
  const key = { idempotencyKey: "one" };
  await assert.rejects(gateway.jobs.start("sample", "write", { word: "a" }, key), {
    code: "unavailable",
  });
  shelf.failing = undefined;
  const job = await gateway.jobs.start("sample", "write", { word: "a" }, key);
  assert.equal(shelf.orders[0]?.change.id, job.id);
});

test("a problem is worded as that of a call would be", async (t) => {
  const shelf = new Shelf();
  const gateway = closing(t, openWith(shelf));
  const { id } = await gateway.jobs.start("sample", "read", { word: "job" });
  const reported = new Problem("not_found", "no such word").body("7".repeat(32));
  shelf.step(0, { status: "failed", problem: { ...reported, title: "Nowhere", status: 418 } });
  assert.deepEqual((await reaches(t, gateway, id, "failed")).problem, reported);
});

test("an answer that is not what the contract says fails the job", async (t) => {
  const shelf = new Shelf();
  const gateway = closing(t, openWith(shelf));
  const { id } = await gateway.jobs.start("sample", "read", { word: "job" });
  shelf.step(0, { status: "succeeded", result: { length: "three" } });
  assert.equal((await reaches(t, gateway, id, "failed")).problem?.code, "internal");
});

test("parts that are not what the contract says are an error once of each run", async (t) => {
  const shelf = new Shelf();
  const { dispatch, hub, metrics, jobs } = closing(t, openWith(shelf));
  const error = t.mock.fn();
  const take = t.mock.fn(() => assert.fail("no such part"));
  const followed = new StoredJobs(shelf).open({
    ...{ contract: sample, dispatch },
    board: new JobBoard({ hub, metrics, limit: 10, bytes: 1000, keepMs: 1000 }),
    parts: { hub, take, put: () => {}, begin: () => assert.fail("no service runs it") },
    log: Object.assign(pino({ level: "silent" }), { error }),
  });
  t.after(() => followed.close());
  await jobs.start("sample", "read", { word: "job" });
  for (const run of ["a", "b"]) {
    for (const number of [1, 2, 3]) shelf.step(0, { step: { run, number, part: "wrong" } });
  }
  while (take.mock.callCount() < 6) await sleep(1);
  assert.equal(error.mock.callCount(), 2);
});
