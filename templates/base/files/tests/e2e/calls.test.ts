import assert from "node:assert/strict";
import { request } from "node:http";
import { suite, test } from "node:test";
import { assertUnimplemented, type Problem, problemOf } from "./assertions.ts";
import { anyOperation, authorization, baseUrl, linked, operations, post } from "./gateway.ts";
import { startJob } from "./jobs.ts";

/** Bytes; more than any gateway takes. */
const TOO_LARGE = 10_000_000_000;
/** The sampled trace of a client (https://www.w3.org/TR/trace-context/). */
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
/** Clients that leave at once. */
const LEAVERS = 10;

/** The answer to a body that is announced and never sent. */
async function announce(path: string, bytes: number): Promise<Response> {
  const outgoing = request(baseUrl + path, {
    method: "POST",
    headers: { "content-type": "application/json", "content-length": bytes, ...authorization },
  });
  try {
    outgoing.flushHeaders();
    return await new Promise((resolve, reject) => {
      outgoing.once("error", reject);
      outgoing.once("response", async (incoming) => {
        const body = (await incoming.toArray()).join("");
        const type = incoming.headers["content-type"] ?? "";
        resolve(
          new Response(body, {
            status: incoming.statusCode ?? 0,
            headers: { "content-type": type },
          }),
        );
      });
    });
  } finally {
    outgoing.destroy();
  }
}

// One operation of each service: each may be reached in another way, and all keep to the same.
for (const operation of linked) {
  const { id, path, example } = operation;

  suite(`what every call of ${operation.service} keeps to`, () => {
    test("a body that is too large is refused before it is sent", async () => {
      await problemOf(await announce(path, TOO_LARGE), 413, "invalid_argument");
    });

    test("an idempotency key is a short text of visible characters", async () => {
      for (const key of ["", "x".repeat(1000), "a b"]) {
        const response = await post(path, example, { "idempotency-key": key });
        await problemOf(response, 400, "invalid_argument");
      }
    });

    test("one key stands for one job", async () => {
      const headers = { "idempotency-key": crypto.randomUUID() };
      const jobs = await Promise.all([1, 2].map(() => startJob(operation, headers)));
      jobs.push(await startJob(operation, headers));
      assert.equal(new Set(jobs.map((job) => job.id)).size, 1);
    });

    const other = operations.find((one) => one.id !== id);
    if (other) {
      test("a key that stands for another job is a conflict", async () => {
        const headers = { "idempotency-key": crypto.randomUUID() };
        await startJob(operation, headers);
        const preferring = { ...headers, prefer: "respond-async" };
        await problemOf(await post(other.path, other.example, preferring), 409, "conflict");
      });
    }

    test("a problem names the trace that it belongs to, where the system is traced", async () => {
      const traceparent = `00-${TRACE}-00f067aa0ba902b7-01`;
      const input = { ...example, no_such_field: 1 };
      const response = await post(path, input, { traceparent });
      const problem = await problemOf(response, 400, "invalid_argument");
      // Whether it is (OTEL_* in .env), nothing else says.
      if (problem.trace_id !== undefined) assert.equal(problem.trace_id, TRACE);
    });

    test("clients that leave are no burden", async () => {
      const leaving = Array.from({ length: LEAVERS }, async () => {
        const client = new AbortController();
        const answer = post(path, example, {}, client.signal);
        setImmediate(() => client.abort());
        await answer.then((response) => response.text()).catch(() => undefined);
      });
      await Promise.all(leaving);
      const response = await post(path, example);
      if (response.status === 501) return assertUnimplemented((await response.json()) as Problem);
      assert.equal(response.status, 200, await response.text());
    });
  });
}

test("every service has an operation that is asked here", () => {
  assert.ok(linked.includes(anyOperation()));
  const services = new Set(operations.map(({ service }) => service));
  assert.deepEqual(new Set(linked.map(({ service }) => service)), services);
});
