import assert from "node:assert/strict";
import { suite, test } from "node:test";
import openapi from "../../openapi.json" with { type: "json" };
import { curlOf } from "../../public/js/docs/curl.js";
import { rowsOf, typeOf, typesIn } from "../../public/js/docs/types.js";
import { fieldOf } from "../../public/js/form/model.js";
import {
  type OpenApi,
  readServices,
  realtimeWays,
  resolve,
} from "../../public/js/openapi/document.js";
import { exampleOf } from "../../public/js/openapi/example.js";

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
  test("tells services, operations and events", () => {
    const [service, ...others] = readServices(document);
    assert.deepEqual(others, []);
    assert.equal(service?.name, "shop");
    assert.equal(service.description, "Sells.");
    const [operation] = service.operations;
    assert.equal(operation?.id, "shop.sell");
    assert.equal(operation.path, "/api/shop/sell");
    assert.deepEqual(operation.input, { $ref: "#/components/schemas/Order" });
    const [event] = service.events;
    assert.equal(event?.name, "sold");
    assert.equal(event.channel, "shop.sold");
    assert.equal(event.description, "One was sold.");
  });

  test("tells by its paths how the gateway lets one listen", () => {
    assert.deepEqual(realtimeWays(document), ["sse"]);
    assert.deepEqual(realtimeWays({ ...document, paths: {} }), []);
  });

  test("that refers to itself in a circle is no endless loop", () => {
    assert.deepEqual(resolve(document, { $ref: "#/components/schemas/Loop" }), {});
  });

  test("of this gateway gives every operation a form and an example", () => {
    const api = openapi as unknown as OpenApi;
    for (const { operations } of readServices(api)) {
      for (const { id, input } of operations) {
        assert.equal(fieldOf(api, "input", input).kind, "record", id);
        assert.equal(typeof exampleOf(api, input), "object", id);
      }
    }
  });
});

test("an example has what the contract gives, what is required, and nothing else", () => {
  assert.deepEqual(exampleOf(document, { $ref: "#/components/schemas/Order" }), {
    item: "pear",
    amount: 1,
    colours: ["red", "red"],
  });
});

suite("a schema in words", () => {
  test("is a row for each field", () => {
    const [item, amount] = rowsOf(document, { $ref: "#/components/schemas/Order" });
    assert.deepEqual(item, {
      name: "item",
      type: "string",
      required: true,
      description: "Length 3 on.",
    });
    assert.equal(amount?.description, "How many. From 1 to 9. Default: 1.");
  });

  test("names every type", () => {
    assert.equal(
      typeOf({ type: "array", items: { $ref: "#/components/schemas/Order" } }),
      "list of Order",
    );
    assert.equal(
      typeOf({ type: "object", additionalProperties: { type: "number" } }),
      "map of number",
    );
    assert.equal(typeOf({ type: "string", enum: ["a", "b"] }), "a | b");
    assert.equal(typeOf({ type: "string", format: "date-time" }), "timestamp");
    assert.equal(
      typeOf({ type: "string", contentEncoding: "base64", contentMediaType: "image/png" }),
      "bytes (image/png)",
    );
    assert.equal(typeOf({}), "any JSON");
  });

  test("finds the types that it leads to, each once", () => {
    assert.deepEqual(typesIn(document, { $ref: "#/components/schemas/Order" }), ["Order"]);
  });
});

test("a command line survives quotes", () => {
  assert.equal(
    curlOf("http://localhost/api", { text: "it's $HOME" }),
    [
      "curl 'http://localhost/api' \\",
      "  -H 'content-type: application/json' \\",
      `  -d '{"text":"it'\\''s $HOME"}'`,
    ].join("\n"),
  );
});
