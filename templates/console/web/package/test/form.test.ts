import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { locate, parsePointer } from "../pages/form/form.ts";
import {
  type Field,
  fieldOf,
  localOf,
  parseJson,
  parseNumbers,
  timestampOf,
} from "../pages/form/model.ts";
import type { OpenApi, Schema } from "../pages/openapi.ts";

const document: OpenApi = {
  info: { title: "test", version: "1" },
  paths: {},
  components: {
    schemas: {
      Item: {
        type: "object",
        description: "A thing.",
        properties: {
          name: { type: "string", examples: ["apple"] },
          parts: { type: "array", items: { $ref: "#/components/schemas/Item" } },
        },
        required: ["name"],
      },
    },
  },
};

const field = (schema: Schema, required = true): Field =>
  fieldOf(document, "some_name", schema, { required });

suite("the kind of a field", () => {
  const number = { type: "number", minimum: 0, maximum: 16 };
  const kinds: [Field["kind"], Schema][] = [
    ["text", { type: "string" }],
    ["text", { type: "string", maxLength: 200 }],
    ["paragraph", { type: "string", maxLength: 1000 }],
    ["integer", { type: "integer" }],
    ["number", { type: "number" }],
    ["boolean", { type: "boolean" }],
    ["choice", { type: "string", enum: ["red", "green"] }],
    ["timestamp", { type: "string", format: "date-time" }],
    ["uuid", { type: "string", format: "uuid" }],
    ["file", { type: "string", contentEncoding: "base64", contentMediaType: "image/png" }],
    ["json", {}],
    ["json", { type: "object" }],
    ["list", { type: "array", items: { type: "string" } }],
    ["list", { type: "array", items: { type: "array", items: number } }],
    ["numbers", { type: "array", items: { type: "number" } }],
    ["map", { type: "object", additionalProperties: { type: "string" } }],
    ["record", { $ref: "#/components/schemas/Item" }],
    ["digit", { type: "array", minItems: 64, maxItems: 64, items: number }],
    ["numbers", { type: "array", minItems: 63, maxItems: 64, items: number }],
    ["numbers", { type: "array", minItems: 64, maxItems: 64, items: { ...number, maximum: 255 } }],
  ];
  for (const [kind, schema] of kinds) {
    test(`${JSON.stringify(schema)} is ${kind}`, () => {
      assert.equal(field(schema).kind, kind);
    });
  }
});

suite("a field at first", () => {
  test("holds the default, and not the example", () => {
    assert.equal(field({ type: "integer", default: 5, examples: [7] }, false).initial, 5);
  });

  test("holds the example when it is required and has no default", () => {
    assert.equal(field({ type: "integer", examples: [7] }).initial, 7);
  });

  test("is absent when it is optional, and shows the example only", () => {
    const { initial, example } = field({ type: "integer", examples: [7] }, false);
    assert.equal(initial, undefined);
    assert.equal(example, 7);
  });

  test("holds falsy values too", () => {
    assert.equal(field({ type: "boolean", default: false }, false).initial, false);
    assert.equal(field({ type: "integer", examples: [0] }).initial, 0);
  });
});

suite("the hint of a field", () => {
  const hints: [string, Schema][] = [
    ["1 to 10", { type: "integer", minimum: 1, maximum: 10 }],
    ["at least 0", { type: "number", minimum: 0 }],
    ["", { type: "integer", minimum: -(2 ** 53 - 1), maximum: 2 ** 53 - 1 }],
    ["at most 40 characters", { type: "string", minLength: 0, maxLength: 40 }],
    ["exactly 3 characters", { type: "string", minLength: 3, maxLength: 3 }],
    ["1 to 4 entries", { type: "array", items: { type: "string" }, minItems: 1, maxItems: 4 }],
    [
      "exactly 3 numbers, each -1 to 1",
      {
        type: "array",
        items: { type: "number", minimum: -1, maximum: 1 },
        minItems: 3,
        maxItems: 3,
      },
    ],
  ];
  for (const [hint, schema] of hints) {
    test(`of ${JSON.stringify(schema)} is "${hint}"`, () => {
      assert.equal(field(schema).hint, hint);
    });
  }
});

suite("a field of fields", () => {
  test("has them in the order of the contract, each with its label", () => {
    const fields = field({ $ref: "#/components/schemas/Item" }).fields();
    assert.deepEqual(
      fields.map(({ name, label, kind, required, initial }) => ({
        name,
        label,
        kind,
        required,
        initial,
      })),
      [
        { name: "name", label: "name", kind: "text", required: true, initial: "apple" },
        { name: "parts", label: "parts", kind: "list", required: false, initial: undefined },
      ],
    );
  });

  test("passes its own example on to them", () => {
    const [name] = field({
      $ref: "#/components/schemas/Item",
      examples: [{ name: "pear" }],
    }).fields();
    assert.equal(name?.initial, "pear");
  });

  test("may hold itself", () => {
    const [, parts] = field({ $ref: "#/components/schemas/Item" }).fields();
    const [, inner] = parts?.item({ name: "pip" }).fields() ?? [];
    assert.equal(inner?.kind, "list");
  });

  test("has its own description, or else that of its type", () => {
    assert.equal(field({ $ref: "#/components/schemas/Item" }).description, "A thing.");
    const own = { $ref: "#/components/schemas/Item", description: "This one." };
    assert.equal(field(own).description, "This one.");
  });
});

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
