import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertMatches, assertUnimplemented, problemOf } from "./assertions.ts";
import { anyOperation, get, noJobs, operations } from "./gateway.ts";
import { finished, startJob } from "./jobs.ts";

suite("jobs", { skip: noJobs }, () => {
  for (const operation of operations.filter(({ later }) => later)) {
    test(`${operation.id} is answered later when the client prefers so`, async () => {
      const job = await finished(await startJob(operation));
      assert.deepEqual([job.service, job.operation], [operation.service, operation.name]);
      if (job.problem) return assertUnimplemented(job.problem);
      assert.equal(job.status, "succeeded");
      assertMatches(job.result, operation.output);
    });
  }

  test("are seen by nobody who cannot name them", async () => {
    const job = await startJob(anyOperation());
    const guess = job.id.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
    await problemOf(await get(`/api/jobs/${guess}`), 404, "not_found");
  });
});
