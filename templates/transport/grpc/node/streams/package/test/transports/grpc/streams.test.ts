import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../../../src/calls/problem.ts";
import { streamOf } from "../../../src/calls/streams.ts";
import { closing, serve } from "../../../testing/serve.ts";
import { standIn, wiring } from "../../../testing/stand-ins/grpc-streams.ts";
import { sample, type Tell } from "../../../testing/streams.ts";
import { testStreams } from "../../../testing/transports/streams.ts";

testStreams({ wiring, standIn });

/** Asks through a gateway, as its own code does. */
async function asking(t: TestContext, tell: Tell) {
  const service = closing(t, await standIn("SAMPLE", tell));
  const { gateway } = closing(t, await serve(wiring, service.variables));
  return () => {
    const items = streamOf(gateway.dispatch, sample.operations.tell, { topic: "words" });
    return items[Symbol.asyncIterator]();
  };
}

test("one message is taken ahead, whatever its size", async (t) => {
  const word = "x".repeat(256 * 1024);
  let made = 0;
  const ask = await asking(t, async function* () {
    for (; made < 100; made += 1) yield { part: { word } };
  });
  const items = ask();
  await items.next();
  await sleep(500);
  const ahead = made;
  await items.return?.();
  // One that waits here, one on its way, and one that the service cannot send.
  assert.ok(ahead <= 4, `${ahead} were made, and one was read`);
});

test("a problem does not overtake parts that its reader has not taken", async (t) => {
  const ask = await asking(t, async function* () {
    for (let n = 0; n < 100; n += 1) yield { part: { word: String(n) } };
    throw new Problem("not_found", "no more words");
  });
  const items = ask();
  const words: unknown[] = [];
  const read = async () => {
    for (;;) {
      const { value } = await items.next();
      words.push(value.part.word);
      await sleep(1);
    }
  };
  await assert.rejects(read, { code: "not_found", message: "no more words" });
  assert.deepEqual(
    words,
    Array.from({ length: 100 }, (_, n) => String(n)),
  );
});

test("a thousand answers share a connection", async (t) => {
  const gate = Promise.withResolvers<void>();
  const ask = await asking(t, async function* ({ signal }) {
    yield { part: { word: "0" } };
    await Promise.race([gate.promise, once(signal, "abort")]);
    yield { output: { words: 1 } };
  });
  const answers = Array.from({ length: 1000 }, ask);
  for (const { value } of await Promise.all(answers.map((items) => items.next()))) {
    assert.deepEqual(value, { part: { word: "0" } });
  }
  gate.resolve();
  for (const { value } of await Promise.all(answers.map((items) => items.next()))) {
    assert.deepEqual(value, { output: { words: 1 } });
  }
  for (const items of answers) await items.return?.();
});
