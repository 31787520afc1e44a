import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { problemOf } from "./assertions.ts";
import { anyOperation, get, type Json, linked, offers } from "./gateway.ts";
import { finished, startJob } from "./jobs.ts";
import { events, now, type StreamEvent } from "./stream.ts";

const isLast = ({ data }: StreamEvent) => "finished" in (data as Record<string, Json>);

/** What happens to a job to its end: from behind `after`, or from how far it is. */
async function follow(id: string, after?: string): Promise<StreamEvent[]> {
  const seen: StreamEvent[] = [];
  for await (const event of events([`jobs.${id}`], after)) {
    seen.push(event);
    if (isLast(event)) break;
  }
  return seen;
}

suite("server-sent events", { skip: !offers("/api/events") && "not chosen" }, () => {
  for (const operation of linked) {
    test(`report each step of a job of ${operation.service}, in order`, async () => {
      const before = await now();
      const job = await startJob(operation);
      const seen = await follow(job.id, before);
      const { status } = await finished(job);
      const steps = seen.map(({ data }) => (data as Record<string, Json>).status);
      // The others are parts.
      const reported = operation.inParts ? steps.filter((step) => step !== undefined) : steps;
      assert.deepEqual(reported, ["queued", "running", status]);
      assert.ok(seen.every(({ channel }) => channel === `jobs.${job.id}`));
      assert.equal(new Set(seen.map(({ id }) => id)).size, seen.length);
    });
  }

  test("go on behind `Last-Event-ID`: nothing lost, nothing twice", async () => {
    const before = await now();
    const job = await startJob(anyOperation());
    await finished(job);
    const [first, ...others] = await follow(job.id, before);
    assert.ok(first);
    assert.deepEqual(await follow(job.id, first.id), others);
  });

  test("begin with how far a job is, though it be over", async () => {
    const operation = anyOperation();
    const job = await finished(await startJob(operation));
    const seen = await follow(job.id);
    // Ahead of its end a job that gives parts has those.
    const event = operation.inParts ? seen.at(-1) : seen[0];
    assert.partialDeepStrictEqual(event?.data, { status: job.status, finished: job.finished });
  });

  test("keep the jobs of others to themselves", async () => {
    const response = await get("/api/events?channel=jobs.*");
    await problemOf(response, 400, "invalid_argument");
  });

  test("have no channel that no service has", async () => {
    const response = await get("/api/events?channel=no-such-service.event");
    await problemOf(response, 404, "not_found");
  });
});
