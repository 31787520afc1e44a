import assert from "node:assert/strict";
import { test } from "node:test";
import { illFormedText } from "../../src/calls/validation.ts";
import { LocalService } from "../../testing/local.ts";
import { openGateway } from "../../testing/sample.ts";
import { closing } from "../../testing/serve.ts";

const half = "\ud83d";

test("half a surrogate pair is found wherever it stands", () => {
  const places: readonly (readonly [unknown, string])[] = [
    [half, ""],
    [{ a: ["fine", { "b/c": `x${half}` }] }, "/a/1/b~1c"],
    [{ a: { [half]: 1 } }, "/a"],
  ];
  for (const [value, pointer] of places) assert.equal(illFormedText(value)?.pointer, pointer);
});

test("whole pairs are text, however deep", () => {
  assert.equal(illFormedText({ a: ["\ud83d\ude00", null, 1, true, {}] }), undefined);
  assert.equal(illFormedText(JSON.parse("[".repeat(100_000) + "]".repeat(100_000))), undefined);
});

/** The most that fits into a megabyte of JSON, of each kind. */
const crowds: Readonly<Record<string, string>> = {
  numbers: `[${"1,".repeat(500_000)}1]`,
  texts: `[${'"a",'.repeat(250_000)}"a"]`,
  lists: `[${"[],".repeat(333_000)}[]]`,
  records: `[${'{"a":1},'.repeat(125_000)}{}]`,
};
for (const [kind, text] of Object.entries(crowds)) {
  test(`a megabyte of ${kind} takes little longer to look through than to parse`, () => {
    const value = JSON.parse(text);
    const parsing = leastTime(() => JSON.parse(text));
    const looking = leastTime(() => illFormedText(value));
    assert.ok(looking < 3 * parsing, `${looking} ms, where parsing takes ${parsing} ms`);
  });
}

/** Milliseconds of the quickest of several runs: what else goes on only adds. */
function leastTime(work: () => void): number {
  const times = Array.from({ length: 7 }, () => {
    const begun = performance.now();
    work();
    return performance.now() - begun;
  });
  return Math.min(...times);
}

test("an input with half a pair is refused before anybody is asked", async (t) => {
  const service = new LocalService();
  const gateway = closing(t, openGateway(service));
  await assert.rejects(gateway.dispatch.callPublic("sample", "read", { word: half }), {
    code: "invalid_argument",
    errors: [{ pointer: "/word", detail: "must be Unicode text" }],
  });
  assert.equal(service.calls.length, 0);
});
