import assert from "node:assert/strict";
import { once } from "node:events";
import { get, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { suite, type TestContext, test } from "node:test";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import type { Json } from "../../src/contract.ts";
import { realtime } from "../../src/realtime/sse.ts";
import { serveSample } from "../../testing/sample.ts";
import { eventually, type Served } from "../../testing/serve.ts";

/** A client on a socket of its own, so that a test can keep it from reading. */
class Client {
  readonly response: IncomingMessage;
  readonly events: EventSourceMessage[] = [];
  readonly comments: string[] = [];
  retry: number | undefined;
  left = false;

  private constructor(response: IncomingMessage) {
    this.response = response;
    const parser = createParser({
      onEvent: (event) => this.events.push(event),
      onComment: (comment) => this.comments.push(comment),
      onRetry: (retry) => {
        this.retry = retry;
      },
    });
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => parser.feed(chunk));
    response.on("error", () => {});
    response.once("close", () => {
      this.left = true;
    });
  }

  static async open(
    { origin }: Served,
    query = "",
    headers: Record<string, string> = {},
  ): Promise<Client> {
    const request = get(`${origin}/api/events${query}`, { agent: false, headers });
    const [response] = (await once(request, "response")) as [IncomingMessage];
    return new Client(response);
  }

  /** The data of each event, in the order of arrival. */
  get data(): Json[] {
    return this.events.map(({ data }) => JSON.parse(data).data);
  }

  get lastId(): string {
    return this.events.at(-1)?.id ?? "";
  }

  leave(): void {
    this.response.destroy();
  }
}

/** A gateway with this way of listening and nothing else. */
const gateway = (t: TestContext, variables: Record<string, string> = {}) =>
  serveSample(t, variables, { realtime: [realtime] });

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

suite("server-sent events", () => {
  test("an event is made into text once, however many receive it", async (t) => {
    const { served, service } = await gateway(t);
    const clients = await Promise.all([1, 2, 3].map(() => Client.open(served)));
    let made = 0;
    const toJSON = () => {
      made += 1;
      return "hello";
    };
    service.report("told", { toJSON } as unknown as Json);
    await eventually(t, () => {
      for (const { data } of clients) assert.deepEqual(data, ["hello"]);
    });
    assert.equal(made, 1);
  });

  test("an event has its id, its channel and its data", async (t) => {
    const { served, service } = await gateway(t);
    const client = await Client.open(served);
    service.report("told", { word: "one\ntwo" });
    await eventually(t, () => assert.equal(client.events.length, 1));

    const [event] = client.events;
    assert.ok(event?.id);
    assert.equal(event.event, "sample.told");
    const { time, data } = JSON.parse(event.data);
    assert.deepEqual(data, { word: "one\ntwo" });
    assert.equal(new Date(time).toISOString(), time);
    assert.ok(client.retry !== undefined && client.retry >= 1000 && client.retry <= 3000);
  });

  test("nothing on the way holds events back, and the headers of every answer are there", async (t) => {
    const { served } = await gateway(t, { ALLOWED_ORIGINS: "https://shop.example" });
    const { response } = await Client.open(served, "", {
      "accept-encoding": "gzip, br",
      origin: "https://shop.example",
    });
    const headers: IncomingHttpHeaders = response.headers;
    assert.equal(response.statusCode, 200);
    assert.equal(headers["content-type"], "text/event-stream; charset=utf-8");
    assert.equal(headers["cache-control"], "no-store, no-transform");
    assert.equal(headers["x-accel-buffering"], "no");
    assert.equal(headers["content-encoding"], undefined);
    assert.equal(headers["access-control-allow-origin"], "https://shop.example");
    assert.equal(headers["x-content-type-options"], "nosniff");
  });

  test("a client gets the channels that it asked for; by default those of all services", async (t) => {
    const { served, service } = await gateway(t);
    const one = await Client.open(served, "?channel=sample.told&channel=jobs.7");
    const all = await Client.open(served);
    served.gateway.hub.publish("jobs.7", "job");
    service.report("asked", "asked");
    service.report("told", "told");
    await eventually(t, () => {
      assert.deepEqual(one.data, ["job", "told"]);
      assert.deepEqual(all.data, ["asked", "told"]);
    });
  });

  for (const way of ["header", "query"] as const) {
    test(`a client that comes back misses nothing and gets nothing twice (${way})`, async (t) => {
      const { served, service } = await gateway(t);
      const before = await Client.open(served);
      for (const number of numbers(1, 3)) service.report("told", number);
      await eventually(t, () => assert.equal(before.events.length, 3));
      before.leave();
      for (const number of numbers(4, 8)) service.report("told", number);

      const after =
        way === "header"
          ? await Client.open(served, "", { "last-event-id": before.lastId })
          : await Client.open(served, `?lastEventId=${before.lastId}`);
      for (const number of numbers(9, 10)) service.report("told", number);
      await eventually(t, () => assert.deepEqual(after.data, numbers(4, 10)));
    });
  }

  test("a client that was away too long is notified, and gets what is left", async (t) => {
    const { served, service } = await gateway(t, { EVENT_REPLAY: "5" });
    const before = await Client.open(served);
    service.report("told", 0);
    await eventually(t, () => assert.equal(before.events.length, 1));
    before.leave();
    const witness = await Client.open(served);
    for (const number of numbers(1, 20)) service.report("told", number);
    await eventually(t, () => assert.equal(witness.events.length, 20));

    const after = await Client.open(served, "", { "last-event-id": before.lastId });
    await eventually(t, () => assert.equal(after.events.length, 6));
    assert.equal(after.events[0]?.event, "stream.gap");
    assert.deepEqual(after.data.slice(1), numbers(16, 20));
  });

  test("a stream without events is kept alive by comments", async (t) => {
    const { served } = await gateway(t, { REALTIME_HEARTBEAT_MS: "100" });
    const client = await Client.open(served);
    await eventually(t, () => assert.ok(client.comments.length >= 2));
    assert.deepEqual(client.events, []);
  });

  test("a slow client is cut off and does not hold up the others", async (t) => {
    const { served, service } = await gateway(t, { EVENT_QUEUE: "50" });
    const slow = await Client.open(served);
    const quick = await Client.open(served);
    slow.response.pause();

    // As many as the buffers of both sockets take, and each is received at once by who reads.
    const filler = "x".repeat(100_000);
    const { registry } = served.gateway.metrics;
    let number = 0;
    while (!/^gateway_event_subscribers_lagging_total 1$/m.test(await registry.metrics())) {
      number += 1;
      assert.ok(number < 300, "nobody is too slow");
      service.report("told", { number, filler });
      await eventually(t, () => assert.equal(quick.events.length, number));
    }

    slow.response.resume();
    await eventually(t, () => assert.ok(slow.left));
    assert.ok(number > 50);
    assert.ok(slow.events.length < number);
    assert.equal(quick.left, false);
  });

  for (const [channel, status, code] of [
    ["sample", 400, "invalid_argument"],
    ["jobs.*", 400, "invalid_argument"],
    ["", 400, "invalid_argument"],
    ["sample.unheard", 404, "not_found"],
    ["another.*", 404, "not_found"],
  ] as const) {
    test(`the channel "${channel}" is refused`, async (t) => {
      const { served } = await gateway(t);
      const query = new URLSearchParams({ channel });
      const response = await fetch(`${served.origin}/api/events?${query}`);
      assert.equal(response.status, status);
      assert.equal(response.headers.get("content-type"), "application/problem+json");
      assert.equal(((await response.json()) as { code: string }).code, code);
    });
  }

  test("one client too many is asked to come back, and can when another has left", async (t) => {
    const { served } = await gateway(t, { REALTIME_CLIENTS: "1" });
    const first = await Client.open(served);
    const refused = await fetch(`${served.origin}/api/events`);
    assert.equal(refused.status, 503);
    assert.ok(Number(refused.headers.get("retry-after")) > 0);
    await refused.arrayBuffer();

    first.leave();
    await eventually(t, async () => {
      const { response } = await Client.open(served);
      assert.equal(response.statusCode, 200);
    });
  });

  test("streams of one client are bounded, whoever else is there, and count as requests", async (t) => {
    const variables = { REALTIME_PER_CLIENT: "2", RATE_LIMIT: "4", TRUST_PROXY: "127.0.0.0/8" };
    const { served } = await gateway(t, variables);
    const open = async (address: string) => {
      const client = await Client.open(served, "", { "x-forwarded-for": address });
      return { ...client.response.headers, status: client.response.statusCode, client };
    };
    const first = await open("203.0.113.1");
    assert.equal((await open("203.0.113.1")).status, 200);
    const refused = await open("203.0.113.1");
    assert.equal(refused.status, 429);
    assert.ok(Number(refused["retry-after"]) > 0);
    assert.equal((await open("203.0.113.2")).status, 200);

    first.client.leave();
    await eventually(t, () => assert.ok(first.client.left));
    assert.equal((await open("203.0.113.1")).status, 200);
    assert.equal((await open("203.0.113.1")).status, 429);
  });

  test("a HEAD request is answered and over", async (t) => {
    const { served } = await gateway(t);
    const response = await fetch(`${served.origin}/api/events`, { method: "HEAD" });
    assert.match(response.headers.get("content-type") ?? "", /^text\/event-stream/);
    assert.equal(await response.text(), "");
  });

  test("when the gateway stops, streams end with what was sent and new ones are refused", async (t) => {
    const { served, service } = await gateway(t);
    const client = await Client.open(served);
    service.report("told", "last");
    await eventually(t, () => assert.deepEqual(client.data, ["last"]));
    await served.gateway.drain();
    await eventually(t, () => assert.ok(client.left));
    assert.ok(client.response.complete);
    const refused = await fetch(`${served.origin}/api/events`);
    assert.equal(refused.status, 503);
    await refused.arrayBuffer();
  });

  test("a client that does not read cannot hold up the end", { timeout: 60_000 }, async (t) => {
    const { served, service } = await gateway(t, { EVENT_QUEUE: "10000" });
    const stuck = await Client.open(served);
    stuck.response.pause();
    const filler = "x".repeat(1_000_000);
    for (const number of numbers(1, 40)) service.report("told", { number, filler });
    await served.gateway.drain();
  });
});
