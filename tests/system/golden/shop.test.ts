import assert from "node:assert/strict";
import waitFor from "p-wait-for";
import { answerOf, post, problemOf } from "../support/client.ts";
import { goldenPath } from "../support/golden.ts";
import { HANDLER, handler, OPERATION, order } from "../support/orders.ts";

/** What a reload may take. */
const RELOAD_MS = 30_000;

goldenPath("shop", {
  checks: ["lint"],
  async whileItRuns(test, project, { url }) {
    const place = () => post(url + OPERATION, order({ parcels: 1 }));
    const { detail } = await problemOf(await place(), 501, "unimplemented");
    assert.ok(detail.includes(HANDLER), detail);

    await test.test("a handler that a person writes is used at once", async (step) => {
      project.edit(step, HANDLER, handler);
      await waitFor(async () => (await place()).status === 200, {
        interval: 200,
        timeout: RELOAD_MS,
      });
      const answer = await answerOf<{ total_cents: number }>(await place());
      assert.equal(answer.total_cents, 500);
    });
  },
});
