import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Cursor, readCursor, readPosition, writeCursor } from "../../src/events/cursor.ts";
import { ReplayBuffer } from "../../src/events/history.ts";

/** What a gateway receives of one service `a`: events (`x-1`), logs that open (`+x-0`) and end (`-x`). */
class Heard {
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

  after(id: string) {
    const { gaps, events } = this.buffer.after(cursor(id));
    return { gaps, values: events.map(({ value }) => value) };
  }
}

const cursor = (id: string): Cursor => readCursor(id) ?? assert.fail(id);
const missed = (...values: string[]) => ({ gaps: [], values });

describe("of three replicas", () => {
  const begin = ["+x-0", "+y-0", "+z-0"];

  test("the place in each is part of an id", () => {
    assert.equal(new Heard(10, ...begin, "x-1", "y-1", "x-2").id, "a:z-0.y-1.x-2");
  });

  test("one goes on behind each, wherever one comes from", () => {
    const one = new Heard(10, ...begin, "x-1", "y-1", "y-2", "x-2", "z-1");
    const other = new Heard(10, ...begin, "y-1", "z-1", "y-2", "x-1", "x-2");
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
    const { after } = bound(new Heard(2, ...begin, "x-1", "y-1", "x-2", "z-1"));
    assert.deepEqual(after("a:x-1.y-1.z-0"), missed("x-2", "z-1"));
    assert.deepEqual(after("a:x-1.y-0.z-0"), { gaps: ["a"], values: ["x-2", "z-1"] });
  });
});

describe("a replica", () => {
  test("that comes is received from its beginning by who did not know of it", () => {
    const { after } = bound(new Heard(10, "+x-0", "x-1", "+y-0", "y-1", "x-2"));
    assert.deepEqual(after("a:x-2"), missed("y-1"));
    const { after: late } = bound(new Heard(1, "+x-0", "+y-0", "y-1", "y-2"));
    assert.deepEqual(late("a:x-0"), { gaps: ["a"], values: ["y-2"] });
  });

  test("that was gone before is not sent to who came since", () => {
    const { after } = bound(new Heard(10, "+x-0", "+y-0", "x-1", "-x", "y-1", "y-2"));
    assert.deepEqual(after("a:y-1"), missed("y-2"));
  });

  test("that came and went meanwhile is told", () => {
    const { after } = bound(new Heard(10, "+x-0", "x-1", "+y-0", "y-1", "-y", "x-2"));
    assert.deepEqual(after("a:x-1"), missed("y-1", "x-2"));
  });

  test("that is gone leaves the id when nothing of it is kept any more", () => {
    const received = new Heard(2, "+x-0", "+y-0", "x-1", "-x", "y-1");
    assert.equal(received.id, "a:x-1.y-1");
    received.receive("y-2");
    assert.equal(received.id, "a:y-2");
    assert.deepEqual(received.after("a:x-1.y-1"), missed("y-2"));
    assert.deepEqual(received.after("a:x-0.y-1").gaps, ["a"]);
  });

  test("of which nobody knows here makes a gap, once", () => {
    const received = new Heard(10, "+x-3", "x-4");
    assert.deepEqual(received.after("a:x-3.y-9"), { gaps: ["a"], values: ["x-4"] });
    const behind = writeCursor(received.buffer.floors(cursor("a:x-3.y-9")));
    assert.equal(behind, "a:x-3");
    assert.deepEqual(received.after(behind), missed("x-4"));
  });
});

describe("however often replicas are replaced", () => {
  test("an id stays short, and who has received the last ones misses nothing", () => {
    const received = new Heard(1000, "+quiet-0", "quiet-1");
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

function bound(received: Heard) {
  return { after: (id: string) => received.after(id) };
}
