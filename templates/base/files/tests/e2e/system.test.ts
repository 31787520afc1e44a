import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertIs, problemOf } from "./assertions.ts";
import { get } from "./gateway.ts";

suite("the gateway", () => {
  test("is alive", async () => {
    const response = await get("/livez");
    assert.equal(response.status, 200);
    assertIs("Liveness", await response.json());
  });

  test("is ready, and so is all that it needs", async () => {
    const response = await get("/readyz");
    assert.equal(response.status, 200);
    const readiness = (await response.json()) as { status: string };
    assertIs("Readiness", readiness);
    assert.equal(readiness.status, "ready");
  });

  test("answers with problem details where there is nothing", async () => {
    await problemOf(await get("/no/such/page"), 404, "not_found");
  });

  for (const path of ["/", "/docs", "/openapi.json", "/no/such/page"]) {
    test(`protects ${path} with its headers`, async () => {
      const { headers } = await get(path);
      const policy = headers.get("content-security-policy") ?? "";
      assert.match(policy, /default-src '(none|self)'/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.doesNotMatch(policy, /unsafe-|\*/);
      assert.equal(headers.get("x-content-type-options"), "nosniff");
      assert.ok(headers.get("referrer-policy"));
      assert.equal(headers.get("x-powered-by"), null);
    });
  }

  test("lets no other site read it unless it is set to", async () => {
    const response = await get("/openapi.json", { headers: { origin: "https://other.example" } });
    assert.equal(response.headers.get("access-control-allow-origin"), null);
  });
});
