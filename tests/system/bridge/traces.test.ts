/** One trace from the client to Python and back to the browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Bridge } from "../support/bridge.ts";
import { answerOf, problemOf } from "../support/client.ts";
import { Collector, type Span } from "../support/collector.ts";
import { transports } from "../support/transports.ts";
import { until } from "../support/until.ts";

const PARENT = "b7ad6b7169203331";

/** Trace headers of a client, and how its trace is called. */
function traced(): { traceId: string; headers: Record<string, string> } {
  const traceId = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("hex");
  return { traceId, headers: { traceparent: `00-${traceId}-${PARENT}-01` } };
}

/** From a span to the outermost one of its trace. */
function upwards(spans: readonly Span[], from: Span): Span[] {
  const chain = [from];
  for (let span: Span | undefined = from; span; ) {
    const { parentId }: Span = span;
    span = spans.find(({ spanId }) => spanId === parentId);
    if (span) chain.push(span);
  }
  return chain;
}

const inWords = ({ service, kind, name }: Span) => `${service} ${kind} ${name}`;

for (const transport of transports) {
  test(`traces over ${transport.name}`, async (context) => {
    const collector = await Collector.start(context);
    const bridge = await Bridge.start(context, transport, { env: collector.env });
    /** The spans of a trace from the handler to the client, whichever come first. */
    const chainOf = async (traceId: string) => {
      const own = () => collector.spans.filter((span) => span.traceId === traceId);
      const chain = (spans: readonly Span[]) => {
        const handler = spans.find(({ service, kind }) => service === "echo" && kind === "SERVER");
        return handler ? upwards(spans, handler) : [];
      };
      const isWhole = (spans: readonly Span[]) => chain(spans).at(-1)?.parentId === PARENT;
      return chain(await until("spans up to the client", own, isWhole, { within: 20_000 }));
    };

    await context.test("of a call", async () => {
      const { traceId, headers } = traced();
      await answerOf(await bridge.work({ name: "traced" }, { headers }));
      const chain = await chainOf(traceId);
      assert.deepEqual(
        chain.map(inWords).filter((words) => !/ (PRODUCER|CONSUMER) /.test(words)),
        ["echo SERVER work echo", "gateway CLIENT work echo", "gateway SERVER POST /api/echo/work"],
      );
    });

    await context.test("of a job", async () => {
      const { traceId, headers } = traced();
      const { id } = await bridge.startJob({ name: "traced-job" }, headers);
      assert.equal((await bridge.finished(id)).status, "succeeded");
      await chainOf(traceId);
    });

    await context.test("of a problem, which names it", async () => {
      const { traceId, headers } = traced();
      const response = await bridge.work({ name: "traced", fails: "conflict" }, { headers });
      const problem = await problemOf(response, 409, "conflict");
      assert.equal(problem.trace_id, traceId);
    });
    // While there is somebody to take the last spans.
    await bridge.system.stop();
  });
}

for (const transport of transports) {
  test(`one id in what both log and the client gets, without tracing, over ${transport.name}`, async (context) => {
    const bridge = await Bridge.start(context, transport);
    const response = await bridge.work({ name: "untraced", fails: "conflict" });
    const id = response.headers.get("trace-id") ?? "";
    assert.match(id, /^[0-9a-f]{32}$/);
    assert.equal((await problemOf(response, 409, "conflict")).trace_id, id);
    for (const part of ["echo", "gateway"])
      await bridge.system.process(part).says(new RegExp(id), 20_000);
  });
}
