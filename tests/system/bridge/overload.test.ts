/** Ten times what a system can do, over every transport: what is too much is refused, quickly and clearly,
 * what is accepted is done, and afterwards all is as before. `OVERLOAD_SECONDS=30` for a longer run. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { parse } from "yaml";
import { Bridge, bridgeProject } from "../support/bridge.ts";
import { transports } from "../support/transports.ts";
import { until } from "../support/until.ts";
import { usageOf } from "../support/usage.ts";

const SECONDS = Number(process.env.OVERLOAD_SECONDS ?? 5);
/** Calls at once, and the seconds of each: 8 calls a second are what the system can do. */
const ROOM = 4;
const CALL_SECONDS = 0.5;
const PER_SECOND = (10 * ROOM) / CALL_SECONDS;
/** Of so many requests one is a job. */
const JOBS_ONE_IN = 20;
const REFUSED_WITHIN_MS = 1000;
const WELL_WITHIN_MS = 5000;
const ALL_DONE_WITHIN_MS = 120_000;
const SECONDS_OF_REQUESTS = "http_request_duration_seconds";
const REFUSED = 'method="POST",route="/api/echo/work",status="503"';
const PARTS = ["gateway", "echo"] as const;
const MIB = 1024 * 1024;

/** A request, what became of it, and how long that took. */
interface Asked {
  readonly name: string;
  readonly status: number;
  readonly ms: number;
  readonly retryAfter: string | null;
  readonly body: { readonly code?: string; readonly id?: string };
}

async function ask(bridge: Bridge, name: string, isJob: boolean): Promise<Asked> {
  const begun = performance.now();
  const headers: Record<string, string> = isJob ? { prefer: "respond-async" } : {};
  const seconds = isJob ? CALL_SECONDS / 10 : CALL_SECONDS;
  const response = await bridge.work({ name, seconds }, { headers });
  const body = (await response.json()) as Asked["body"];
  const ms = performance.now() - begun;
  return {
    name,
    status: response.status,
    ms,
    retryAfter: response.headers.get("retry-after"),
    body,
  };
}

/** Bytes that the containers of the parts may use. */
async function limits(transport: (typeof transports)[number]): Promise<Record<string, number>> {
  const { services } = parse((await bridgeProject(transport)).read("compose.yaml")) as {
    services: Record<string, { mem_limit: string }>;
  };
  return Object.fromEntries(
    PARTS.map((name) => [name, Number.parseInt(services[name]?.mem_limit ?? "", 10) * MIB]),
  );
}

const share = (sorted: readonly number[], part: number) =>
  Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0);

for (const transport of transports) {
  test(`ten times the capacity over ${transport.name}`, async (context) => {
    // It may say of itself, too, that it is late, as it does by default.
    const late = { EVENT_LOOP_DELAY_MS: "500" };
    const gateway = { SERVICE_CONCURRENCY: String(ROOM), LOG_FORMAT: "json", ...late };
    const bridge = await Bridge.start(context, transport, { envOf: { gateway } });
    const most = Object.fromEntries(PARTS.map((name) => [name, 0]));
    const sampling = setInterval(() => {
      for (const name of PARTS) {
        const { bytes } = usageOf(bridge.system.process(name).pid);
        most[name] = Math.max(most[name] ?? 0, bytes);
      }
    }, 250);
    context.after(() => clearInterval(sampling));

    const asked: Promise<Asked>[] = [];
    const begun = performance.now();
    const all = SECONDS * PER_SECOND;
    while (asked.length < all) {
      // As many as are due by now: who falls behind catches up.
      const due = Math.min(all, ((performance.now() - begun) / 1000) * PER_SECOND);
      for (let number = asked.length; number < due; number += 1) {
        asked.push(ask(bridge, `over-${number}`, number % JOBS_ONE_IN === 0));
      }
      await pause(10);
    }
    const ended = performance.now();
    const look = () => ask(bridge, `well-${crypto.randomUUID()}`, false);
    await until("well again", look, ({ status }) => status === 200, { within: 2 * WELL_WITHIN_MS });
    const recovered = performance.now() - ended;
    const answers = await Promise.all(asked);

    const refused = answers.filter(({ status }) => status !== 200 && status !== 202);
    for (const { status, retryAfter, body } of refused) {
      assert.deepEqual([status, body.code], [503, "resource_exhausted"], JSON.stringify(body));
      assert.ok(Number(retryAfter) >= 1);
    }
    const times = refused.map(({ ms }) => ms).sort((a, b) => a - b);
    const done = answers.filter(({ status }) => status === 200);
    const jobs = answers.filter(({ status }) => status === 202);
    const memory = PARTS.map((name) => `${name} ${Math.round((most[name] ?? 0) / MIB)} MiB`);
    context.diagnostic(
      `${answers.length} asked, ${done.length} answered, ${jobs.length} jobs, ${refused.length} refused ` +
        `(p50 ${share(times, 0.5)} ms, p99 ${share(times, 0.99)} ms), well after ${Math.round(recovered)} ms, ` +
        `at most ${memory.join(", ")}`,
    );
    assert.ok(refused.length > answers.length / 2, "it was no overload");
    assert.ok(done.length > 0 && jobs.length > 0);
    // By the gateway's own clock: here the machine may be busy with other tests, and a client wait for it.
    const quick = await bridge.system.metric(
      "gateway",
      `${SECONDS_OF_REQUESTS}_bucket`,
      `le="1",${REFUSED}`,
    );
    const counted = await bridge.system.metric("gateway", `${SECONDS_OF_REQUESTS}_count`, REFUSED);
    assert.ok(quick >= 0.99 * counted, `${quick} of ${counted} refusals within a second`);
    if (process.env.OVERLOAD_SECONDS) assert.ok(share(times, 0.99) < REFUSED_WITHIN_MS);
    assert.ok(recovered < WELL_WITHIN_MS, `${recovered} ms`);
    for (const { name, body } of jobs) {
      const job = await bridge.finished(body.id ?? "", ALL_DONE_WITHIN_MS);
      assert.equal(job.status, "succeeded", `${name}: ${JSON.stringify(job)}`);
    }
    const counts = bridge.counts("done");
    const notOnce = [...done, ...jobs].filter(({ name }) => counts.get(name) !== 1);
    assert.deepEqual(notOnce, []);
    for (const [name, limit] of Object.entries(await limits(transport))) {
      assert.ok((most[name] ?? 0) < limit, `${name}: ${most[name]} of ${limit} bytes`);
    }
  });
}
