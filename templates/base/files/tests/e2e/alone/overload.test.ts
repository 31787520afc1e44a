import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { problemOf } from "../assertions.ts";
import { linked, post } from "../gateway.ts";

/** Calls at once: more than the gateway lets through to one service. */
const BURST = 300;
/** Answered, or not written yet. */
const ANSWERED = [200, 501];

suite("more calls at once than there is room for", () => {
  for (const { id, path, example } of linked) {
    test(`${id} answers, or says when to come back`, async (context) => {
      const responses = await Promise.all(Array.from({ length: BURST }, () => post(path, example)));
      const refused = responses.filter(({ status }) => !ANSWERED.includes(status));
      for (const response of refused) {
        assert.ok(Number(response.headers.get("retry-after")) >= 1);
        await problemOf(response, response.status === 429 ? 429 : 503, "resource_exhausted");
      }
      context.diagnostic(`${refused.length} of ${BURST} were refused`);
      // It has come through it.
      const after = await post(path, example);
      if (after.status !== 429) assert.ok(ANSWERED.includes(after.status), await after.text());
    });
  }
});
