import "../../src/observability/telemetry.ts";
import assert from "node:assert/strict";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { suite, type TestContext, test } from "node:test";
import { type ClientOptions, WebSocket } from "ws";
import { Problem, type ProblemBody } from "../../src/calls/problem.ts";
import type { Json } from "../../src/contract.ts";
import { traceHeaders } from "../../src/observability/tracing.ts";
import type { OpenRealtime } from "../../src/realtime/interface.ts";
import type { ConnectionLimits } from "../../src/realtime/websocket/connection.ts";
import { openWebSocket, realtime } from "../../src/realtime/websocket.ts";
import { LocalService, until } from "../../testing/local.ts";
import { sampleWiring } from "../../testing/sample.ts";
import { type Served, serve } from "../../testing/serve.ts";

interface Received {
  readonly type: string;
  readonly id?: string;
  readonly channel?: string;
  readonly time?: string;
  readonly data?: Json;
  readonly output?: Json;
  readonly problem?: ProblemBody;
}

/** A client with what it was sent. */
class Client {
  readonly socket: WebSocket;
  readonly received: Received[] = [];
  code: number | undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data) => this.received.push(JSON.parse(data.toString())));
    socket.on("error", () => {});
    socket.once("close", (code) => {
      this.code = code;
    });
  }

  static async open({ origin }: Served, options: ClientOptions = {}): Promise<Client> {
    const client = new Client(new WebSocket(`${origin.replace("http", "ws")}/api/ws`, options));
    await once(client.socket, "open");
    return client;
  }

  send(message: unknown): void {
    this.socket.send(JSON.stringify(message));
  }

  call(id: string, word: string): void {
    this.send({ type: "call", id, service: "sample", operation: "read", input: { word } });
  }

  /** Listens, and returns when it is sure that the gateway knows. */
  async listen(t: TestContext, channel: string): Promise<void> {
    this.send({ type: "subscribe", channel });
    this.call("listening", "now");
    await t.waitFor(() => assert.ok(this.received.some(({ id }) => id === "listening")));
    this.received.length = 0;
  }

  get data(): (Json | undefined)[] {
    return this.received.filter(({ type }) => type === "event").map(({ data }) => data);
  }

  get codes(): (string | undefined)[] {
    return this.received.filter(({ type }) => type === "error").map(({ problem }) => problem?.code);
  }
}

const LIMITS: ConnectionLimits = {
  calls: 32,
  messagesPerSecond: 1000,
  highWaterBytes: 65_536,
  maxBytes: 8_000_000,
  heartbeatMs: 15_000,
  closeMs: 5000,
};

/** A gateway with this way of listening and nothing else. */
async function gateway(
  t: TestContext,
  variables: Record<string, string> = {},
  open: OpenRealtime = realtime,
) {
  const service = new LocalService();
  const served = await serve(
    sampleWiring(() => service, { realtime: [open] }),
    variables,
  );
  t.after(() => served[Symbol.asyncDispose]());
  return { served, service };
}

const limited =
  (limits: Partial<ConnectionLimits>): OpenRealtime =>
  (context) =>
    openWebSocket(context, { ...LIMITS, ...limits });

/** Waits until no client gets events any more. */
async function noneListens(t: TestContext, { gateway: { metrics } }: Served): Promise<void> {
  await t.waitFor(async () =>
    assert.match(await metrics.registry.metrics(), /^gateway_event_subscribers 0$/m),
  );
}

/** What the gateway answers, in plain HTTP, to who may not connect. */
async function refusal({ origin }: Served, headers: Record<string, string> = {}) {
  const request = get(`${origin}/api/ws`, {
    agent: false,
    headers: {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      ...headers,
    },
  });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  response.setEncoding("utf8");
  const body = (await response.toArray()).join("");
  return { status: response.statusCode, headers: response.headers, problem: JSON.parse(body) };
}

suite("events", () => {
  test("come from the channels that the client listens to, while it does", async (t) => {
    const { served, service } = await gateway(t);
    const client = await Client.open(served);
    await client.listen(t, "sample.told");
    service.report("asked", "not for it");
    service.report("told", { word: "hello" });
    await t.waitFor(() => assert.equal(client.received.length, 1));
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
    await t.waitFor(() => assert.deepEqual(client.data, ["now for it"]));
  });

  test("of a channel that there is not are refused, and so are too many channels", async (t) => {
    const { served } = await gateway(t, { REALTIME_MESSAGES_PER_SECOND: "200" });
    const client = await Client.open(served);
    client.send({ type: "subscribe", channel: "sample" });
    client.send({ type: "subscribe", channel: "sample.unheard" });
    for (let job = 0; job < 101; job += 1)
      client.send({ type: "subscribe", channel: `jobs.${job}` });
    await t.waitFor(() =>
      assert.deepEqual(client.codes, ["invalid_argument", "not_found", "invalid_argument"]),
    );
  });
});

suite("calls", () => {
  test("are answered under their id, each when it is done", async (t) => {
    const { served, service } = await gateway(t);
    const first = Promise.withResolvers<void>();
    service.answer = async ({ input }) => {
      const { word } = input as { word: string };
      if (word === "slow") await first.promise;
      return { word, length: word.length };
    };
    const client = await Client.open(served);
    client.call("a", "slow");
    client.call("b", "fast");
    await t.waitFor(() => assert.equal(client.received.length, 1));
    first.resolve();
    await t.waitFor(() =>
      assert.deepEqual(client.received, [
        { type: "result", id: "b", output: { word: "fast", length: 4 } },
        { type: "result", id: "a", output: { word: "slow", length: 4 } },
      ]),
    );
  });

  test("that fail are answered with the problem", async (t) => {
    const { served, service } = await gateway(t);
    service.answer = () => {
      throw new Problem("conflict", "taken");
    };
    const client = await Client.open(served);
    client.call("a", "word");
    client.send({ type: "call", id: "b", service: "sample", operation: "read", input: {} });
    client.send({ type: "call", id: "c", service: "sample", operation: "record", input: {} });
    await t.waitFor(() => assert.equal(client.received.length, 3));
    const problems = new Map(client.received.map(({ id, problem }) => [id, problem]));
    assert.equal(problems.get("a")?.code, "conflict");
    assert.deepEqual(problems.get("b")?.errors, [{ pointer: "/word", detail: "is missing" }]);
    assert.equal(problems.get("c")?.code, "not_found");
  });

  test("have an id each, which goes along to the service and stands in the problem", async (t) => {
    const { served, service } = await gateway(t);
    const ids: (string | undefined)[] = [];
    service.answer = () => {
      ids.push(traceHeaders().traceparent?.split("-")[1]);
      throw new Problem("not_found", "no such word");
    };
    const client = await Client.open(served);
    for (const id of ["a", "b"]) client.call(id, "word");
    await t.waitFor(() => assert.equal(client.received.length, 2));
    assert.equal(new Set(ids).size, 2);
    assert.deepEqual(
      client.received.map(({ problem }) => problem?.trace_id),
      ids,
    );
  });

  test("are given up when their client leaves", async (t) => {
    const { served, service } = await gateway(t);
    service.answer = ({ context }) => until(context.signal);
    const client = await Client.open(served);
    client.call("a", "word");
    await t.waitFor(() => assert.equal(service.calls.length, 1));
    client.socket.terminate();
    await t.waitFor(() => assert.equal(service.calls[0]?.context.signal.aborted, true));
  });

  test("beyond the limit are refused while the others go on", async (t) => {
    const { served, service } = await gateway(t, {}, limited({ calls: 2 }));
    const go = Promise.withResolvers<void>();
    service.answer = async () => {
      await go.promise;
      return { word: "done", length: 4 };
    };
    const client = await Client.open(served);
    for (const id of ["a", "b", "c"]) client.call(id, "word");
    client.call("a", "word");
    await t.waitFor(() => assert.deepEqual(client.codes, ["resource_exhausted", "conflict"]));
    assert.equal(client.received[0]?.id, "c");
    assert.equal(client.received[0]?.problem?.status, 429);
    go.resolve();
    await t.waitFor(() => {
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
      const { served } = await gateway(t);
      const client = await Client.open(served);
      client.socket.send(text);
      client.call("after", "word");
      await t.waitFor(() => assert.equal(client.received.length, 2));
      const [error, result] = client.received;
      assert.equal(error?.problem?.code, "invalid_argument");
      assert.equal(error.id, id);
      assert.equal(result?.id, "after");
    });
  }

  test("that are bytes end the connection", async (t) => {
    const { served } = await gateway(t);
    const client = await Client.open(served);
    client.socket.send(Buffer.from("{}"));
    await t.waitFor(() => assert.equal(client.code, 1003));
  });

  test("that are too large end the connection", async (t) => {
    const { served } = await gateway(t, { BODY_LIMIT: "1024" });
    const client = await Client.open(served);
    client.call("a", "x".repeat(2000));
    await t.waitFor(() => assert.equal(client.code, 1009));
  });

  test("that come too fast are refused, and end the connection when they do not stop", async (t) => {
    const { served, service } = await gateway(t, { REALTIME_MESSAGES_PER_SECOND: "5" });
    const client = await Client.open(served);
    for (let id = 0; id < 8; id += 1) client.call(String(id), "word");
    await t.waitFor(() => assert.equal(client.received.length, 8));
    assert.deepEqual(client.codes, Array(3).fill("resource_exhausted"));
    assert.equal(service.calls.length, 5);
    for (let id = 0; id < 40; id += 1) client.call(String(id), "word");
    await t.waitFor(() => assert.equal(client.code, 1008));
  });
});

suite("connections", () => {
  test("from pages of other origins are refused before the upgrade", async (t) => {
    const { served } = await gateway(t, { ALLOWED_ORIGINS: "https://shop.example" });
    for (const origin of ["https://evil.example", "null", "https://shop.example.evil.example"]) {
      const { status, problem } = await refusal(served, { origin });
      assert.equal(status, 403);
      assert.equal(problem.code, "permission_denied");
    }
    for (const origin of ["https://shop.example", served.origin]) {
      const client = await Client.open(served, { origin });
      client.call("a", "word");
      await t.waitFor(() => assert.equal(client.received.length, 1));
    }
  });

  test("are authenticated before the upgrade", async (t) => {
    const { served } = await gateway(t, {}, (context) =>
      realtime({
        ...context,
        authenticate: async ({ headers }) => {
          if (headers.authorization !== "Bearer right") {
            throw new Problem("unauthenticated", "Who are you?");
          }
          return { subject: "right" };
        },
      }),
    );
    const { status, headers, problem } = await refusal(served);
    assert.equal(status, 401);
    assert.equal(headers["content-type"], "application/problem+json");
    assert.equal(problem.detail, "Who are you?");
    const client = await Client.open(served, { headers: { authorization: "Bearer right" } });
    client.call("a", "word");
    await t.waitFor(() => assert.equal(client.received.length, 1));
  });

  test("lose no message that comes along with the handshake", async (t) => {
    const { served } = await gateway(t);
    const { hostname, port, host } = new URL(served.origin);
    const text = Buffer.from(
      '{"type":"call","id":"a","service":"sample","operation":"no","input":1}',
    );
    const socket = connect(Number(port), hostname);
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.write(
      Buffer.concat([
        Buffer.from(
          `GET /api/ws HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        ),
        // A text frame masked with zeros (RFC 6455, 5.2).
        Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]),
        text,
      ]),
    );
    await t.waitFor(() => assert.match(answer, /101 Switching Protocols.*"id":"a".*not_found/s));
    socket.destroy();
  });

  test("beyond the limit are asked to come back, and can when another has left", async (t) => {
    const { served } = await gateway(t, { REALTIME_CLIENTS: "1" });
    const first = await Client.open(served);
    const { status, headers } = await refusal(served);
    assert.equal(status, 503);
    assert.ok(Number(headers["retry-after"]) > 0);
    first.socket.close();
    await t.waitFor(async () => assert.ok(await Client.open(served)));
  });

  test("count as requests of their client", async (t) => {
    const { served } = await gateway(t, { RATE_LIMIT: "2" });
    for (let count = 0; count < 2; count += 1) await Client.open(served);
    const { status, headers } = await refusal(served);
    assert.equal(status, 429);
    assert.ok(Number(headers["retry-after"]) > 0);
  });

  test("of one client are bounded, whoever else is there", async (t) => {
    const variables = { REALTIME_PER_CLIENT: "2", TRUST_PROXY: "127.0.0.0/8" };
    const { served } = await gateway(t, variables);
    const from = (address: string) => ({ headers: { "x-forwarded-for": address } });
    const first = await Client.open(served, from("203.0.113.1"));
    await Client.open(served, from("203.0.113.1"));
    const { status, headers } = await refusal(served, from("203.0.113.1").headers);
    assert.equal(status, 429);
    assert.ok(Number(headers["retry-after"]) > 0);
    await Client.open(served, from("203.0.113.2"));
    first.socket.close();
    await t.waitFor(async () => assert.ok(await Client.open(served, from("203.0.113.1"))));
  });

  test("are measured as requests are", async (t) => {
    const { served } = await gateway(t, { ALLOWED_ORIGINS: "https://shop.example" });
    await Client.open(served);
    await refusal(served, { origin: "https://evil.example" });
    await t.waitFor(async () => {
      const metrics = await served.gateway.metrics.registry.metrics();
      for (const status of [101, 403]) {
        const line = `_count{method="GET",route="/api/ws",status="${status}"} 1`;
        assert.ok(metrics.includes(line), line);
      }
    });
  });

  test("that answer no ping are cut, the others stay", async (t) => {
    const { served } = await gateway(t, { REALTIME_HEARTBEAT_MS: "100" });
    const alive = await Client.open(served);
    const dead = await Client.open(served, { autoPong: false });
    await t.waitFor(() => assert.equal(dead.code, 1006));
    assert.equal(alive.code, undefined);
  });
});

suite("slow clients", () => {
  test("leave with 1013 and do not hold up the others", async (t) => {
    const { served, service } = await gateway(t, { EVENT_QUEUE: "50" });
    const slow = await Client.open(served);
    const quick = await Client.open(served);
    await slow.listen(t, "sample.told");
    await quick.listen(t, "sample.told");
    slow.socket.pause();

    // More than the buffers of both sockets take.
    const filler = "x".repeat(100_000);
    let slowest = 0;
    for (let number = 1; number <= 300; number += 1) {
      const reported = performance.now();
      service.report("told", { number, filler });
      await t.waitFor(() => assert.equal(quick.received.length, number), { interval: 1 });
      slowest = Math.max(slowest, performance.now() - reported);
    }
    assert.ok(slowest < 1000, `an event took ${slowest} ms`);

    slow.socket.resume();
    await t.waitFor(() => assert.equal(slow.code, 1013));
    assert.ok(slow.received.length < 300);
    assert.equal(quick.code, undefined);
  });

  test("leave with 1013 when too many bytes of answers wait for them", async (t) => {
    const { served, service } = await gateway(t, {}, limited({ maxBytes: 1_000_000 }));
    service.answer = () => ({ word: "x".repeat(2_000_000), length: 0 });
    const client = await Client.open(served);
    client.socket.pause();
    for (let id = 0; id < 20; id += 1) client.call(String(id), "word");
    await noneListens(t, served);
    client.socket.resume();
    await t.waitFor(() => assert.equal(client.code, 1013));
    assert.ok(client.received.length < 20);
  });

  test("that never read are cut", async (t) => {
    const variables = { EVENT_QUEUE: "5", REALTIME_CLIENTS: "1" };
    const { served, service } = await gateway(t, variables, limited({ closeMs: 100 }));
    const client = await Client.open(served);
    await client.listen(t, "sample.told");
    client.socket.pause();
    const filler = "x".repeat(1_000_000);
    for (let number = 0; number < 40; number += 1) service.report("told", filler);
    // Its place is free.
    await t.waitFor(async () => assert.ok(await Client.open(served)));
    client.socket.resume();
    await t.waitFor(() => assert.equal(client.code, 1006));
  });
});

suite("when the gateway stops", () => {
  test("clients leave with 1001, and nobody new comes in", async (t) => {
    const { served } = await gateway(t);
    const clients = [await Client.open(served), await Client.open(served)];
    await served.gateway.drain();
    await t.waitFor(() =>
      assert.deepEqual(
        clients.map(({ code }) => code),
        [1001, 1001],
      ),
    );
    assert.equal((await refusal(served)).status, 503);
  });

  test("calls under way are answered first, and no new ones are taken", async (t) => {
    const { served, service } = await gateway(t);
    const go = Promise.withResolvers<void>();
    service.answer = async () => {
      await go.promise;
      return { word: "done", length: 4 };
    };
    const client = await Client.open(served);
    client.call("a", "word");
    await t.waitFor(() => assert.equal(service.calls.length, 1));
    const drained = served.gateway.drain();
    client.call("b", "word");
    await t.waitFor(() => assert.deepEqual(client.codes, ["unavailable"]));
    go.resolve();
    await drained;
    await t.waitFor(() => assert.equal(client.code, 1001));
    assert.deepEqual(client.received.at(-1), {
      type: "result",
      id: "a",
      output: { word: "done", length: 4 },
    });
  });

  test("a client that does not answer the close is cut", async (t) => {
    const { served } = await gateway(t, {}, limited({ closeMs: 100 }));
    const client = await Client.open(served);
    client.socket.pause();
    const begun = performance.now();
    await served.gateway.drain();
    assert.ok(performance.now() - begun < 2000);
  });
});
