import "../../src/observability/telemetry.ts";
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Problem } from "../../src/calls/problem.ts";
import type { Json } from "../../src/contract.ts";
import { traceHeaders } from "../../src/observability/tracing.ts";
import { until } from "../../testing/local.ts";
import { eventually } from "../../testing/serve.ts";
import { Client, connected, gateway, limited } from "./websocket/client.ts";

suite("events", () => {
  test("come from the channels that the client listens to, while it does", async (t) => {
    const { client, service } = await connected(t);
    await client.listen(t, "sample.told");
    service.report("asked", "not for it");
    service.report("told", { word: "hello" });
    await eventually(t, () => assert.equal(client.received.length, 1));
    const [event] = client.received;
    assert.equal(event?.type, "event");
    assert.equal(event.channel, "sample.told");
    assert.deepEqual(event.data, { word: "hello" });
    assert.ok(event.id);
    assert.equal(new Date(event.time ?? "").toISOString(), event.time);

    client.send({ type: "unsubscribe", channel: "sample.told" });
    await client.listen(t, "sample.asked");
    service.report("told", "no more");
    service.report("asked", "now for it");
    await eventually(t, () => assert.deepEqual(client.data, ["now for it"]));
  });

  test("are made into text once, however many receive them", async (t) => {
    const { served, service } = await gateway(t);
    const clients = await Promise.all([1, 2, 3].map(() => Client.open(served)));
    for (const client of clients) await client.listen(t, "sample.told");
    let made = 0;
    const toJSON = () => {
      made += 1;
      return { word: "hello" };
    };
    service.report("told", { toJSON } as unknown as Json);
    for (const { received } of clients) await eventually(t, () => assert.equal(received.length, 1));
    for (const { data } of clients) assert.deepEqual(data, [{ word: "hello" }]);
    assert.equal(made, 1);
  });

  test("come whole, whatever their length", async (t) => {
    const { client, service } = await connected(t);
    await client.listen(t, "sample.told");
    const words = ["", "é".repeat(100), "é".repeat(1000), "é".repeat(100_000), "end"];
    for (const word of words) service.report("told", word);
    await eventually(t, () => assert.equal(client.received.length, words.length));
    assert.deepEqual(client.data, words);
  });

  test("of a channel that there is not are refused, and so are too many channels", async (t) => {
    const { client } = await connected(t, { REALTIME_MESSAGES_PER_SECOND: "200" });
    client.send({ type: "subscribe", channel: "sample" });
    client.send({ type: "subscribe", channel: "sample.unheard" });
    for (let job = 0; job < 101; job += 1)
      client.send({ type: "subscribe", channel: `jobs.${job}` });
    await eventually(t, () =>
      assert.deepEqual(client.codes, ["invalid_argument", "not_found", "invalid_argument"]),
    );
  });
});

suite("calls", () => {
  test("are answered under their id, each when it is done", async (t) => {
    const { client, service } = await connected(t);
    const first = Promise.withResolvers<void>();
    service.answer = async ({ input }) => {
      const { word } = input as { word: string };
      if (word === "slow") await first.promise;
      return { word, length: word.length };
    };
    client.call("a", "slow");
    client.call("b", "fast");
    await eventually(t, () => assert.equal(client.received.length, 1));
    first.resolve();
    await eventually(t, () =>
      assert.deepEqual(client.received, [
        { type: "result", id: "b", output: { word: "fast", length: 4 } },
        { type: "result", id: "a", output: { word: "slow", length: 4 } },
      ]),
    );
  });

  test("that fail are answered with the problem", async (t) => {
    const { client, service } = await connected(t);
    service.answer = () => {
      throw new Problem("conflict", "taken");
    };
    client.call("a", "word");
    client.send({ type: "call", id: "b", service: "sample", operation: "read", input: {} });
    client.send({ type: "call", id: "c", service: "sample", operation: "record", input: {} });
    await eventually(t, () => assert.equal(client.received.length, 3));
    const problems = new Map(client.received.map(({ id, problem }) => [id, problem]));
    assert.equal(problems.get("a")?.code, "conflict");
    assert.deepEqual(problems.get("b")?.errors, [{ pointer: "/word", detail: "is missing" }]);
    assert.equal(problems.get("c")?.code, "not_found");
  });

  test("have an id each, which goes along to the service and stands in the problem", async (t) => {
    const { client, service } = await connected(t);
    const ids: (string | undefined)[] = [];
    service.answer = () => {
      ids.push(traceHeaders().traceparent?.split("-")[1]);
      throw new Problem("not_found", "no such word");
    };
    for (const id of ["a", "b"]) client.call(id, "word");
    await eventually(t, () => assert.equal(client.received.length, 2));
    assert.equal(new Set(ids).size, 2);
    assert.deepEqual(
      client.received.map(({ problem }) => problem?.trace_id),
      ids,
    );
  });

  test("are given up when their client leaves", async (t) => {
    const { client, service } = await connected(t);
    service.answer = ({ context }) => until(context.signal);
    client.call("a", "word");
    await eventually(t, () => assert.equal(service.calls.length, 1));
    client.socket.terminate();
    await eventually(t, () => assert.equal(service.calls[0]?.context.signal.aborted, true));
  });

  test("beyond the limit are refused while the others go on", async (t) => {
    const { client, service } = await connected(t, {}, limited({ calls: 2 }));
    const release = service.hold();
    for (const id of ["a", "b", "c"]) client.call(id, "word");
    client.call("a", "word");
    await eventually(t, () => assert.deepEqual(client.codes, ["resource_exhausted", "conflict"]));
    assert.equal(client.received[0]?.id, "c");
    assert.equal(client.received[0]?.problem?.status, 429);
    release();
    await eventually(t, () => {
      const results = client.received.filter(({ type }) => type === "result");
      assert.deepEqual(results.map(({ id }) => id).sort(), ["a", "b"]);
    });
  });
});

suite("messages", () => {
  for (const [what, text, id] of [
    ["are not JSON", "{", undefined],
    ["are no object", "[]", undefined],
    ["have no type", '{"id": "7"}', "7"],
    ["have an unknown type", '{"type": "publish", "id": "7"}', "7"],
    ["lack a member", '{"type": "call", "id": "7", "service": "sample"}', "7"],
    [
      "have a member too many",
      '{"type": "subscribe", "channel": "sample.*", "all": true}',
      undefined,
    ],
    ["have a member of another type", '{"type": "subscribe", "channel": 7}', undefined],
  ] as const) {
    test(`that ${what} are refused, and the connection stays`, async (t) => {
      const { client } = await connected(t);
      client.socket.send(text);
      client.call("after", "word");
      await eventually(t, () => assert.equal(client.received.length, 2));
      const [error, result] = client.received;
      assert.equal(error?.problem?.code, "invalid_argument");
      assert.equal(error.id, id);
      assert.equal(result?.id, "after");
    });
  }

  test("that are bytes end the connection", async (t) => {
    const { client } = await connected(t);
    client.socket.send(Buffer.from("{}"));
    await eventually(t, () => assert.equal(client.code, 1003));
  });

  test("that are too large end the connection", async (t) => {
    const { client } = await connected(t, { BODY_LIMIT: "1024" });
    client.call("a", "x".repeat(2000));
    await eventually(t, () => assert.equal(client.code, 1009));
  });

  test("that come too fast are refused, and end the connection when they do not stop", async (t) => {
    const { client, service } = await connected(t, { REALTIME_MESSAGES_PER_SECOND: "5" });
    for (let id = 0; id < 8; id += 1) client.call(String(id), "word");
    await eventually(t, () => assert.equal(client.received.length, 8));
    assert.deepEqual(client.codes, Array(3).fill("resource_exhausted"));
    assert.equal(service.calls.length, 5);
    for (let id = 0; id < 40; id += 1) client.call(String(id), "word");
    await eventually(t, () => assert.equal(client.code, 1008));
  });
});
