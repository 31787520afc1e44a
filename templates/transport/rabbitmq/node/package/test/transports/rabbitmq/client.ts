import type { TestContext } from "node:test";
import pRetry from "p-retry";
import type { TransportClient } from "../../../src/transports/client.ts";
import { connect } from "../../../src/transports/rabbitmq.ts";
import { sampleLink } from "../../../testing/sample.ts";

/** The client of the sample, without a gateway around it; closed when the test is over. */
export function openClient(
  test: TestContext,
  variables: Readonly<Record<string, string>>,
): TransportClient {
  const client = connect(sampleLink(variables));
  test.after(() => client.close());
  return client;
}

/** Aborts when the test is over, or takes too long. */
export function ending(test: TestContext): AbortSignal {
  const ended = new AbortController();
  test.after(() => ended.abort());
  return AbortSignal.any([ended.signal, AbortSignal.timeout(20_000)]);
}

/** Waits until `holds` does not throw any more. */
export async function until(test: TestContext, holds: () => Promise<void>): Promise<void> {
  const signal = ending(test);
  await pRetry(holds, { retries: Number.POSITIVE_INFINITY, maxTimeout: 100, signal });
}
