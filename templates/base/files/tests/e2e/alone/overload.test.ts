import assert from "node:assert/strict";
import { suite, test } from "node:test";
import pRetry from "p-retry";
import { type Problem, problemOf } from "../assertions.ts";
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
        // On a slow machine not all that was let in is done in time.
        if (response.status === 504) {
          await problemOf(response, 504, "deadline_exceeded");
          continue;
        }
        // There is no room, or a gateway that is late itself did not reach the service.
        const { code } = (await response.clone().json()) as Problem;
        const expected =
          response.status === 503 && code === "unavailable" ? code : "resource_exhausted";
        await problemOf(response, response.status === 429 ? 429 : 503, expected);
        assert.ok(Number(response.headers.get("retry-after")) >= 1);
      }
      context.diagnostic(`${refused.length} of ${BURST} were refused`);
      // It comes through it.
      await pRetry(
        async () => {
          const { status } = await post(path, example);
          assert.ok(status === 429 || ANSWERED.includes(status), `still ${status}`);
        },
        { retries: 30, factor: 1, minTimeout: 1000 },
      );
    });
  }
});
