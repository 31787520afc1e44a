import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Cursor, readCursor, readPosition, writeCursor } from "../../src/events/cursor.ts";
import { ReplayBuffer } from "../../src/events/history.ts";

const at = (sequence: number, epoch = "e1") => ({ epoch, sequence });
const cursor = (text: string): Cursor => readCursor(text) ?? assert.fail(text);

/** What was missed, as `received` was given it. */
function missed(buffer: ReplayBuffer<string>, id: string) {
  const { gaps, events } = buffer.after(cursor(id));
  return { gaps, values: events.map(({ value }) => value) };
}

/** A buffer of `limit` that has received `a:1`, `b:1`, `a:2`, ... as these texts. */
function received(limit: number, ...texts: string[]): ReplayBuffer<string> {
  const buffer = new ReplayBuffer<string>(limit);
  for (const source of ["a", "b"]) buffer.begin(source, at(0));
  for (const text of texts) {
    const [source = "", position = ""] = text.split(":");
    buffer.add(source, readPosition(position) ?? assert.fail(text), text);
  }
  return buffer;
}

describe("a cursor", () => {
  test("is read as it was written", () => {
    const written = writeCursor(
      new Map([
        [
          "a-service",
          new Map([
            ["e1", 7],
            ["e2", 3],
          ]),
        ],
        ["quiet", new Map()],
        ["jobs", new Map([["9f", 0]])],
      ]),
    );
    assert.equal(written, "a-service:e1-7.e2-3,jobs:9f-0");
    assert.equal(writeCursor(cursor(written)), written);
  });

  test("is nothing else", () => {
    for (const text of [
      "",
      "x",
      "a:",
      ":e-1",
      "a:e-1,",
      "a:e-1.",
      "a:e-1.f",
      "a:e",
      "a:e-1.5",
      "a:e-9999999999999999",
    ]) {
      assert.equal(readCursor(text), undefined, text);
    }
  });
});

describe("what was missed", () => {
  test("of each source is what came behind the cursor, in order", () => {
    const buffer = received(10, "a:e1-1", "b:e1-1", "a:e1-2", "b:e1-2");
    assert.deepEqual(missed(buffer, "a:e1-1,b:e1-0"), {
      gaps: [],
      values: ["b:e1-1", "a:e1-2", "b:e1-2"],
    });
  });

  test("of a source that the cursor does not name is all that is kept", () => {
    assert.deepEqual(missed(received(10, "a:e1-1", "b:e1-1"), "a:e1-1").values, ["b:e1-1"]);
  });

  test("is nothing for who is ahead: another gateway received more", () => {
    assert.deepEqual(missed(received(10, "a:e1-1"), "a:e1-5"), { gaps: [], values: [] });
  });

  test("goes on through a new epoch of the same source", () => {
    const buffer = received(10, "a:e1-1", "a:e1-2", "a:e2-0", "a:e2-1");
    assert.deepEqual(missed(buffer, "a:e1-1").values, ["a:e1-2", "a:e2-0", "a:e2-1"]);
  });

  test("is kept of each source, whatever another one reports", () => {
    const buffer = received(2, "a:e1-1", "b:e1-1", "b:e1-2", "b:e1-3", "a:e1-2", "b:e1-4");
    assert.deepEqual(missed(buffer, "a:e1-0,b:e1-2"), {
      gaps: [],
      values: ["a:e1-1", "b:e1-3", "a:e1-2", "b:e1-4"],
    });
  });

  test("has a gap when it is not kept any more, or from an epoch that nobody knows", () => {
    const buffer = received(2, "a:e1-1", "a:e1-2", "a:e1-3", "a:e1-4");
    assert.deepEqual(missed(buffer, "a:e1-2"), { gaps: [], values: ["a:e1-3", "a:e1-4"] });
    assert.deepEqual(missed(buffer, "a:e1-1").gaps, ["a"]);
    assert.deepEqual(missed(buffer, "a:e0-9").gaps, ["a"]);
    assert.equal(writeCursor(buffer.floors(cursor("a:e1-1"))), "a:e1-2");
  });
});
