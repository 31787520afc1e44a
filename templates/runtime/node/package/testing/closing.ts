import type { TestContext } from "node:test";

/** Closes `resource` when the test is over. (`await using` needs Node.js 24.) */
export function closing<T extends AsyncDisposable>(test: TestContext, resource: T): T {
  test.after(() => resource[Symbol.asyncDispose]());
  return resource;
}
