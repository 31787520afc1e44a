/** One trace from the client to Python and back to the browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import waitFor from "p-wait-for";
import { Bridge } from "../support/bridge.ts";
import { answerOf, problemOf } from "../support/client.ts";
import { Collector, type Span } from "../support/collector.ts";
import { transports } from "../support/transports.ts";

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
    const handlerOf = async (traceId: string) => {
      const own = () => collector.spans.filter((span) => span.traceId === traceId);
      const find = (service: string, kind: string) =>
        own().find((span) => span.service === service && span.kind === kind);
      const isThere = () => [find("echo", "SERVER"), find("gateway", "SERVER")].every(Boolean);
      await waitFor(isThere, { timeout: { milliseconds: 20_000, fallback: () => undefined } });
      const handler = find("echo", "SERVER");
      assert.ok(handler, `no span of the handler among ${own().map(inWords)}`);
      return { handler, own: own() };
    };

    await context.test("of a call", async () => {
      const { traceId, headers } = traced();
      await answerOf(await bridge.work({ name: "traced" }, { headers }));
      const { handler, own } = await handlerOf(traceId);
      const chain = upwards(own, handler);
      assert.deepEqual(
        chain.map(inWords).filter((words) => !/ (PRODUCER|CONSUMER) /.test(words)),
        ["echo SERVER work echo", "gateway CLIENT work echo", "gateway SERVER POST /api/echo/work"],
      );
      assert.equal(chain.at(-1)?.parentId, PARENT);
    });

    await context.test("of a job", async () => {
      const { traceId, headers } = traced();
      const { id } = await bridge.startJob({ name: "traced-job" }, headers);
      assert.equal((await bridge.finished(id)).status, "succeeded");
      const { handler, own } = await handlerOf(traceId);
      assert.equal(upwards(own, handler).at(-1)?.parentId, PARENT);
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
