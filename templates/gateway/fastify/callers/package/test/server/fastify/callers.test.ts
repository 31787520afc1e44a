import assert from "node:assert/strict";
import { test } from "node:test";
import { asking, openAuthentication } from "../../../testing/callers.ts";
import { LocalService } from "../../../testing/local.ts";
import { sampleWiring } from "../../../testing/sample.ts";
import { closing, serve } from "../../../testing/serve.ts";

test("requests are counted by who asks, and of who does not say by the address", async (t) => {
  const wiring = sampleWiring(() => new LocalService(), { authentication: openAuthentication });
  const variables = { RATE_LIMIT: "2", TRUST_PROXY: "127.0.0.0/8" };
  const gateway = closing(t, await serve(wiring, variables));
  const statuses = async (headers: Record<string, string>, address: string) => {
    const asked = { ...headers, "x-forwarded-for": address };
    const answers = [];
    for (let count = 0; count < 3; count += 1) {
      const { status } = await gateway.post("/api/sample/read", { word: "a" }, asked);
      answers.push(status);
    }
    return answers;
  };
  assert.deepEqual(await statuses(asking("ann"), "203.0.113.1"), [200, 200, 429]);
  assert.deepEqual(await statuses(asking("ann"), "203.0.113.2"), [429, 429, 429]);
  assert.deepEqual(await statuses(asking("bob"), "203.0.113.1"), [200, 200, 429]);
  assert.deepEqual(await statuses({}, "203.0.113.1"), [200, 200, 429]);
  // Nobody is anybody else by his name.
  assert.deepEqual(await statuses(asking("203.0.113.1"), "203.0.113.3"), [200, 200, 429]);
  // Who is refused counts as well, and in the end is not told more than that.
  assert.deepEqual(await statuses(asking(""), "203.0.113.4"), [401, 401, 429]);
});
