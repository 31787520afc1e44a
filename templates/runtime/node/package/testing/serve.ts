import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { ProblemBody } from "../src/calls/problem.ts";
import type { Job, JobStatus } from "../src/jobs/board.ts";
import { createGateway, type Gateway, type Wiring } from "../src/server/gateway.ts";

/** A gateway on a free port of the loopback. */
export interface Served extends AsyncDisposable {
  readonly origin: string;
  readonly gateway: Gateway;
  /** `fetch` with a JSON body. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
}

/** Settings of a gateway in tests, where whatever else runs may hold up the process: no overload. */
export const TESTING: Readonly<Record<string, string>> = {
  APP_ENV: "test",
  LOG_LEVEL: "silent",
  EVENT_LOOP_DELAY_MS: "0",
};

/** Starts a gateway as `run` does, in this process and without its signals. */
export async function serve(
  wiring: Wiring,
  variables: Readonly<Record<string, string>> = {},
): Promise<Served> {
  const gateway = createGateway({ ...TESTING, PORT: "0", ...variables }, wiring);
  const server = await wiring.server(gateway);
  const origin = await server.listen();
  return {
    origin,
    gateway,
    post: (path, body, headers) =>
      fetch(`${origin}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      }),
    async [Symbol.asyncDispose]() {
      await Promise.all([gateway.drain(), server.close()]);
      await gateway.close();
    },
  };
}

/** Closes `resource` when the test is over. (`await using` needs Node.js 24.) */
export function closing<T extends AsyncDisposable>(test: TestContext, resource: T): T {
  test.after(() => resource[Symbol.asyncDispose]());
  return resource;
}

/** Waits until `look` throws no more, and resolves to what it returns. @throws what it threw last */
export function eventually<T>(test: TestContext, look: () => T): Promise<Awaited<T>> {
  return test.waitFor(look, { interval: 10, timeout: 20_000 });
}

/** Waits until a job has come as far as `status`. */
export function reaches(
  test: TestContext,
  { jobs }: Gateway,
  id: string,
  status: JobStatus,
): Promise<Job> {
  return eventually(test, async () => {
    const job = await jobs.get(id);
    assert.equal(job.status, status);
    return job;
  });
}

/** The problem in a response, which must be one. */
export async function problemOf(response: Response): Promise<ProblemBody> {
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  return (await response.json()) as ProblemBody;
}
