import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Subscription } from "../../../src/events/hub.ts";
import type { Gateway } from "../../../src/server/gateway.ts";
import type { CallContext } from "../../../src/transports/client.ts";
import { type LocalService, until } from "../../../testing/local.ts";
import { closing } from "../../../testing/serve.ts";
import { connected, Shared, skip, Wire } from "./redis.ts";

/** An answer that waits for `open`. */
function gated() {
  const { promise, resolve } = Promise.withResolvers<void>();
  const answer = async () => {
    await promise;
    return { word: "job", length: 3 };
  };
  return { answer, open: resolve };
}

/** What a subscription receives of a job, up to its end. */
async function statusesOf(subscription: Subscription): Promise<unknown[]> {
  const reported: unknown[] = [];
  for await (const { data } of subscription) {
    const { status } = data as { status: string };
    reported.push(status);
    if (status === "succeeded" || status === "failed") break;
  }
  subscription.close();
  return reported;
}

async function finished({ jobs }: Gateway, id: string) {
  for (;;) {
    const job = await jobs.get(id);
    if (job.finished) return job;
    await sleep(10);
  }
}

/** The gateways, closed when the test is over. */
async function opened<T extends readonly AsyncDisposable[]>(t: TestContext, gateways: Promise<T>) {
  return (await gateways).map((gateway) => closing(t, gateway)) as unknown as T;
}

const [ann, bob] = ["ann", "bob"].map((subject) => ({ subject, scopes: ["a"], claims: { b: 1 } }));

const start = ({ jobs }: Gateway) => jobs.start("sample", "read", { word: "job" });

test("a job is known at every gateway, and its steps are reported at each once", {
  skip,
}, async (t) => {
  const shared = closing(t, new Shared());
  const { answer, open } = gated();
  const [first, second] = await opened(t, shared.pair({ answer }));

  const { id } = await start(first);
  assert.equal((await second.jobs.get(id)).id, id);
  const channels = [`jobs.${id}`];
  const reported = [first, second].map(({ hub }) => statusesOf(hub.subscribe({ channels })));
  while ((await second.jobs.get(id)).status !== "running") await sleep(10);
  open();

  for (const statuses of await Promise.all(reported)) {
    assert.deepEqual(statuses.slice(-2), ["running", "succeeded"]);
    assert.equal(new Set(statuses).size, statuses.length);
  }
  for (const { jobs } of [first, second]) {
    assert.deepEqual((await jobs.get(id)).result, { word: "job", length: 3 });
  }
  await assert.rejects(second.jobs.get("another"), { code: "not_found" });
});

test("a job is found at every gateway by who asked for it, and by nobody else", {
  skip,
}, async (t) => {
  const shared = closing(t, new Shared());
  const { answer, open } = gated();
  const [first, second] = await opened(t, shared.pair({ answer }));
  const { id } = await first.jobs.start("sample", "read", { word: "job" }, { caller: ann });
  const later = closing(t, shared.open());
  await connected(later);
  const channels = [`jobs.${id}`];
  const gateways = [first, second, later];
  const reported = gateways.map(({ hub }) => statusesOf(hub.subscribe({ channels, caller: ann })));
  for (const { jobs, hub } of gateways) {
    assert.equal((await jobs.get(id, ann)).id, id);
    for (const caller of [bob, undefined]) {
      await assert.rejects(jobs.get(id, caller), { code: "not_found" });
      assert.throws(() => hub.subscribe({ channels, caller }), { code: "not_found" });
    }
  }
  open();
  for (const statuses of await Promise.all(reported)) assert.equal(statuses.at(-1), "succeeded");
  for (const { jobs } of gateways) {
    assert.deepEqual((await jobs.get(id, ann)).result, { word: "job", length: 3 });
    await assert.rejects(jobs.get(id, bob), { code: "not_found" });
  }
});

test("a gateway that comes later knows what happened before", { skip }, async (t) => {
  const shared = closing(t, new Shared());
  const [first] = await opened(t, shared.pair());
  const { id } = await start(first);
  await finished(first, id);

  const later = closing(t, shared.open());
  await connected(later);
  assert.equal((await later.jobs.get(id)).status, "succeeded");
  const reported = await statusesOf(later.hub.subscribe({ channels: [`jobs.${id}`] }));
  assert.equal(reported.at(-1), "succeeded");
});

test("an idempotency key is the same at every gateway", { skip }, async (t) => {
  const shared = closing(t, new Shared());
  let calls = 0;
  const answer = () => {
    calls += 1;
    return { word: "job", length: 3 };
  };
  const gateways = await opened(t, shared.pair({ answer }));
  const write = (word: string) => async (gateway: Gateway) =>
    gateway.jobs.start("sample", "write", { word }, { idempotencyKey: "one" });

  const jobs = await Promise.all([...gateways, ...gateways, ...gateways].map(write("job")));

  assert.equal(new Set(jobs.map(({ id }) => id)).size, 1);
  for (const gateway of gateways) {
    await finished(gateway, jobs[0]?.id ?? "");
    await assert.rejects(write("other")(gateway), { code: "conflict" });
  }
  assert.equal(calls, 1);
});

test("the limit holds for all gateways together", { skip }, async (t) => {
  const shared = closing(t, new Shared());
  const { answer, open } = gated();
  const variables = { JOB_LIMIT: "2" };
  const [first, second] = await opened(t, shared.pair({ answer, variables }));
  const ids = [(await start(first)).id, (await start(second)).id];
  await assert.rejects(start(first), { code: "resource_exhausted", retryAfter: 5 });

  open();
  for (const id of ids) await finished(second, id);
  await finished(first, (await start(second)).id);
  const left = await Promise.allSettled(ids.map((id) => first.jobs.get(id)));
  assert.deepEqual(left.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
});

test("another gateway goes on with the jobs of one that is gone", { skip }, async (t) => {
  const shared = closing(t, new Shared());
  const wire = closing(t, await Wire.lay());
  const { answer, open } = gated();
  const lost = closing(t, shared.open({ answer, through: wire }));
  const contexts: CallContext[] = [];
  const [second, third] = await opened(
    t,
    shared.pair({
      answer: ({ context }) => {
        contexts.push(context);
        return { word: "job", length: 3 };
      },
    }),
  );
  await connected(lost);
  const { id } = await lost.jobs.start("sample", "read", { word: "job" }, { caller: ann });
  while ((await second.jobs.get(id, ann)).status !== "running") await sleep(10);
  const asked = { channels: [`jobs.${id}`], caller: ann };
  const reported = [second, third].map(({ hub }) => statusesOf(hub.subscribe(asked)));

  wire.cut();

  for (const statuses of await Promise.all(reported)) {
    assert.deepEqual(statuses.slice(-2), ["running", "succeeded"]);
    assert.equal(new Set(statuses).size, statuses.length);
  }
  // Under its own key: a service that has done it already answers the same.
  assert.deepEqual(
    contexts.map(({ idempotencyKey, caller }) => ({ idempotencyKey, caller })),
    [{ idempotencyKey: id, caller: ann }],
  );
  open();
});

test("a job that no gateway survives is not begun for ever", { skip }, async (t) => {
  const shared = closing(t, new Shared());
  let begun = 0;
  const answer: LocalService["answer"] = ({ context }) => {
    begun += 1;
    return until(context.signal);
  };
  const join = async () => {
    const wire = closing(t, await Wire.lay());
    const variables = { SHUTDOWN_GRACE_MS: "200" };
    const gateway = closing(t, shared.open({ answer, variables, through: wire }));
    await connected(gateway);
    return { gateway, wire };
  };
  let { gateway, wire } = await join();
  const { id } = await start(gateway);
  for (const time of [1, 2, 3]) {
    while (begun < time) await sleep(10);
    const next = await join();
    wire.cut();
    ({ gateway, wire } = next);
  }
  const { status, problem } = await finished(gateway, id);
  assert.deepEqual([status, problem?.code, begun], ["failed", "unavailable", 3]);
});

test("without Redis calls go on, and no job is accepted", { skip }, async (t) => {
  const shared = closing(t, new Shared());
  const wire = closing(t, await Wire.lay());
  wire.cut();
  const gateway = closing(t, shared.open({ through: wire }));

  await assert.rejects(start(gateway), { code: "unavailable", retryAfter: 1 });
  await assert.rejects(gateway.jobs.get("any"), { code: "unavailable" });
  await gateway.dispatch.callPublic("sample", "read", { word: "a" });
  const { status, checks } = await gateway.readiness();
  assert.equal(status, "ready");
  assert.deepEqual(checks, { backplane: "Redis does not answer", sample: "ok" });

  wire.mend();
  await connected(gateway);
  assert.equal((await finished(gateway, (await start(gateway)).id)).status, "succeeded");
});

for (const [how, fail] of [
  ["is cut off", (wire: Wire) => wire.cut()],
  ["falls silent", (wire: Wire) => wire.silence()],
] as const) {
  test(`a job that ends while Redis ${how} is reported afterwards`, { skip }, async (t) => {
    const shared = closing(t, new Shared());
    const wire = closing(t, await Wire.lay());
    const { answer, open } = gated();
    const variables = { BACKPLANE_LEASE_MS: "30000" };
    const gateway = closing(t, shared.open({ answer, variables, through: wire }));
    const [other] = await opened(t, shared.pair({ variables }));
    await connected(gateway);
    const { id } = await start(gateway);
    const reported = statusesOf(other.hub.subscribe({ channels: [`jobs.${id}`] }));

    fail(wire);
    open();
    await sleep(100);
    assert.equal((await other.jobs.get(id)).finished, undefined);
    wire.mend();

    assert.equal((await reported).at(-1), "succeeded");
    await connected(gateway);
    assert.deepEqual((await gateway.jobs.get(id)).result, { word: "job", length: 3 });
  });
}

test("a Redis that has lost everything receives the jobs under way", { skip }, async (t) => {
  const shared = closing(t, new Shared());
  const wire = closing(t, await Wire.lay());
  const { answer, open } = gated();
  const gateway = closing(t, shared.open({ answer, through: wire }));
  const [other] = await opened(t, shared.pair());
  await connected(gateway);
  const { id } = await start(gateway);
  while ((await other.jobs.get(id)).status !== "running") await sleep(10);
  wire.cut();
  await shared.forget();
  await assert.rejects(other.jobs.get(id), { code: "not_found" });
  wire.mend();
  await connected(gateway);

  while (!(await other.jobs.get(id).catch(() => undefined))) await sleep(10);
  open();
  assert.equal((await finished(other, id)).status, "succeeded");
});

test("what a gateway leaves when it stops is done by another", { skip }, async (t) => {
  const shared = closing(t, new Shared());
  const answer: LocalService["answer"] = ({ context }) => until(context.signal);
  const variables = { JOB_CONCURRENCY: "1", SHUTDOWN_GRACE_MS: "200" };
  const gateway = shared.open({ answer, variables });
  await connected(gateway);
  const jobs = [await start(gateway), await start(gateway)];
  const other = closing(t, shared.open());
  await connected(other);

  await gateway[Symbol.asyncDispose]();

  for (const { id } of jobs) assert.equal((await finished(other, id)).status, "succeeded");
});

test("a job outlives any number of gateways that stop", { skip }, async (t) => {
  const shared = closing(t, new Shared());
  let begun = 0;
  const answer: LocalService["answer"] = ({ context }) => {
    begun += 1;
    return until(context.signal);
  };
  const variables = { SHUTDOWN_GRACE_MS: "200" };
  let gateway = shared.open({ answer, variables });
  await connected(gateway);
  const { id } = await start(gateway);
  for (const time of [1, 2, 3, 4]) {
    while (begun < time) await sleep(10);
    const next = shared.open({ answer, variables });
    await gateway[Symbol.asyncDispose]();
    gateway = next;
  }
  const last = closing(t, shared.open());
  await connected(last);
  await gateway[Symbol.asyncDispose]();
  assert.equal((await finished(last, id)).status, "succeeded");
});
