// A stream is that of a client: it shows his jobs, and ends with what is known of him.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { realtime } from "../../src/realtime/sse.ts";
import { asking, openAuthentication } from "../../testing/callers.ts";
import { LocalService } from "../../testing/local.ts";
import { sampleWiring } from "../../testing/sample.ts";
import { closing, problemOf, serve } from "../../testing/serve.ts";

/** For what is known of a client: long enough to open a stream before it ends. */
const BRIEF_MS = 1500;

async function open(t: TestContext) {
  const service = new LocalService();
  const wiring = sampleWiring(() => service, {
    ...{ realtime: [realtime], authentication: openAuthentication },
  });
  const served = closing(t, await serve(wiring));
  const ask = (headers: Record<string, string>, query = "") =>
    fetch(`${served.origin}/api/events${query}`, { headers, signal: t.signal });
  return { ...{ service, ask }, jobs: served.gateway.jobs };
}

/** The events of a stream, to its end. */
async function* eventsOf({ body }: Response) {
  assert.ok(body);
  const events = body.pipeThrough(new TextDecoderStream());
  for await (const { event, id, data } of events.pipeThrough(new EventSourceParserStream())) {
    yield { event, id, data: JSON.parse(data).data };
  }
}

test("the steps of a job are for who asked for it, and nobody else finds its channel", async (t) => {
  const { ask, jobs } = await open(t);
  const ann = { subject: "ann", scopes: [], claims: {} };
  const { id } = await jobs.start("sample", "read", { word: "job" }, { caller: ann });
  const query = `?channel=jobs.${id}`;
  for (const headers of [asking("bob"), {}]) {
    assert.equal((await problemOf(await ask(headers, query))).code, "not_found");
  }
  for await (const { data } of eventsOf(await ask(asking("ann"), query))) {
    assert.equal(data.id, id);
    if (data.status === "succeeded") break;
  }
});

test("a stream ends with what is known of its client, and who comes back goes on", async (t) => {
  const { ask, service } = await open(t);
  const headers = { ...asking("ann"), "x-test-expires": String(Date.now() + BRIEF_MS) };
  const stream = await ask(headers);
  service.report("told", "before");
  const events = [];
  for await (const event of eventsOf(stream)) events.push(event);
  const [before, end] = events;
  const data = { reason: "unauthenticated" };
  assert.equal(before?.event, "sample.told");
  assert.deepEqual(end, { event: "stream.end", id: undefined, data });

  service.report("told", "meanwhile");
  const again = await ask({ ...asking("ann"), "last-event-id": before?.id ?? "" });
  for await (const { data } of eventsOf(again)) {
    assert.equal(data, "meanwhile");
    break;
  }
});
