// Answers in parts to clients that read late, or not at all.
import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import type { StreamItem } from "../../src/calls/streams.ts";
import type { OpenRealtime } from "../../src/realtime/interface.ts";
import { realtime } from "../../src/realtime/streams.ts";
import type { CallContext } from "../../src/transports/client.ts";
import { LocalService } from "../../testing/local.ts";
import { eventually, type Served, serve } from "../../testing/serve.ts";
import { streamsWiring } from "../../testing/streams.ts";

const HEARTBEAT_MS = 15_000;
/** Smaller than what a response holds before it asks for a drain. */
const PART = { part: { word: "x".repeat(8 * 1024) } };

type Tell = (
  response: ServerResponse,
  context: CallContext,
) => AsyncGenerator<StreamItem, void, undefined>;

/** Asks for an answer that `tell` gives, and reads nothing of it. */
async function ask(t: TestContext, tell: Tell, variables: Record<string, string> = {}) {
  const responses = Promise.withResolvers<ServerResponse>();
  const watched: OpenRealtime = (context) => {
    const opened = realtime(context);
    const routes = opened.routes?.map((route) => ({
      ...route,
      handle: (...asked: Parameters<typeof route.handle>) => {
        responses.resolve(asked[1]);
        return route.handle(...asked);
      },
    }));
    return { ...opened, routes: routes ?? [] };
  };
  const service = Object.assign(new LocalService(), {
    async *stream(_operation: unknown, _input: unknown, context: CallContext) {
      yield* tell(await responses.promise, context);
    },
  });
  const wiring = { ...streamsWiring(() => service), realtime: [watched] };
  const gateway = await serve(wiring, variables);
  const answer = await unread(gateway);
  t.after(async () => {
    answer.destroy();
    await gateway[Symbol.asyncDispose]();
  });
  return { gateway, answer, response: await responses.promise };
}

async function unread({ origin }: Served): Promise<IncomingMessage> {
  const headers = { accept: "text/event-stream", "content-type": "application/json" };
  const asked = request(`${origin}/api/sample/tell`, { method: "POST", headers });
  asked.end(JSON.stringify({ topic: "words" }));
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  return answer;
}

/** Parts until the socket takes no more, though the response still does; then the output. */
const untilFull: Tell = async function* ({ socket }) {
  do {
    yield PART;
    await turn();
    // What waits longer waits for the client.
    if (socket?.writableLength) await sleep(100);
  } while (!socket?.writableLength);
  yield { output: { words: 1 } };
};

/** An answer whose end waits for the socket. */
async function ended(t: TestContext) {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const asked = await ask(t, untilFull);
  const { response } = asked;
  await eventually(t, () => assert.ok(response.writableEnded));
  assert.ok(!response.writableFinished);
  return asked;
}

test("who reads the last parts late is given the end", async (t) => {
  const { answer } = await ended(t);
  t.mock.timers.tick(HEARTBEAT_MS);
  assert.match(await text(answer), /\nevent: end\n/);
});

test("who never reads them has left", async (t) => {
  const { answer, response } = await ended(t);
  t.mock.timers.tick(HEARTBEAT_MS);
  assert.ok(!response.destroyed);
  t.mock.timers.tick(HEARTBEAT_MS);
  assert.ok(response.destroyed);
  await assert.rejects(text(answer), { code: "ECONNRESET" });
});

test("who reads nothing does not hold up a gateway that stops", async (t) => {
  const endless: Tell = async function* () {
    for (;;) yield PART;
  };
  const { gateway, answer, response } = await ask(t, endless, { SHUTDOWN_GRACE_MS: "1000" });
  await eventually(t, () => assert.ok(response.writableNeedDrain));
  const stopped = gateway.gateway.drain().then(() => "stopped");
  // Two heartbeats take longer.
  assert.equal(await Promise.race([stopped, sleep(10_000, "held up", { ref: false })]), "stopped");
  await assert.rejects(text(answer), { code: "ECONNRESET" });
});
