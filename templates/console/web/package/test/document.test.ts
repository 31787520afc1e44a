import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  type Json,
  type OpenApi,
  readServices,
  realtimeWays,
  resolve,
  type Schema,
} from "../pages/openapi.ts";
import { type Part, partsOf, percent, pretty, summary } from "../pages/result.ts";

const document: OpenApi = {
  info: { title: "test", version: "1" },
  tags: [{ name: "shop", description: "Sells." }],
  paths: {
    "/api/shop/sell": {
      post: {
        description: "Sells one.",
        requestBody: {
          content: { "application/json": { schema: { $ref: "#/components/schemas/Order" } } },
        },
        responses: { "200": { content: { "application/json": { schema: { type: "object" } } } } },
        "x-hybridge": { service: "shop", operation: "sell" },
      },
    },
    "/api/events": { get: { summary: "events" } },
    "/livez": { get: {} },
  },
  components: {
    schemas: {
      Order: {
        type: "object",
        description: "What is wanted.",
        properties: { item: { type: "string", minLength: 3, examples: ["pear"] } },
        required: ["item"],
      },
      Loop: { $ref: "#/components/schemas/Loop" },
      Sold: { type: "object", description: "One was sold.", properties: {} },
    },
  },
  "x-hybridge": { channels: { "shop.sold": "Sold" } },
};

suite("the document", () => {
  test("lists services, operations and channels", () => {
    const [service, ...others] = readServices(document);
    assert.deepEqual(others, []);
    assert.equal(service?.name, "shop");
    assert.equal(service.description, "Sells.");
    const [operation] = service.operations;
    assert.equal(operation?.id, "shop.sell");
    assert.equal(operation.path, "/api/shop/sell");
    assert.deepEqual(operation.input, { $ref: "#/components/schemas/Order" });
    assert.deepEqual(service.channels, ["shop.sold"]);
  });

  test("shows by its paths how to listen to events", () => {
    assert.deepEqual(realtimeWays(document), ["sse"]);
    assert.deepEqual(realtimeWays({ ...document, paths: {} }), []);
  });

  test("that refers to itself in a circle is no endless loop", () => {
    assert.deepEqual(resolve(document, { $ref: "#/components/schemas/Loop" }), {});
  });
});

function only(schema: Schema, value: Json): Part {
  const [part] = partsOf(
    document,
    { type: "object", properties: { some_field: schema } },
    {
      some_field: value,
    },
  );
  assert.ok(part);
  assert.equal(part.name, "some field");
  return part;
}

suite("a part of an answer", () => {
  const share = { type: "number", minimum: 0, maximum: 1 };

  test("that is bytes of an image is an image, other bytes are a file", () => {
    const bytes = { type: "string", contentEncoding: "base64" };
    const image = only({ ...bytes, contentMediaType: "image/svg+xml" }, "PHN2Zy8+");
    assert.equal(image.kind, "image");
    assert.equal(only(bytes, "AAAA").kind, "file");
  });

  test("that is a list or map of numbers from 0 to 1 is shares", () => {
    const list = only({ type: "array", items: share }, [0.25, 0.75]);
    assert.deepEqual(list.kind === "shares" && list.shares, [
      { key: "0", share: 0.25 },
      { key: "1", share: 0.75 },
    ]);
    assert.equal(
      only({ type: "object", additionalProperties: share }, { a: 1, b: 0 }).kind,
      "shares",
    );
    assert.equal(only({ type: "array", items: { type: "number" } }, [0.25, 0.75]).kind, "json");
    assert.equal(only({ type: "array", items: share }, [1]).kind, "json");
  });

  test("that is a list of records is a table", () => {
    const part = only({ type: "array" }, [
      { name: "a", p50: 0.0123456789, top: [{ value: "x", count: 2 }] },
      { name: "b" },
    ]);
    assert.deepEqual(part.kind === "table" && { columns: part.columns, rows: part.rows }, {
      columns: ["name", "p50", "top"],
      rows: [
        ["a", "0.012346", "x 2"],
        ["b", "", ""],
      ],
    });
  });

  test("that is absent is left out", () => {
    assert.deepEqual(partsOf(document, { properties: { a: {}, b: {} } }, { b: true }), [
      { kind: "value", name: "b", description: "", text: "yes" },
    ]);
  });

  test("that says in one word what shares say in numbers is the verdict", () => {
    const schema = {
      properties: { label: { type: "integer" }, probabilities: { type: "array", items: share } },
    };
    const parts = partsOf(document, schema, { label: 1, probabilities: [0.1, 0.9] });
    assert.ok(parts[0]?.kind === "value" && parts[0].isVerdict);
    assert.equal(summary(parts), "label 1; probabilities highest for 1 (90.0\u00a0%)");
  });
});

test("a share is shown in per cent", () => {
  assert.equal(percent(0.98249), "98.2\u00a0%");
});

test("JSON stands on one line where it is short, and its long text is cut", () => {
  assert.equal(pretty({ a: [1, "two", null], b: [{}] }), '{"a": [1, "two", null], "b": [{}]}');
  assert.match(pretty("x".repeat(5000)), /^"x{2000} \u2026 5000 characters"$/);
});
