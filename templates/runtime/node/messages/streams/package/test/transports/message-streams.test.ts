import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setImmediate as endOfTurn } from "node:timers/promises";
import { openCall } from "../../src/calls/dispatch.ts";
import { Problem } from "../../src/calls/problem.ts";
import type { StreamItem } from "../../src/calls/streams.ts";
import { CORRELATION_ID, type Headers } from "../../src/transports/messages/headers.ts";
import { type Line, Outboxes, readLines } from "../../src/transports/messages/lines.ts";
import { READER, StreamAnswers } from "../../src/transports/messages/streams.ts";
import { sample } from "../../testing/streams.ts";

const { tell } = sample.operations;
const WINDOW = { parts: 4, bytes: 1000 };

/** What a gateway said to a process. */
type Said = Line & { readonly to: string };

/** A gateway without a broker: what a service sends is handed over, what the gateway says is kept. */
function gateway(isGenuine = true) {
  const said: Said[] = [];
  const asked: Headers[] = [];
  let records = 0;
  const answers = new StreamAnswers("sample", WINDOW, {
    ask: async (headers) => void asked.push(headers),
    async control(to, _headers, body) {
      records += 1;
      for (const { line } of readLines(Buffer.from(body))) said.push({ to, ...line });
    },
    verify: () => isGenuine,
  });
  const take = (...lines: readonly (Line | string)[]) => {
    const texts = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line)));
    const headers = { [READER]: asked[0]?.[READER] ?? "" };
    return answers.take(headers, new TextEncoder().encode(texts.join("\n")));
  };
  return { answers, asked, said, take, records: () => records };
}

/** One answer of it. */
function ask(t: TestContext, { answers, asked }: ReturnType<typeof gateway>) {
  const context = openCall({ timeoutMs: 60_000 });
  t.after(() => context.close());
  const items = answers.stream(tell, { topic: "words" }, context);
  const first = items.next();
  const call = asked.at(-1)?.[CORRELATION_ID] ?? "";
  const line = (kind: string, number: number, value: unknown = {}, run = "run") =>
    ({
      call,
      run,
      kind,
      number,
      value,
      ...(kind === "begun" && { control: `queue-of-${run}` }),
    }) as Line;
  return { items, first, call, line };
}

function open(t: TestContext, isGenuine = true) {
  const own = gateway(isGenuine);
  const answer = ask(t, own);
  const receive = (...[kind, number, value, run]: Parameters<typeof answer.line>) =>
    own.take(answer.line(kind, number, value, run));
  const kinds = async () => {
    await endOfTurn();
    return own.said.map(({ to, kind }) => `${kind} ${to}`);
  };
  return { ...own, ...answer, receive, kinds };
}

const bytesOf = (line: Line) => Buffer.byteLength(JSON.stringify(line));

const broken = (why: RegExp) => (problem: unknown) =>
  problem instanceof Problem && problem.code === "unavailable" && why.test(problem.message);

async function partOf(item: Promise<IteratorResult<StreamItem, void>>): Promise<unknown> {
  const { value } = await item;
  return value && "part" in value ? value.part : value;
}

test("credit is given when a process has begun, and again when half of it is used", async (t) => {
  const { items, first, line, receive, said, kinds } = open(t);
  receive("begun", 0);
  await kinds();
  assert.partialDeepStrictEqual(said, [{ kind: "credit", parts: 4, bytes: 1000 }]);
  for (const n of [1, 2, 3]) receive("part", n, n);
  assert.equal(await partOf(first), 1);
  await kinds();
  assert.equal(said.length, 1);
  assert.equal(await partOf(items.next()), 2);
  await kinds();
  const taken = bytesOf(line("part", 1, 1)) + bytesOf(line("part", 2, 2));
  assert.partialDeepStrictEqual(said.slice(1), [
    { to: "queue-of-run", run: "run", parts: 6, bytes: 1000 + taken },
  ]);
  await items.return();
});

test("parts of two answers in one record reach their readers in order", async (t) => {
  const own = gateway();
  const [one, other] = [ask(t, own), ask(t, own)];
  assert.notEqual(one.call, other.call);
  own.take(one.line("begun", 0, {}, "a"), other.line("begun", 0, {}, "b"));
  own.take(
    one.line("part", 1, "a1", "a"),
    other.line("part", 1, "b1", "b"),
    one.line("part", 2, "a2", "a"),
    other.line("end", 2, { words: 1 }, "b"),
    one.line("problem", 3, { code: "conflict", retry_after: 7 }, "a"),
  );
  assert.equal(await partOf(one.first), "a1");
  assert.equal(await partOf(one.items.next()), "a2");
  assert.equal(await partOf(other.first), "b1");
  assert.deepEqual((await other.items.next()).value, { output: { words: 1 } });
  assert.equal((await other.items.next()).done, true);
  await assert.rejects(one.items.next(), { code: "conflict", retryAfter: 7 });
});

test("what is said to one process at once is one record, of a bounded number of lines", async (t) => {
  const own = gateway();
  const asking = Array.from({ length: 150 }, () => ask(t, own));
  own.take(
    ...asking
      .map(({ line }, n) => line("begun", 0, {}, `${n}`))
      .map((line) => ({ ...line, control: "queue" })),
  );
  await endOfTurn();
  assert.deepEqual([own.said.length, own.records()], [150, 2]);
  assert.deepEqual(
    own.said.map(({ run }) => run),
    asking.map((_, n) => `${n}`),
  );
  own.answers.failOf("another", new Problem("unavailable", "it is gone"));
  own.answers.failOf("queue", new Problem("unavailable", "it is gone"));
  for (const { first } of asking) await assert.rejects(first, broken(/it is gone/));
});

test("a line that cannot be read is a part that is lost, and harms no other answer", async (t) => {
  const own = gateway();
  const [one, other] = [ask(t, own), ask(t, own)];
  own.take(one.line("begun", 0), other.line("begun", 0));
  own.take('{"call": NaN}', "null", one.line("part", 2, "a2"), other.line("part", 1, "b1"));
  await assert.rejects(one.first, broken(/a part was lost/));
  assert.equal(await partOf(other.first), "b1");
  await other.items.return();
});

test("a line with a field of another type is none", async (t) => {
  const { items, first, line, receive, take, kinds } = open(t);
  assert.equal(take(JSON.stringify({ ...line("begun", 0), control: 7 })), false);
  assert.equal(take(JSON.stringify({ ...line("begun", 0), run: {} })), false);
  assert.deepEqual(await kinds(), []);
  receive("begun", 0);
  assert.equal(take(JSON.stringify({ ...line("part", 1), number: "1" })), false);
  receive("part", 1, "one");
  assert.equal(await partOf(first), "one");
  await items.return();
});

test("what cannot be said is lost, and nothing else is", async () => {
  const outboxes = new Outboxes(() => Promise.reject(new Error("no such queue")));
  outboxes.put("queue", { call: "call", run: "run", kind: "cancel" });
  await outboxes.left();
});

test("a part that is missing is a problem behind those that came, also the last one", async (t) => {
  for (const [kind, number] of [
    ["part", 3],
    ["end", 3],
    ["alive", 2],
  ] as const) {
    const { items, first, receive, kinds } = open(t);
    receive("begun", 0);
    receive("part", 1, "one");
    receive(kind, number, "three");
    assert.equal(await partOf(first), "one");
    await assert.rejects(items.next(), broken(/a part was lost/));
    assert.equal((await kinds()).at(-1), "cancel queue-of-run");
  }
});

test("what is delivered twice is there once", async (t) => {
  const { items, first, receive } = open(t);
  receive("begun", 0);
  receive("part", 1, "one");
  receive("part", 1, "one");
  receive("begun", 0);
  receive("end", 2, { words: 1 });
  assert.equal(await partOf(first), "one");
  assert.deepEqual((await items.next()).value, { output: { words: 1 } });
  assert.equal((await items.next()).done, true);
});

test("of two processes that have taken a request one is let go, whatever it sends", async (t) => {
  const { items, first, receive, kinds } = open(t);
  receive("begun", 0);
  receive("begun", 0, {}, "other");
  assert.deepEqual(await kinds(), ["credit queue-of-run", "cancel queue-of-other"]);
  receive("part", 1, "of the other", "other");
  receive("part", 1, "one");
  assert.equal(await partOf(first), "one");
  await items.return();
});

test("who begins when nobody waits any more is let go", async (t) => {
  const { answers, items, first, receive, kinds } = open(t);
  void answers.close();
  await assert.rejects(first, broken(/stopping/));
  assert.equal((await items.next()).done, true);
  assert.equal(receive("begun", 0), false);
  assert.deepEqual(await kinds(), ["cancel queue-of-run"]);
});

test("records of somebody else are none", async (t) => {
  const { answers, first, receive, said } = open(t, false);
  assert.equal(receive("begun", 0), false);
  assert.equal(receive("problem", 1, { code: "not_found" }), false);
  assert.equal(answers.take({ [READER]: "another-gateway" }, new Uint8Array()), false);
  assert.deepEqual(said, []);
  void answers.close();
  await assert.rejects(first, broken(/stopping/));
});

test("a service of which nothing is heard is gone; one that says that it is there is not", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  let now = 0;
  t.mock.method(performance, "now", () => now);
  const { first, receive, said, kinds } = open(t);
  const pass = async (milliseconds: number) => {
    for (let passed = 0; passed < milliseconds; passed += 2000) {
      now += 2000;
      t.mock.timers.tick(2000);
      await kinds();
    }
  };
  receive("begun", 0);
  await pass(8000);
  receive("alive", 0);
  await pass(10_000);
  assert.ok(said.every(({ kind }) => kind === "credit"));
  assert.equal(said.length, 10);
  const gone = assert.rejects(first, broken(/nothing was heard for 10000 ms/));
  await pass(2000);
  await gone;
});
