import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertMatches, assertUnimplemented, type Problem, problemOf } from "./assertions.ts";
import { anyOperation, get, operations, post, resolve } from "./gateway.ts";

for (const operation of operations) {
  suite(operation.id, () => {
    test("answers its example as its contract says", async () => {
      const response = await post(operation.path, operation.example);
      if (response.status === 501) return assertUnimplemented((await response.json()) as Problem);
      assert.equal(response.status, 200, await response.clone().text());
      assertMatches(await response.json(), operation.output);
    });

    // What changes nothing may run again, and may have another answer by then.
    if (!operation.safe) {
      test("runs once under one idempotency key", async () => {
        const headers = { "idempotency-key": crypto.randomUUID() };
        const first = await post(operation.path, operation.example, headers);
        const second = await post(operation.path, operation.example, headers);
        assert.equal(second.status, first.status);
        if (first.status === 200) assert.deepEqual(await second.json(), await first.json());
      });
    }

    test("refuses a field that it does not know", async () => {
      const input = { ...operation.example, no_such_field: 1 };
      const problem = await problemOf(await post(operation.path, input), 400, "invalid_argument");
      assert.ok(problem.errors?.length, "the problem does not say where the error is");
    });

    const fields = Object.entries(resolve(operation.input).properties ?? {});
    const field = fields.find(([, { type }]) => type !== undefined && type !== "object");
    // Others take anything.
    if (field) {
      test("points at a field of the wrong type", async () => {
        const input = { ...operation.example, [field[0]]: {} };
        const problem = await problemOf(await post(operation.path, input), 400, "invalid_argument");
        assert.deepEqual(
          problem.errors?.map(({ pointer }) => pointer),
          [`/${field[0]}`],
        );
      });
    }
  });
}

suite("what is not an operation", () => {
  test("is not found", async () => {
    await problemOf(await post("/api/no-such-service/ask", {}), 404, "not_found");
    const { service } = anyOperation();
    await problemOf(await post(`/api/${service}/no_such_operation`, {}), 404, "not_found");
  });

  test("is refused when it is not JSON", async () => {
    const { path } = anyOperation();
    const headers = { "content-type": "application/json" };
    const response = await get(path, { method: "POST", headers, body: "{" });
    await problemOf(response, 400, "invalid_argument");
  });
});
