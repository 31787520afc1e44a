import assert from "node:assert/strict";
import { answerOf, isOk, post, problemOf, said } from "../support/client.ts";
import { goldenPath } from "../support/golden.ts";
import { HANDLER, handler, OPERATION, order } from "../support/orders.ts";
import { until } from "../support/until.ts";

goldenPath("shop", {
  checks: ["lint"],
  async whileItRuns(test, project, { url }) {
    const place = () => post(url + OPERATION, order({ parcels: 1 }));
    const { detail } = await problemOf(await place(), 501, "unimplemented");
    assert.ok(detail.includes(HANDLER), detail);

    await test.test("a handler that a person writes is used at once", async (step) => {
      project.edit(step, HANDLER, handler);
      await until("an order is placed", () => said(place()), isOk, { every: 200 });
      const answer = await answerOf<{ total_cents: number }>(await place());
      assert.equal(answer.total_cents, 500);
    });
  },
});
