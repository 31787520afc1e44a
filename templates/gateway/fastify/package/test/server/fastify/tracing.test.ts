import assert from "node:assert/strict";
import { once } from "node:events";
import { request as ask } from "node:http";
import { after, before, beforeEach, describe, type TestContext, test } from "node:test";
import { SpanKind } from "@opentelemetry/api";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace";
import { Problem } from "../../../src/calls/problem.ts";
import { traceHeaders } from "../../../src/observability/tracing.ts";
import type { OpenRealtime } from "../../../src/realtime/interface.ts";
import { LocalService, until } from "../../../testing/local.ts";
import { sampleWiring, serveSample } from "../../../testing/sample.ts";
import { closing, problemOf, type Served, serve } from "../../../testing/serve.ts";

const exporter = new InMemorySpanExporter();
const sdk = new NodeSDK({
  autoDetectResources: false,
  spanProcessors: [new SimpleSpanProcessor({ exporter })],
});
before(() => sdk.start());
beforeEach(() => exporter.reset());
after(() => sdk.shutdown());

const CLIENT_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const traceparent = `00-${CLIENT_TRACE}-00f067aa0ba902b7-01`;

test("a request is a span of the client's trace, and the call a span below it", async (t) => {
  const { service, served: gateway } = await serveSample(t);
  let sent = "";
  service.answer = () => {
    sent = traceHeaders().traceparent ?? "";
    return { word: "a", length: 1 };
  };
  const response = await gateway.post("/api/sample/read", { word: "a" }, { traceparent });
  assert.equal(response.status, 200);

  const [call, request] = exporter.getFinishedSpans();
  assert.ok(call && request, "spans are missing");
  assert.equal(call.name, "read sample");
  assert.equal(call.kind, SpanKind.CLIENT);
  assert.equal(request.name, "POST /api/sample/read");
  assert.equal(request.kind, SpanKind.SERVER);
  assert.equal(request.spanContext().traceId, CLIENT_TRACE);
  assert.equal(request.parentSpanContext?.spanId, "00f067aa0ba902b7");
  assert.equal(call.parentSpanContext?.spanId, request.spanContext().spanId);
  assert.equal(sent, `00-${CLIENT_TRACE}-${call.spanContext().spanId}-01`);
});

test("a problem names its trace", async (t) => {
  const { served: gateway } = await serveSample(t);
  const response = await gateway.post("/api/sample/read", {}, { traceparent });
  assert.equal((await problemOf(response)).trace_id, CLIENT_TRACE);
});

test("each attempt at a call is a span of its own", async (t) => {
  const { service, served: gateway } = await serveSample(t);
  let attempts = 0;
  service.answer = () => {
    attempts += 1;
    if (attempts < 3) throw new Problem("unavailable", "starting");
    return { word: "a", length: 1 };
  };
  await gateway.post("/api/sample/read", { word: "a" });
  const calls = exporter.getFinishedSpans().filter(({ kind }) => kind === SpanKind.CLIENT);
  assert.deepEqual(
    calls.map(({ attributes }) => attributes["error.type"]),
    ["unavailable", "unavailable", undefined],
  );
});

describe("a request whose client leaves", () => {
  test("is logged and counted, and its span ends", async (t) => {
    const { service, served: gateway } = await serveSample(t);
    const { promise: called, resolve } = Promise.withResolvers<void>();
    service.answer = ({ context }) => {
      resolve();
      return until(context.signal);
    };
    const seen = watch(t, gateway);

    const request = ask(`${gateway.origin}/api/sample/read`, {
      method: "POST",
      headers: { "content-type": "application/json" },
    });
    request.on("error", () => {}).end(JSON.stringify({ word: "a" }));
    await called;
    request.destroy();

    await seen({ method: "POST", route: "/api/sample/read", status: 499 });
  });

  test("is so too in the midst of a stream", async (t) => {
    const endless: OpenRealtime = () => ({
      routes: [
        {
          method: "GET",
          path: "/api/endless",
          handle: (_request, response) => void response.write("first"),
        },
      ],
      close: async () => {},
    });
    const wiring = sampleWiring(() => new LocalService(), { realtime: [endless] });
    const gateway = closing(t, await serve(wiring));
    const seen = watch(t, gateway);

    const request = ask(`${gateway.origin}/api/endless`)
      .on("error", () => {})
      .end();
    await once(request, "response");
    request.destroy();

    await seen({ method: "GET", route: "/api/endless", status: 200 });
  });
});

/** Waits until a request is in the log as `expected`, and looks for it in metrics and spans too. */
function watch(t: TestContext, { gateway }: Served) {
  const { promise: logged, resolve } = Promise.withResolvers<object>();
  t.mock.method(gateway.log, "info", (line: object, what: string) => {
    if (what === "request") resolve(line);
  });
  return async (expected: { method: string; route: string; status: number }) => {
    const { ms, ...line } = (await logged) as { ms: number };
    assert.ok(ms >= 0);
    assert.deepEqual(line, { ...expected, cut: true });

    const { method, route, status } = expected;
    const counted = `_count{method="${method}",route="${route}",status="${status}"} 1`;
    assert.ok((await gateway.metrics.registry.metrics()).includes(counted), counted);

    const span = exporter.getFinishedSpans().find(({ kind }) => kind === SpanKind.SERVER);
    assert.equal(span?.attributes["http.response.status_code"], status);
  };
}
