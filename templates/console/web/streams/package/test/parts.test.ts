import assert from "node:assert/strict";
import { suite, type TestContext, test } from "node:test";
import type { OpenApi, Operation, Schema } from "../pages/openapi.ts";
import { readServices } from "../pages/openapi.ts";
import { followParts, partSchemas, textOf } from "../pages/parts.ts";

const token: Schema = { type: "object", properties: { token: { type: "string" } } };
const usage: Schema = { type: "object", properties: { tokens: { type: "integer" } } };

/** A gateway with one operation, which answers in parts or not. */
function documentOf(stream: boolean): OpenApi {
  const output = { type: "object", properties: { parts: { items: token }, output: usage } };
  return {
    info: { title: "test", version: "1" },
    paths: {
      "/api/chat/say": {
        post: {
          responses: { "200": { content: { "application/json": { schema: output } } } },
          "x-hybridge": { service: "chat", operation: "say", stream },
        },
      },
    },
  };
}

function operationOf(document: OpenApi): Operation {
  return readServices(document)[0]?.operations[0] ?? assert.fail();
}

suite("answers in parts", () => {
  test("are told by the document, with what a part is and what is known at the end", () => {
    const document = documentOf(true);
    assert.deepEqual(partSchemas(document, operationOf(document)), { part: token, output: usage });
  });

  test("are not those of an operation that answers once", () => {
    const document = documentOf(false);
    assert.equal(partSchemas(document, operationOf(document)), undefined);
  });

  test("are pieces of one text where all that a part has is a string", () => {
    const document = documentOf(true);
    assert.equal(textOf(document, token, { token: " sea" }), " sea");
    assert.equal(textOf(document, token, {}), "");
    assert.equal(textOf(document, usage, { tokens: 1 }), undefined);
    const both = { properties: { ...token.properties, ...usage.properties } };
    assert.equal(textOf(document, both, { token: "a", tokens: 1 }), undefined);
    const file = { properties: { token: { type: "string", contentEncoding: "base64" } } };
    assert.equal(textOf(document, file, { token: "AAAA" }), undefined);
  });
});

/** A page whose gateway answers questions for the job in this order; it looks at once, and no event comes. */
function lookAt(t: TestContext, answers: readonly Response[]): Promise<void> {
  const left = [...answers];
  t.mock.method(globalThis, "fetch", (url: string | URL) => {
    if (String(url).includes("/api/events")) return new Promise(() => {});
    return Promise.resolve(left.shift() ?? Response.json({}, { status: 500 }));
  });
  const window = {
    location: { href: "http://localhost/" },
    sessionStorage: { getItem: () => null },
    setInterval: (look: () => void) => setInterval(look, 1).unref(),
    clearInterval,
  };
  Object.assign(globalThis, { window });
  return followParts("/api/jobs/7", "sse", () => {});
}

suite("a job that is followed", () => {
  const running = () => Response.json({ id: "7", status: "running" });

  test("is over when the gateway says so, though its end does not arrive", async (t) => {
    const over = Response.json({ id: "7", status: "failed", finished: "2026-01-01T00:00:00Z" });
    await lookAt(t, [running(), Response.json({ code: "unavailable" }, { status: 503 }), over]);
  });

  test("is not waited for when there is none", async (t) => {
    const unknown = Response.json({ code: "not_found" }, { status: 404 });
    await assert.rejects(lookAt(t, [running(), unknown]), { name: "Error" });
  });
});
