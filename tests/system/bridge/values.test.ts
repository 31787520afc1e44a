/** The same values go through every transport, both ways, and come back equal. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Bridge } from "../support/bridge.ts";
import { answerOf, post, problemOf } from "../support/client.ts";
import { transports } from "../support/transports.ts";
import { cases, meaning, plain, refusals, type Values } from "../support/values.ts";

/** Bytes: room for a megabyte in base64. */
const LIMIT = String(4 * 1024 * 1024);
/** Bytes of the largest event. */
const EVENT_LIMIT = 256 * 1024;

interface Echo {
  readonly values: Values;
  readonly seen: Readonly<Record<string, string>>;
}

for (const transport of transports) {
  test(`values over ${transport.name}`, async (context) => {
    const bridge = await Bridge.start(context, transport, {
      env: { BODY_LIMIT: LIMIT, MAX_BODY_BYTES: LIMIT },
    });
    const echo = (values: Values, tell = false) => post(bridge.url("echo"), { values, tell });

    for (const { name, values, seen = {} } of cases) {
      await context.test(`${name} there and back`, async () => {
        const given = { ...plain, ...values };
        const answer = await answerOf<Echo>(await echo(given));
        assert.deepEqual(meaning(answer.values), meaning(given));
        assert.partialDeepStrictEqual(answer.seen, seen);
      });
    }

    for (const { name, body, pointer } of refusals) {
      await context.test(`${name}: refused`, async () => {
        const headers = { "content-type": "application/json" };
        const response = await fetch(bridge.url("echo"), { method: "POST", headers, body });
        const problem = await problemOf(response, 400, "invalid_argument");
        if (pointer)
          assert.deepEqual(
            problem.errors?.map((error) => error.pointer),
            [pointer],
          );
      });
    }

    await context.test("nothing there and nothing back", async () => {
      assert.deepEqual(await answerOf(await post(bridge.url("ping"), {})), {});
    });

    const small = cases.filter(({ values }) => JSON.stringify(values).length < EVENT_LIMIT / 2);
    await context.test("as events, in the order in which they were told", async () => {
      await (await bridge.listen("echo.worked")).close();
      const stream = await bridge.listen("echo.echoed");
      for (const { values } of small) await answerOf(await echo({ ...plain, ...values }, true));
      await stream.until(small.length);
      stream.close();
      const told = stream.events.map(({ data }) => (data as { values: Values }).values);
      for (const [index, { name, values }] of small.entries()) {
        assert.deepEqual(meaning(told[index] ?? {}), meaning({ ...plain, ...values }), name);
      }
      assert.equal(told.length, small.length);
    });
  });
}
