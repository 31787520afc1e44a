import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertMatches, assertUnimplemented, problemOf } from "./assertions.ts";
import { anyOperation, get, type Json, offers, operations, resolve } from "./gateway.ts";
import { finished, startJob } from "./jobs.ts";
import { events } from "./stream.ts";

suite("jobs", () => {
  for (const operation of operations) {
    test(`${operation.id} is answered later when the client prefers so`, async () => {
      const job = await finished(await startJob(operation));
      assert.deepEqual([job.service, job.operation], [operation.service, operation.name]);
      if (job.problem) return assertUnimplemented(job.problem);
      assert.equal(job.status, "succeeded");
      assertMatches(job.result, operation.result);
    });

    if (!operation.inParts || !offers("/api/events")) continue;
    test(`${operation.id} gives its parts on the channel of its job`, async () => {
      const job = await startJob(operation);
      const part = resolve(operation.output).properties?.parts?.items ?? {};
      let number = 0;
      for await (const { data } of events([`jobs.${job.id}`])) {
        const happened = data as { readonly [name: string]: Json };
        if (happened.status === "running") number = 0;
        if (happened.finished !== undefined) break;
        if (happened.part === undefined) continue;
        number += 1;
        assert.equal(happened.number, number);
        assertMatches(happened.part, part);
      }
      const { status, problem } = await finished(job);
      if (problem) return assertUnimplemented(problem);
      assert.equal(status, "succeeded");
    });
  }

  test("are seen by nobody who cannot name them", async () => {
    const job = await startJob(anyOperation());
    const guess = job.id.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
    await problemOf(await get(`/api/jobs/${guess}`), 404, "not_found");
  });
});
