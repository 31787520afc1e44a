import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { localOf, parseJson, parseNumbers, timestampOf } from "../pages/form/parse.ts";
import { locate, parsePointer } from "../pages/form/pointer.ts";

suite("numbers in one field", () => {
  const list = { minItems: 2, maxItems: 3 };
  const number = { type: "number", minimum: 0, maximum: 9 };

  for (const text of ["1, 2.5", "1 2.5", "[1,\n2.5]", " 1;2.5 "]) {
    test(`${JSON.stringify(text)} is read`, () => {
      assert.deepEqual(parseNumbers(text, list, number), { value: [1, 2.5] });
    });
  }

  test("as many as the contract says", () => {
    assert.match(parseNumbers("1", list, number).error ?? "", /at least 2.*there are 1/);
    assert.match(parseNumbers("1 2 3 4", list, number).error ?? "", /at most 3.*there are 4/);
    assert.deepEqual(parseNumbers("", {}, number), { value: [] });
  });

  test("what is no number, or not within the bounds, is named", () => {
    for (const text of ["1 two", "1 10", "1 -1", "1 Infinity", "1 1e999"]) {
      assert.match(parseNumbers(text, list, number).error ?? "", /^Number 2, `/);
    }
    assert.match(parseNumbers("1 2.5", list, { type: "integer" }).error ?? "", /`2\.5`/);
  });
});

test("JSON is read, and what is not JSON is explained", () => {
  assert.deepEqual(parseJson('{"a": [1]}'), { value: { a: [1] } });
  assert.match(parseJson("{a: 1}").error ?? "", /^This is not JSON: /);
});

test("a time goes into a field and comes back as the same instant", () => {
  const local = localOf("2026-11-22T14:30:05+01:00");
  assert.match(local, /^2026-11-22T\d\d:30:05$/);
  assert.equal(timestampOf(local), "2026-11-22T13:30:05.000Z");
  assert.equal(timestampOf(""), undefined);
  assert.equal(localOf("yesterday"), "");
});

suite("a JSON Pointer", () => {
  /** A tree of named parts. */
  class Part {
    readonly name: string;
    readonly parts: readonly Part[];

    constructor(name: string, ...parts: Part[]) {
      this.name = name;
      this.parts = parts;
    }

    child(segment: string): Part | undefined {
      return this.parts.find((part) => part.name === segment);
    }
  }
  const form = new Part("", new Part("items", new Part("0", new Part("a/b")), new Part("1")));

  test("is taken apart with its escapes", () => {
    assert.deepEqual(parsePointer(""), []);
    assert.deepEqual(parsePointer("/pixels/3"), ["pixels", "3"]);
    assert.deepEqual(parsePointer("/a~1b/~01/"), ["a/b", "~1", ""]);
  });

  const places: [pointer: string, name: string, rest: string[]][] = [
    ["", "", []],
    ["/items", "items", []],
    ["/items/1", "1", []],
    ["/items/0/a~1b", "a/b", []],
    ["/items/7/name", "items", ["7", "name"]],
    ["/nowhere", "", ["nowhere"]],
  ];
  for (const [pointer, name, rest] of places) {
    test(`"${pointer}" leads to "${name}"`, () => {
      const found = locate(form, pointer);
      assert.equal(found.node.name, name);
      assert.deepEqual(found.rest, rest);
    });
  }
});
