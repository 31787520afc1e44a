import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertMatches, assertUnimplemented, problemOf } from "./assertions.ts";
import { get, postponable } from "./gateway.ts";
import { finished, startJob } from "./jobs.ts";

suite("jobs", () => {
  for (const operation of postponable) {
    test(`${operation.id} is answered later when the client prefers so`, async () => {
      const job = await finished(await startJob(operation));
      assert.deepEqual([job.service, job.operation], [operation.service, operation.name]);
      if (job.problem) return assertUnimplemented(job.problem);
      assert.equal(job.status, "succeeded");
      assertMatches(job.result, operation.output);
    });
  }

  test("are seen by nobody who cannot name them", async (context) => {
    const [operation] = postponable;
    if (!operation) return context.skip("nothing is answered later");
    const job = await startJob(operation);
    const guess = job.id.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
    await problemOf(await get(`/api/jobs/${guess}`), 404, "not_found");
  });
});
