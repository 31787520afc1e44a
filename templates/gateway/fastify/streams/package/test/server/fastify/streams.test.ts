// Answers in parts in a gateway's own routes, as a person adds them to `src/routes`.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { NodeSDK } from "@opentelemetry/sdk-node";
import type { StreamItem } from "../../../src/calls/streams.ts";
import { activeTraceId } from "../../../src/observability/tracing.ts";
import { createApp } from "../../../src/server/fastify/server.ts";
import { createGateway } from "../../../src/server/gateway.ts";
import type { CallContext } from "../../../src/transports/client.ts";
import { LocalService } from "../../../testing/local.ts";
import { TESTING } from "../../../testing/serve.ts";
import { streamsWiring } from "../../../testing/streams.ts";

const folder = fileURLToPath(new URL("./own-streams", import.meta.url));

const sdk = new NodeSDK({ autoDetectResources: false, spanProcessors: [] });
before(() => sdk.start());
after(() => sdk.shutdown());

const CLIENT_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

test("a route reads as many parts as it wants, bound to its request", async (t) => {
  const contexts: CallContext[] = [];
  const traces: (string | undefined)[] = [];
  let closed = 0;
  async function* stream(
    _operation: unknown,
    _input: unknown,
    context: CallContext,
  ): AsyncGenerator<StreamItem, void, undefined> {
    contexts.push(context);
    try {
      for (const word of ["a", "b", "c"]) {
        traces.push(activeTraceId());
        yield { part: { word } };
      }
      yield { output: { words: 3 } };
    } finally {
      closed += 1;
    }
  }
  const service = Object.assign(new LocalService(), { stream });
  const gateway = createGateway(TESTING, { ...streamsWiring(() => service), folder });
  const app = await createApp(gateway);
  t.after(async () => {
    await Promise.all([gateway.drain(), app.close()]);
    await gateway.close();
  });

  const traceparent = `00-${CLIENT_TRACE}-00f067aa0ba902b7-01`;
  const headers = { "idempotency-key": "k", traceparent };
  assert.deepEqual((await app.inject({ url: "/api/counted?most=9", headers })).json(), {
    parts: 3,
  });
  assert.deepEqual((await app.inject({ url: "/api/counted?most=1", headers })).json(), {
    parts: 1,
  });
  const [first, again] = contexts.map(({ idempotencyKey }) => idempotencyKey);
  assert.equal(first, again);
  assert.equal(closed, 2);
  assert.deepEqual(
    contexts.map(({ signal }) => signal.aborted),
    [true, true],
  );
  assert.deepEqual(new Set(traces), new Set([CLIENT_TRACE]));
});
