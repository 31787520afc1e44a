import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { SpanKind } from "@opentelemetry/api";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace";
import { Problem } from "../../../src/calls/problem.ts";
import { traceHeaders } from "../../../src/observability/tracing.ts";
import { LocalService } from "../../../testing/local.ts";
import { sampleWiring } from "../../../testing/sample.ts";
import { closing, problemOf, serve } from "../../../testing/serve.ts";

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
  const service = new LocalService();
  let sent = "";
  service.answer = () => {
    sent = traceHeaders().traceparent ?? "";
    return { word: "a", length: 1 };
  };
  const gateway = closing(t, await serve(sampleWiring(() => service)));
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
  const gateway = closing(t, await serve(sampleWiring(() => new LocalService())));
  const response = await gateway.post("/api/sample/read", {}, { traceparent });
  assert.equal((await problemOf(response)).trace_id, CLIENT_TRACE);
});

test("each attempt at a call is a span of its own", async (t) => {
  const service = new LocalService();
  let attempts = 0;
  service.answer = () => {
    attempts += 1;
    if (attempts < 3) throw new Problem("unavailable", "starting");
    return { word: "a", length: 1 };
  };
  const gateway = closing(t, await serve(sampleWiring(() => service)));
  await gateway.post("/api/sample/read", { word: "a" });
  const calls = exporter.getFinishedSpans().filter(({ kind }) => kind === SpanKind.CLIENT);
  assert.deepEqual(
    calls.map(({ attributes }) => attributes["error.type"]),
    ["unavailable", "unavailable", undefined],
  );
});
