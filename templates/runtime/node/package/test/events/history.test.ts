import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Cursor, readCursor, readPosition, writeCursor } from "../../src/events/cursor.ts";
import { ReplayBuffer } from "../../src/events/history.ts";

const at = (sequence: number, epoch = "e1") => ({ epoch, sequence });
const cursor = (text: string): Cursor => readCursor(text) ?? assert.fail(text);

const missed = (...values: string[]) => ({ gaps: [], values });

/** What comes behind an id, as it was received. */
function after(buffer: ReplayBuffer<string>, id: string) {
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
    assert.deepEqual(after(buffer, "a:e1-1,b:e1-0"), missed("b:e1-1", "a:e1-2", "b:e1-2"));
  });

  test("of a source that the cursor does not name is all that is kept", () => {
    assert.deepEqual(after(received(10, "a:e1-1", "b:e1-1"), "a:e1-1").values, ["b:e1-1"]);
  });

  test("is nothing for who is ahead: another gateway received more", () => {
    assert.deepEqual(after(received(10, "a:e1-1"), "a:e1-5"), missed());
  });

  test("goes on through a new epoch of the same source", () => {
    const buffer = received(10, "a:e1-1", "a:e1-2", "a:e2-0", "a:e2-1");
    assert.deepEqual(after(buffer, "a:e1-1").values, ["a:e1-2", "a:e2-0", "a:e2-1"]);
  });

  test("is kept of each source, whatever another one reports", () => {
    const buffer = received(2, "a:e1-1", "b:e1-1", "b:e1-2", "b:e1-3", "a:e1-2", "b:e1-4");
    assert.deepEqual(
      after(buffer, "a:e1-0,b:e1-2"),
      missed("a:e1-1", "b:e1-3", "a:e1-2", "b:e1-4"),
    );
  });

  test("has a gap when it is not kept any more, or from an epoch that nobody knows", () => {
    const buffer = received(2, "a:e1-1", "a:e1-2", "a:e1-3", "a:e1-4");
    assert.deepEqual(after(buffer, "a:e1-2"), missed("a:e1-3", "a:e1-4"));
    assert.deepEqual(after(buffer, "a:e1-1").gaps, ["a"]);
    assert.deepEqual(after(buffer, "a:e0-9").gaps, ["a"]);
    assert.equal(writeCursor(buffer.floors(cursor("a:e1-1"))), "a:e1-2");
  });
});

/** What a gateway receives of one service `a`: events (`x-1`), logs that open (`+x-0`) and end (`-x`). */
class Received {
  readonly buffer: ReplayBuffer<string>;

  constructor(limit: number, ...reported: string[]) {
    this.buffer = new ReplayBuffer(limit);
    for (const text of reported) this.receive(text);
  }

  receive(text: string): void {
    const position = readPosition(text.replace(/^\+/, ""));
    if (text.startsWith("-")) this.buffer.end("a", text.slice(1));
    else if (!position) assert.fail(text);
    else if (!text.startsWith("+")) this.buffer.add("a", position, text);
    else {
      this.buffer.open("a", position);
      this.buffer.begin("a", position);
    }
  }

  get id(): string {
    return writeCursor(this.buffer.received);
  }

  readonly after = (id: string) => after(this.buffer, id);
}

describe("of three replicas", () => {
  const begin = ["+x-0", "+y-0", "+z-0"];

  test("the place in each is part of an id", () => {
    assert.equal(new Received(10, ...begin, "x-1", "y-1", "x-2").id, "a:z-0.y-1.x-2");
  });

  test("one goes on behind each, wherever one comes from", () => {
    const one = new Received(10, ...begin, "x-1", "y-1", "y-2", "x-2", "z-1");
    const other = new Received(10, ...begin, "y-1", "z-1", "y-2", "x-1", "x-2");
    for (const [first, second] of [
      [one, other],
      [other, one],
    ] as const) {
      assert.deepEqual(second.after(first.id), missed());
    }
    assert.deepEqual(one.after("a:x-1.y-0.z-1"), missed("y-1", "y-2", "x-2"));
    assert.deepEqual(other.after("a:x-1.y-0.z-1"), missed("y-1", "y-2", "x-2"));
  });

  test("only what is missing of any is a gap", () => {
    const { after } = new Received(2, ...begin, "x-1", "y-1", "x-2", "z-1");
    assert.deepEqual(after("a:x-1.y-1.z-0"), missed("x-2", "z-1"));
    assert.deepEqual(after("a:x-1.y-0.z-0"), { gaps: ["a"], values: ["x-2", "z-1"] });
  });
});

describe("a replica", () => {
  test("that comes is received from its beginning by who did not know of it", () => {
    const { after } = new Received(10, "+x-0", "x-1", "+y-0", "y-1", "x-2");
    assert.deepEqual(after("a:x-2"), missed("y-1"));
    const { after: late } = new Received(1, "+x-0", "+y-0", "y-1", "y-2");
    assert.deepEqual(late("a:x-0"), { gaps: ["a"], values: ["y-2"] });
  });

  test("that was gone before is not sent to who came since", () => {
    const { after } = new Received(10, "+x-0", "+y-0", "x-1", "-x", "y-1", "y-2");
    assert.deepEqual(after("a:y-1"), missed("y-2"));
  });

  test("that came and went meanwhile is reported", () => {
    const { after } = new Received(10, "+x-0", "x-1", "+y-0", "y-1", "-y", "x-2");
    assert.deepEqual(after("a:x-1"), missed("y-1", "x-2"));
  });

  test("that is gone leaves the id when nothing of it is kept any more", () => {
    const received = new Received(2, "+x-0", "+y-0", "x-1", "-x", "y-1");
    assert.equal(received.id, "a:x-1.y-1");
    received.receive("y-2");
    assert.equal(received.id, "a:y-2");
    assert.deepEqual(received.after("a:x-1.y-1"), missed("y-2"));
    assert.deepEqual(received.after("a:x-0.y-1").gaps, ["a"]);
  });

  test("of which nobody knows here makes a gap, once", () => {
    const received = new Received(10, "+x-3", "x-4");
    assert.deepEqual(received.after("a:x-3.y-9"), { gaps: ["a"], values: ["x-4"] });
    const behind = writeCursor(received.buffer.floors(cursor("a:x-3.y-9")));
    assert.equal(behind, "a:x-3");
    assert.deepEqual(received.after(behind), missed("x-4"));
  });
});

describe("however often replicas are replaced", () => {
  test("an id stays short, and who has received the last ones misses nothing", () => {
    const received = new Received(1000, "+quiet-0", "quiet-1");
    for (let rollout = 0; rollout < 500; rollout += 1) {
      received.receive(`+r${rollout}-0`);
      received.receive(`r${rollout}-1`);
      const { id } = received;
      received.receive(`-r${rollout}`);
      assert.deepEqual(received.after(id), missed());
    }
    assert.ok(received.id.length < 200, received.id);
    assert.match(received.id, /quiet-1/);
    const { gaps, values } = received.after("a:quiet-1");
    assert.deepEqual([gaps, values.at(-1)], [["a"], "r499-1"]);
    assert.deepEqual(received.after("a:quiet-1.r3-1").gaps, ["a"]);
  });
});
