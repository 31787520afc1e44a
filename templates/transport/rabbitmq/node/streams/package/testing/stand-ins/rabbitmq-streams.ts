import { randomUUID } from "node:crypto";
import { Connection } from "rabbitmq-client";
import { declare, topologyOf } from "../../src/transports/rabbitmq/topology.ts";
import { bodyOf, envelope, headersOf } from "../../src/transports/rabbitmq/wire.ts";
import { connect } from "../../src/transports/rabbitmq.ts";
import { type OpenStreamStandIn, streamsWiring } from "../streams.ts";
import { StandInStreams } from "./message-streams.ts";
import { signatures } from "./messages.ts";
import { BROKER } from "./rabbitmq.ts";

/** A gateway in front of the sample service that answers in parts. */
export const wiring = streamsWiring(connect);

/** A service behind queues of its own, on the broker of RABBITMQ_URL. */
export const standIn: OpenStreamStandIn = async (prefix, tell) => {
  const namespace = `test-${randomUUID().slice(0, 8)}`;
  const topology = topologyOf(namespace, prefix.toLowerCase().replaceAll("_", "-"));
  const { requests, orders, jobs, dead, events } = topology;
  const connection = new Connection({ url: BROKER.href, retryLow: 50 });
  connection.on("error", () => {});
  const channel = await connection.acquire();
  channel.on("error", () => {});
  await declare(channel, topology);
  const streams = new StandInStreams(tell);

  const { queue: control } = await channel.queueDeclare({ exclusive: true });
  await channel.basicConsume({ queue: control, noAck: true }, (message) => {
    const headers = headersOf(message);
    const body = bodyOf(message);
    if (signatures.verify(control, headers, body)) streams.hear(body);
  });
  await channel.basicConsume({ queue: requests.name, noAck: true }, (message) => {
    const { replyTo: routingKey = "" } = message;
    const body = new TextDecoder().decode(bodyOf(message));
    const answering = streams.answer(headersOf(message), body, {
      control,
      async send(headers, text) {
        const signed = signatures.sign("amq.rabbitmq.reply-to", headers, text);
        await channel.basicPublish({ ...envelope(signed), routingKey }, Buffer.from(text));
      },
    });
    // It is cut off, or the test is over.
    answering.catch(() => {});
  });

  return {
    variables: { RABBITMQ_URL: BROKER.href, RABBITMQ_NAMESPACE: namespace },
    calls: streams.calls,
    cut() {
      streams.cut();
      connection.unsafeDestroy();
    },
    async [Symbol.asyncDispose]() {
      streams.cut();
      connection.unsafeDestroy();
      const cleaning = new Connection(BROKER.href);
      for (const { name } of [requests, orders, jobs, dead, events]) {
        await cleaning.queueDelete({ queue: name });
      }
      for (const exchange of [topology.accept, topology.report]) {
        await cleaning.exchangeDelete({ exchange });
      }
      await cleaning.close();
    },
  };
};
