import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import { authenticating, callerHeader } from "../../src/auth/caller.ts";

const ann = {
  subject: "ann",
  scopes: ["words:read"],
  claims: { name: "¿Änne? 🙂", teams: ["~b", "b"], level: { of: 3, admin: false } },
};

test("a caller is the same in Python", () => {
  assert.deepEqual(callerHeader(ann), {
    caller:
      "eyJzdWIiOiJhbm4iLCJzY29wZXMiOlsid29yZHM6cmVhZCJdLCJjbGFpbXMiOnsibmFtZSI6IsK_w4RubmU_IPCfmYIi" +
      "LCJ0ZWFtcyI6WyJ-YiIsImIiXSwibGV2ZWwiOnsib2YiOjMsImFkbWluIjpmYWxzZX19fQ",
  });
  assert.deepEqual(callerHeader(undefined), {});
});

test("a way of authentication is asked once a request", async () => {
  let asked = 0;
  const authenticate = authenticating(async () => {
    asked += 1;
    return ann;
  });
  const [first, second] = [{} as IncomingMessage, {} as IncomingMessage];
  for (const request of [first, first, second]) assert.equal(await authenticate(request), ann);
  assert.equal(asked, 2);
});
