import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type Field, fieldOf } from "../pages/form/model.ts";
import type { OpenApi, Schema } from "../pages/openapi/document.ts";

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
