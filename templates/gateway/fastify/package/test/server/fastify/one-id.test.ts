/** Tracing is off here: `telemetry.ts` is loaded as by a gateway without any `OTEL_*`. */
import "../../../src/observability/telemetry.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Problem } from "../../../src/calls/problem.ts";
import type { Job } from "../../../src/jobs/board.ts";
import { activeTraceId, traceHeaders } from "../../../src/observability/tracing.ts";
import { LocalService } from "../../../testing/local.ts";
import { sampleWiring } from "../../../testing/sample.ts";
import { closing, eventually, problemOf, serve } from "../../../testing/serve.ts";

const ID = /^(?!0{32})[0-9a-f]{32}$/;

/** The id that a service is given with each call. */
class Listening extends LocalService {
  readonly ids: (string | undefined)[] = [];

  constructor(problem?: Problem) {
    super();
    this.answer = () => {
      this.ids.push(traceHeaders().traceparent?.split("-")[1]);
      if (problem) throw problem;
      return { word: "a", length: 1 };
    };
  }
}

test("one id is in the response's headers, in the problem, and goes along to the service", async (t) => {
  const service = new Listening(new Problem("not_found", "no such word"));
  const gateway = closing(t, await serve(sampleWiring(() => service)));
  const ids = new Set<string>();
  for (let count = 0; count < 2; count += 1) {
    const response = await gateway.post("/api/sample/read", { word: "a" });
    const id = response.headers.get("trace-id") ?? "";
    assert.match(id, ID);
    assert.equal((await problemOf(response)).trace_id, id);
    assert.equal(service.ids.at(-1), id);
    ids.add(id);
  }
  assert.equal(ids.size, 2, "each request has its own");
});

test("it is that of the client, where its request has one", async (t) => {
  const service = new Listening();
  const gateway = closing(t, await serve(sampleWiring(() => service)));
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
  const response = await gateway.post("/api/sample/read", { word: "a" }, { traceparent });
  assert.equal(response.headers.get("trace-id"), traceId);
  assert.deepEqual(service.ids, [traceId]);
});

test("it is in the line that is logged of the request", async (t) => {
  const gateway = closing(t, await serve(sampleWiring(() => new LocalService())));
  const { promise: logged, resolve } = Promise.withResolvers<string | undefined>();
  // Where each line gets it from (see `log.ts`).
  t.mock.method(gateway.gateway.log, "info", () => resolve(activeTraceId()));
  const response = await gateway.post("/api/sample/read", { word: "a" });
  assert.equal(await logged, response.headers.get("trace-id"));
});

test("a job fails under the id of the request that began it", async (t) => {
  const service = new Listening(new Problem("not_found", "no such word"));
  const gateway = closing(t, await serve(sampleWiring(() => service)));
  const prefer = { prefer: "respond-async" };
  const response = await gateway.post("/api/sample/read", { word: "a" }, prefer);
  const { id } = (await response.json()) as Job;
  await eventually(t, async () => {
    const { problem } = await gateway.gateway.jobs.get(id);
    assert.equal(problem?.trace_id, response.headers.get("trace-id"));
  });
  assert.deepEqual(service.ids, [response.headers.get("trace-id")]);
});
