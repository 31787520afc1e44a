import { randomUUID } from "node:crypto";
import { type AsyncMessage, Connection } from "rabbitmq-client";
import manifest from "../../package.json" with { type: "json" };
import type { Json } from "../../src/contract.ts";
import { CORRELATION_ID, type Headers, JSON_TYPE } from "../../src/transports/messages/headers.ts";
import { declare, type Topology, topologyOf } from "../../src/transports/rabbitmq/topology.ts";
import { bodyOf, envelope, headersOf } from "../../src/transports/rabbitmq/wire.ts";
import { connect } from "../../src/transports/rabbitmq.ts";
import { sampleWiring } from "../sample.ts";
import {
  type Answer,
  answered,
  missing,
  type ReceivedCall,
  SILENCE,
  type StandIn,
  signatures,
} from "./messages.ts";

export interface RabbitStandIn extends StandIn {
  readonly topology: Topology;
  /** Puts anything on a queue. */
  put(queue: string, body: string, headers?: Record<string, string>): Promise<void>;
  /** Takes calls again. */
  come(): Promise<void>;
  /** Deletes the queue of calls. */
  lose(): Promise<void>;
}

export const BROKER = new URL(process.env.RABBITMQ_URL || "amqp://127.0.0.1:5672");
/** The user that the system's own broker has; any other has `guest`. */
const SYSTEM = manifest.name.replace(/^@|\/.*$/g, "");
const PASSWORD = process.env.RABBITMQ_PASSWORD || "guest";
BROKER.username ||= PASSWORD === "guest" ? "guest" : SYSTEM;
BROKER.password ||= PASSWORD;

/** A gateway in front of the sample service. */
export const wiring = sampleWiring(connect);

/** Why tests of RabbitMQ cannot run here, or false. */
export const skip: string | false = await missing(
  { host: BROKER.hostname, port: Number(BROKER.port || 5672) },
  "start one, or say in RABBITMQ_URL where one is",
);

/** A service behind queues of its own, on the broker of RABBITMQ_URL. */
export async function standIn(
  prefix: string,
  answers: Readonly<Record<string, Answer>>,
): Promise<RabbitStandIn> {
  if (skip) throw new Error(skip);
  const namespace = `test-${randomUUID().slice(0, 8)}`;
  const service = prefix.toLowerCase().replaceAll("_", "-");
  const topology = topologyOf(namespace, service);
  const connection = new Connection({ url: BROKER.href, retryLow: 50 });
  connection.on("error", () => {});
  const channel = await connection.acquire().catch((error: unknown) => {
    // It would try again without end.
    connection.unsafeDestroy();
    throw error;
  });
  await channel.confirmSelect();
  await declare(channel, topology);
  const [calls, orders]: [ReceivedCall[], ReceivedCall[]] = [[], []];

  const reply = async (message: AsyncMessage) => {
    const call = received(message);
    calls.push(call);
    channel.basicAck({ deliveryTag: message.deliveryTag });
    const answer = await answers[call.operation]?.(call);
    if (answer === SILENCE || !channel.active) return;
    const { replyTo: routingKey = "", correlationId = "" } = message;
    const { headers, body, signatures: signer } = answered(answer);
    const own = { ...headers, [CORRELATION_ID]: correlationId };
    const signed = signer.sign("amq.rabbitmq.reply-to", own, body);
    await channel.basicPublish({ ...envelope(signed), routingKey }, Buffer.from(body));
  };
  const consumerTag = "calls";
  const come = async () => {
    await channel.basicConsume({ queue: topology.requests.name, consumerTag }, reply);
  };
  await come();
  await channel.basicConsume({ queue: topology.orders.name }, (message) => {
    orders.push(received(message));
    channel.basicAck({ deliveryTag: message.deliveryTag });
  });
  const put = (queue: string, body: string, headers: Headers = {}, signer = signatures) => {
    const signed = signer.sign(queue, { "content-type": JSON_TYPE, ...headers }, body);
    const to = { routingKey: queue, durable: true };
    return channel.basicPublish({ ...envelope(signed), ...to }, Buffer.from(body));
  };
  const report = (name: string, data: Json, id: string, signer = signatures) => {
    const headers = {
      "cloudEvents:id": id,
      "cloudEvents:type": name,
      "cloudEvents:time": "2026-01-01T00:00:00Z",
    };
    const body = JSON.stringify(data);
    const signed = signer.sign(
      topology.events.name,
      { "content-type": JSON_TYPE, ...headers },
      body,
    );
    const to = { exchange: topology.report, routingKey: `${service}.${name}`, durable: true };
    return channel.basicPublish({ ...envelope(signed), ...to }, Buffer.from(body));
  };

  return {
    variables: { RABBITMQ_URL: BROKER.href, RABBITMQ_NAMESPACE: namespace },
    topology,
    calls,
    orders,
    report,
    step: (change, signer) => put(topology.jobs.name, JSON.stringify(change), {}, signer),
    put,
    leave: async () => {
      await channel.basicCancel({ consumerTag });
    },
    come,
    async lose() {
      await channel.queueDelete({ queue: topology.requests.name });
    },
    async forget() {
      await channel.queueDelete({ queue: topology.events.name });
      await declare(channel, topology);
    },
    async [Symbol.asyncDispose]() {
      const { requests, orders: accepted, jobs, dead, events } = topology;
      for (const { name } of [requests, accepted, jobs, dead, events]) {
        await channel.queueDelete({ queue: name });
      }
      for (const exchange of [topology.accept, topology.report]) {
        await channel.exchangeDelete({ exchange });
      }
      await channel.close();
      await connection.close();
    },
  };
}

function received(message: AsyncMessage): ReceivedCall {
  const headers = headersOf(message);
  const input = JSON.parse(new TextDecoder().decode(bodyOf(message))) as Json;
  return { operation: headers.operation ?? "", input, headers };
}
