import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { suite, test } from "node:test";
import { type AsyncMessage, Connection } from "rabbitmq-client";
import { streamOf } from "../../../src/calls/streams.ts";
import { declare, topologyOf } from "../../../src/transports/rabbitmq/topology.ts";
import { closing, serve } from "../../../testing/serve.ts";
import { BROKER, skip } from "../../../testing/stand-ins/rabbitmq.ts";
import { standIn, wiring } from "../../../testing/stand-ins/rabbitmq-streams.ts";
import { sample } from "../../../testing/streams.ts";
import { testMessageStreams } from "../../../testing/transports/message-streams.ts";

suite("answers in parts", { skip }, () => {
  testMessageStreams({ wiring, standIn });

  test("come back to their service when the gateway is gone", async (t) => {
    const namespace = `test-${randomUUID().slice(0, 8)}`;
    const topology = topologyOf(namespace, "sample");
    const connection = new Connection(BROKER.href);
    const channel = await connection.acquire();
    t.after(async () => {
      const { requests, orders, jobs, dead, events, accept, report } = topology;
      for (const { name } of [requests, orders, jobs, dead, events]) {
        await channel.queueDelete({ queue: name });
      }
      for (const exchange of [accept, report]) await channel.exchangeDelete({ exchange });
      await channel.close();
      await connection.close();
    });
    await channel.confirmSelect();
    await declare(channel, topology);
    const asked = Promise.withResolvers<AsyncMessage>();
    await channel.basicConsume({ queue: topology.requests.name, noAck: true }, asked.resolve);

    const variables = { RABBITMQ_URL: BROKER.href, RABBITMQ_NAMESPACE: namespace };
    const { gateway } = closing(t, await serve(wiring, variables));
    const answer = streamOf(gateway.dispatch, sample.operations.tell, { topic: "words" });
    answer[Symbol.asyncIterator]()
      .next()
      .catch(() => {});
    const { replyTo: routingKey = "" } = await asked.promise;
    // A user of the broker may have rights to what begins with the namespace, and to nothing else.
    assert.match(
      routingKey,
      new RegExp(`^${namespace}\\.sample\\.requests\\.replies\\.[\\w-]{36}$`),
    );
    await gateway.close();
    const returned = once(channel, "basic.return", { signal: AbortSignal.timeout(5000) });
    await channel.basicPublish({ routingKey, mandatory: true }, "{}");
    await returned;
  });
});
