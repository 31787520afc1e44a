import type { TestContext } from "node:test";
import pino from "pino";
import { Environment } from "../../../src/server/environment.ts";
import type { TransportClient } from "../../../src/transports/client.ts";
import { connect } from "../../../src/transports/kafka.ts";
import { sample } from "../../../testing/sample.ts";

/** The port to the sample, without a gateway around it; closed when the test is over. */
export function openPort(
  test: TestContext,
  variables: Readonly<Record<string, string>>,
): TransportClient {
  const port = connect({
    identity: { system: "demo", name: "gateway" },
    service: sample,
    prefix: "SAMPLE",
    environment: new Environment({ APP_ENV: "test", ...variables }),
    concurrency: 100,
    log: pino({ level: "silent" }),
  });
  test.after(() => port.close());
  return port;
}

/** Aborts when the test is over, or takes too long. */
export function ending(test: TestContext): AbortSignal {
  const ended = new AbortController();
  test.after(() => ended.abort());
  return AbortSignal.any([ended.signal, AbortSignal.timeout(20_000)]);
}
