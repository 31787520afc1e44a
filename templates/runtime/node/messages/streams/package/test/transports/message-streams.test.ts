import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { openCall } from "../../src/calls/dispatch.ts";
import { Problem } from "../../src/calls/problem.ts";
import type { StreamItem } from "../../src/calls/streams.ts";
import {
  CORRELATION_ID,
  type Headers,
  PROBLEM_TYPE,
} from "../../src/transports/messages/headers.ts";
import { StreamAnswers } from "../../src/transports/messages/streams.ts";
import { sample } from "../../testing/streams.ts";

const { tell } = sample.operations;
const WINDOW = { parts: 4, bytes: 1000 };

/** What a gateway said to a process. */
type Said = Headers & { readonly to: string };

/** One answer, without a broker: what the service sends is handed over, what the gateway says is kept. */
function open(t: TestContext, isGenuine = true) {
  const said: Said[] = [];
  const asked = Promise.withResolvers<Headers>();
  const answers = new StreamAnswers("sample", WINDOW, {
    ask: async (headers) => asked.resolve(headers),
    control: async (to, headers) => void said.push({ to, ...headers }),
    verify: () => isGenuine,
  });
  const context = openCall({ timeoutMs: 60_000 });
  t.after(() => context.close());
  const items = answers.stream(tell, { topic: "words" }, context);
  const first = items.next();
  const receive = async (kind: string, sequence: number, value: unknown = {}, run = "run") => {
    const { [CORRELATION_ID]: id = "" } = await asked.promise;
    const headers = {
      [CORRELATION_ID]: id,
      stream: kind,
      "stream-id": run,
      "stream-sequence": String(sequence),
      ...(kind === "begun" && { "stream-control": `queue-of-${run}` }),
      ...(kind === "problem" && { "content-type": PROBLEM_TYPE }),
    };
    return answers.take(headers, new TextEncoder().encode(JSON.stringify(value)));
  };
  const kinds = () => said.map(({ to, stream }) => `${stream} ${to}`);
  return { answers, items, first, receive, said, kinds };
}

const broken = (why: RegExp) => (problem: unknown) =>
  problem instanceof Problem && problem.code === "unavailable" && why.test(problem.message);

async function partOf(item: Promise<IteratorResult<StreamItem, void>>): Promise<unknown> {
  const { value } = await item;
  return value && "part" in value ? value.part : value;
}

test("credit is given when a process has begun, and again when half of it is used", async (t) => {
  const { items, first, receive, said } = open(t);
  await receive("begun", 0);
  assert.partialDeepStrictEqual(said, [
    { stream: "credit", "stream-parts": "4", "stream-bytes": "1000" },
  ]);
  for (const n of [1, 2, 3]) await receive("part", n, n);
  assert.equal(await partOf(first), 1);
  assert.equal(said.length, 1);
  assert.equal(await partOf(items.next()), 2);
  assert.partialDeepStrictEqual(said.slice(1), [
    { to: "queue-of-run", "stream-id": "run", "stream-parts": "6", "stream-bytes": "1002" },
  ]);
  await items.return();
});

test("a part that is missing is a problem behind those that came, also the last one", async (t) => {
  for (const [kind, sequence] of [
    ["part", 3],
    ["end", 3],
    ["alive", 2],
  ] as const) {
    const { items, first, receive, kinds } = open(t);
    await receive("begun", 0);
    await receive("part", 1, "one");
    await receive(kind, sequence, "three");
    assert.equal(await partOf(first), "one");
    await assert.rejects(items.next(), broken(/a part was lost/));
    assert.equal(kinds().at(-1), "cancel queue-of-run");
  }
});

test("what is delivered twice is there once", async (t) => {
  const { items, first, receive } = open(t);
  await receive("begun", 0);
  await receive("part", 1, "one");
  await receive("part", 1, "one");
  await receive("begun", 0);
  await receive("end", 2, { words: 1 });
  assert.equal(await partOf(first), "one");
  assert.deepEqual((await items.next()).value, { output: { words: 1 } });
  assert.equal((await items.next()).done, true);
});

test("of two processes that have taken a request one is let go, whatever it sends", async (t) => {
  const { items, first, receive, kinds } = open(t);
  await receive("begun", 0);
  await receive("begun", 0, {}, "other");
  assert.deepEqual(kinds(), ["credit queue-of-run", "cancel queue-of-other"]);
  await receive("part", 1, "of the other", "other");
  await receive("part", 1, "one");
  assert.equal(await partOf(first), "one");
  await items.return();
});

test("who begins when nobody waits any more is let go", async (t) => {
  const { answers, items, first, receive, kinds } = open(t);
  answers.close();
  await assert.rejects(first, broken(/stopping/));
  assert.equal((await items.next()).done, true);
  assert.equal(await receive("begun", 0), false);
  assert.deepEqual(kinds(), ["cancel queue-of-run"]);
});

test("records of somebody else are none", async (t) => {
  const { answers, first, receive, said } = open(t, false);
  assert.equal(await receive("begun", 0), false);
  assert.equal(await receive("problem", 1, { code: "not_found" }), false);
  assert.equal(answers.take({ [CORRELATION_ID]: "another-gateway.1" }, new Uint8Array()), false);
  assert.deepEqual(said, []);
  answers.close();
  await assert.rejects(first, broken(/stopping/));
});

test("a service of which nothing is heard is gone; one that says that it is there is not", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  let now = 0;
  t.mock.method(performance, "now", () => now);
  const { first, receive, said } = open(t);
  const pass = (milliseconds: number) => {
    for (let passed = 0; passed < milliseconds; passed += 2000) {
      now += 2000;
      t.mock.timers.tick(2000);
    }
  };
  await receive("begun", 0);
  pass(8000);
  await receive("alive", 0);
  pass(10_000);
  assert.ok(said.every(({ stream }) => stream === "credit"));
  assert.equal(said.length, 10);
  pass(2000);
  await assert.rejects(first, broken(/nothing was heard for 10000 ms/));
});
