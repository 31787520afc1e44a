import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { ProblemBody } from "../src/calls/problem.ts";
import { createGateway, type Gateway, type Wiring } from "../src/server/gateway.ts";

/** A gateway on a free port of the loopback. */
export interface Served extends AsyncDisposable {
  readonly origin: string;
  readonly gateway: Gateway;
  /** `fetch` with a JSON body. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
}

/** Starts a gateway as `run` does, in this process and without its signals. */
export async function serve(
  wiring: Wiring,
  variables: Readonly<Record<string, string>> = {},
): Promise<Served> {
  const gateway = createGateway(
    { APP_ENV: "test", LOG_LEVEL: "silent", PORT: "0", ...variables },
    wiring,
  );
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

/** The problem in a response, which must be one. */
export async function problemOf(response: Response): Promise<ProblemBody> {
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  return (await response.json()) as ProblemBody;
}
