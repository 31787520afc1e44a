// Answers in parts over a connection: several at once, each until its end, its problem or its cancellation.
import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { createDispatch, type StreamItem } from "../../src/calls/streams.ts";
import type { CallContext } from "../../src/transports/client.ts";
import { LocalService } from "../../testing/local.ts";
import { eventually } from "../../testing/serve.ts";
import { streamsWiring } from "../../testing/streams.ts";
import { Client, gateway, limited } from "./websocket/client.ts";

type Tell = (context: CallContext) => AsyncGenerator<StreamItem, void, undefined>;

async function connect(t: TestContext, tell: Tell, variables: Record<string, string> = {}) {
  const service = Object.assign(new LocalService(), {
    stream: (_operation: unknown, _input: unknown, context: CallContext) => tell(context),
  });
  const { links, openapi } = streamsWiring(() => service);
  const wiring = { links, openapi, dispatch: createDispatch };
  const { served } = await gateway(t, variables, limited({}), wiring);
  const client = await Client.open(served);
  const call = (id: string, more: object = { stream: true }) =>
    client.send({
      ...{ type: "call", id, service: "sample", operation: "tell" },
      ...{ input: { topic: "words" }, ...more },
    });
  const received = (count: number) =>
    eventually(t, () => {
      assert.ok(client.received.length >= count);
      return client.received;
    });
  return { served, client, call, received };
}

const two: Tell = async function* () {
  yield { part: { word: "0" } };
  yield { part: { word: "1" } };
  yield { output: { words: 2 } };
};

test("parts arrive in order, and the result last", async (t) => {
  const { call, received } = await connect(t, two);
  call("a");
  assert.deepEqual(await received(3), [
    { type: "part", id: "a", part: { word: "0" } },
    { type: "part", id: "a", part: { word: "1" } },
    { type: "result", id: "a", output: { words: 2 } },
  ]);
});

test("who does not ask for parts is given all of them at once", async (t) => {
  const { call, received } = await connect(t, two);
  call("a", {});
  const output = { parts: [{ word: "0" }, { word: "1" }], output: { words: 2 } };
  assert.deepEqual(await received(1), [{ type: "result", id: "a", output }]);
});

test("a call that is cancelled ends at the service, and the others go on", async (t) => {
  const contexts: CallContext[] = [];
  const { client, call, received } = await connect(t, async function* (context) {
    contexts.push(context);
    yield { part: { word: "0" } };
    await once(context.signal, "abort");
    throw context.signal.reason;
  });
  call("a");
  call("b");
  await received(2);
  client.send({ type: "cancel", id: "a" });
  client.send({ type: "cancel", id: "unknown" });
  const [, , error] = await received(3);
  assert.deepEqual([error?.type, error?.id], ["error", "a"]);
  assert.deepEqual(
    contexts.map(({ signal }) => signal.aborted),
    [true, false],
  );
  client.socket.terminate();
  await eventually(t, () => assert.equal(contexts[1]?.signal.aborted, true));
});

test("who reads nothing is given no more", async (t) => {
  let made = 0;
  const { client, call } = await connect(t, async function* () {
    for (; made < 10_000; made += 1) yield { part: { word: "x".repeat(64 * 1024) } };
    yield { output: { words: made } };
  });
  client.socket.pause();
  call("a");
  let before = -1;
  await eventually(t, async () => {
    const [last] = [before, await new Promise((resolve) => setTimeout(resolve, 300))];
    before = made;
    assert.ok(made > 0);
    assert.equal(made, last);
  });
  assert.ok(made < 640, `${made} parts of 64 KiB were made`);
  assert.equal(client.code, undefined);
  client.socket.terminate();
});

test("an operation that answers once is refused as a stream", async (t) => {
  const { client, received } = await connect(t, two);
  client.send({
    ...{ type: "call", id: "a", service: "sample", operation: "ping" },
    ...{ input: { topic: "words" }, stream: true },
  });
  const problem = (await received(1))[0]?.problem;
  assert.equal(problem?.code, "invalid_argument");
  assert.equal(problem.detail, "sample.ping does not answer in parts");
});

test("a gateway that stops sends what is not at its end a problem, and then the close", async (t) => {
  const contexts: CallContext[] = [];
  const endless: Tell = async function* (context) {
    contexts.push(context);
    yield { part: { word: "0" } };
    await once(context.signal, "abort");
    throw context.signal.reason;
  };
  const grace = { SHUTDOWN_GRACE_MS: "1000" };
  const { served, client, call, received } = await connect(t, endless, grace);
  call("a");
  await received(1);
  await served.gateway.drain();
  await eventually(t, () => assert.equal(client.code, 1001));
  const [, error, ...others] = client.received;
  assert.deepEqual([error?.type, error?.id], ["error", "a"]);
  assert.partialDeepStrictEqual(error?.problem, { code: "unavailable", retry_after: 1 });
  assert.deepEqual(others, []);
  assert.equal(contexts[0]?.signal.aborted, true);
});
