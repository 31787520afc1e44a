import "../../src/observability/telemetry.ts";
import assert from "node:assert/strict";
import { connect } from "node:net";
import { suite, test } from "node:test";
import { Problem } from "../../src/calls/problem.ts";
import { realtime } from "../../src/realtime/websocket.ts";
import { eventually } from "../../testing/serve.ts";
import { Client, gateway, limited, metricsOf, noneListens, refusal } from "./websocket/client.ts";

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
      await eventually(t, () => assert.equal(client.received.length, 1));
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
          return { subject: "right", scopes: [], claims: {} };
        },
      }),
    );
    const { status, headers, problem } = await refusal(served);
    assert.equal(status, 401);
    assert.equal(headers["content-type"], "application/problem+json");
    assert.equal(problem.detail, "Who are you?");
    const client = await Client.open(served, { headers: { authorization: "Bearer right" } });
    client.call("a", "word");
    await eventually(t, () => assert.equal(client.received.length, 1));
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
    await eventually(t, () =>
      assert.match(answer, /101 Switching Protocols.*"id":"a".*not_found/s),
    );
    socket.destroy();
  });

  test("beyond the limit are asked to come back, and can when another has left", async (t) => {
    const { served } = await gateway(t, { REALTIME_CLIENTS: "1" });
    const first = await Client.open(served);
    const { status, headers } = await refusal(served);
    assert.equal(status, 503);
    assert.ok(Number(headers["retry-after"]) > 0);
    first.socket.close();
    await eventually(t, async () => assert.ok(await Client.open(served)));
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
    await eventually(t, async () => assert.ok(await Client.open(served, from("203.0.113.1"))));
  });

  test("are measured as requests are", async (t) => {
    const { served } = await gateway(t, { ALLOWED_ORIGINS: "https://shop.example" });
    await Client.open(served);
    await refusal(served, { origin: "https://evil.example" });
    await eventually(t, async () => {
      const metrics = await metricsOf(served);
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
    await eventually(t, () => assert.equal(dead.code, 1006));
    assert.equal(alive.code, undefined);
  });
});

suite("slow clients", () => {
  test("leave with 1013 and do not hold up the others", async (t) => {
    const patient = limited({ closeMs: 60_000 });
    const { served, service } = await gateway(t, { EVENT_QUEUE: "50" }, patient);
    const slow = await Client.open(served);
    const quick = await Client.open(served);
    await slow.listen(t, "sample.told");
    await quick.listen(t, "sample.told");
    slow.socket.pause();

    // As many as the buffers of both sockets take, and each is received at once by who reads.
    const filler = "x".repeat(100_000);
    let number = 0;
    while (!/^gateway_event_subscribers_lagging_total 1$/m.test(await metricsOf(served))) {
      number += 1;
      assert.ok(number < 300, "nobody is too slow");
      service.report("told", { number, filler });
      await eventually(t, () => assert.equal(quick.received.length, number));
    }

    slow.socket.resume();
    await eventually(t, () => assert.equal(slow.code, 1013));
    assert.ok(number > 50);
    assert.ok(slow.received.length < number);
    assert.equal(quick.code, undefined);
  });

  test("leave with 1013 when too many bytes of answers wait for them", async (t) => {
    const limits = limited({ maxBytes: 1_000_000, closeMs: 60_000 });
    const { served, service } = await gateway(t, {}, limits);
    service.answer = () => ({ word: "x".repeat(2_000_000), length: 0 });
    const client = await Client.open(served);
    client.socket.pause();
    for (let id = 0; id < 20; id += 1) client.call(String(id), "word");
    await noneListens(t, served);
    client.socket.resume();
    await eventually(t, () => assert.equal(client.code, 1013));
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
    await eventually(t, async () => assert.ok(await Client.open(served)));
    client.socket.resume();
    await eventually(t, () => assert.equal(client.code, 1006));
  });
});

suite("when the gateway stops", () => {
  test("clients leave with 1001, and nobody new comes in", async (t) => {
    const { served } = await gateway(t);
    const clients = [await Client.open(served), await Client.open(served)];
    await served.gateway.drain();
    await eventually(t, () =>
      assert.deepEqual(
        clients.map(({ code }) => code),
        [1001, 1001],
      ),
    );
    assert.equal((await refusal(served)).status, 503);
  });

  test("calls under way are answered first, and no new ones are taken", async (t) => {
    const { served, service } = await gateway(t);
    const release = service.hold();
    const client = await Client.open(served);
    client.call("a", "word");
    await eventually(t, () => assert.equal(service.calls.length, 1));
    const drained = served.gateway.drain();
    client.call("b", "word");
    await eventually(t, () => assert.deepEqual(client.codes, ["unavailable"]));
    release();
    await drained;
    await eventually(t, () => assert.equal(client.code, 1001));
    assert.deepEqual(client.received.at(-1), {
      type: "result",
      id: "a",
      output: { word: "word", length: 4 },
    });
  });

  test("a client that does not answer the close is cut", { timeout: 60_000 }, async (t) => {
    const { served } = await gateway(t, {}, limited({ closeMs: 100 }));
    const client = await Client.open(served);
    client.socket.pause();
    await served.gateway.drain();
  });
});
