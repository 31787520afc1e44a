import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { exampleOf, type OpenApi, readServices, realtimeWays, resolve } from "../pages/openapi.ts";

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
        properties: {
          item: { type: "string", minLength: 3, examples: ["pear"] },
          amount: { type: "integer", minimum: 1, maximum: 9, default: 1, description: "How many." },
          colours: { type: "array", items: { type: "string", enum: ["red", "blue"] }, minItems: 2 },
          note: { type: "string" },
          inside: { $ref: "#/components/schemas/Order" },
        },
        required: ["item", "colours"],
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

test("an example has what the contract gives, what is required, and nothing else", () => {
  assert.deepEqual(exampleOf(document, { $ref: "#/components/schemas/Order" }), {
    item: "pear",
    amount: 1,
    colours: ["red", "red"],
  });
});
