// Answers in parts whose reader leaves while they are asked for again.
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace";
import { Problem } from "../../src/calls/problem.ts";
import { streamOf } from "../../src/calls/streams.ts";
import { createGateway } from "../../src/server/gateway.ts";
import type { CallContext } from "../../src/transports/client.ts";
import { LocalService, until } from "../../testing/local.ts";
import { eventually, TESTING } from "../../testing/serve.ts";
import { sample, streamsWiring } from "../../testing/streams.ts";

const exporter = new InMemorySpanExporter();
const sdk = new NodeSDK({
  autoDetectResources: false,
  spanProcessors: [new SimpleSpanProcessor({ exporter })],
});
before(() => sdk.start());
after(() => sdk.shutdown());

/** The codes with which the spans of attempts ended. */
function attempts(): unknown[] {
  return exporter.getFinishedSpans().map(({ attributes }) => attributes["error.type"]);
}

/** Asks for an answer whose second attempt brings a part, and leaves so many microtasks after that. */
async function leave(t: TestContext, microtasks: number): Promise<void> {
  const client = new AbortController();
  const later = (left: number): void => {
    if (left === 0) client.abort();
    else queueMicrotask(() => later(left - 1));
  };
  let tries = 0;
  let closed = 0;
  async function* stream(_operation: unknown, _input: unknown, { signal }: CallContext) {
    tries += 1;
    if (tries === 1) throw new Problem("unavailable", "starting");
    try {
      later(microtasks);
      yield { part: { word: "0" } };
      signal.throwIfAborted();
      await until(signal);
    } finally {
      closed += 1;
    }
  }
  exporter.reset();
  const service = Object.assign(new LocalService(), { stream });
  const wiring = streamsWiring(() => service);
  const gateway = createGateway(TESTING, wiring);
  t.after(() => gateway.close());
  const options = { signal: client.signal };
  const items = streamOf(gateway.dispatch, sample.operations.look, { topic: "a" }, options);
  const read = async () => {
    for await (const _item of items);
  };
  await assert.rejects(read, { message: "The client left" });
  await eventually(t, () => assert.deepEqual(attempts(), ["unavailable", "unavailable"]));
  assert.deepEqual([tries, closed], [2, 1]);
}

for (let microtasks = 0; microtasks < 30; microtasks += 3) {
  test(`who leaves ${microtasks} microtasks after a part of another attempt leaves nothing open`, (t) =>
    leave(t, microtasks));
}
