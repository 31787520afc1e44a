import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { type AsyncMessage, Connection } from "rabbitmq-client";
import type { Json } from "../../src/contract.ts";
import type { JobChange } from "../../src/jobs/durable.ts";
import { declare, type Topology, topologyOf } from "../../src/transports/rabbitmq/topology.ts";
import { bodyOf, envelope, headersOf } from "../../src/transports/rabbitmq/wire.ts";

/** A call or a job as the stand-in received it. */
export interface ReceivedCall {
  readonly operation: string;
  readonly input: Json;
  readonly headers: Readonly<Record<string, string>>;
}

/** Answers an operation: JSON for the result, a problem, or nothing at all. */
export type Answer = (call: ReceivedCall) => Promise<Reply> | Reply;
type Reply = Json | Refusal | typeof SILENCE;

export const SILENCE = Symbol("no answer");

export class Refusal {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(problem: object | string, headers: Record<string, string> = {}) {
    this.body = typeof problem === "string" ? problem : JSON.stringify(problem);
    this.headers = { "content-type": "application/problem+json", ...headers };
  }
}

export interface RabbitStandIn extends AsyncDisposable {
  /** Environment variables that lead a gateway here. */
  readonly variables: Readonly<Record<string, string>>;
  readonly topology: Topology;
  readonly calls: readonly ReceivedCall[];
  readonly orders: readonly ReceivedCall[];
  /** Reports an event, with `id` as its `ce-id`. */
  report(name: string, data: Json, id: string): Promise<void>;
  /** Reports what has become of a job. */
  step(change: JobChange): Promise<void>;
  /** Puts anything on a queue. */
  put(queue: string, body: string, headers?: Record<string, string>): Promise<void>;
  /** Takes no calls any more; what is on its way waits. */
  leave(): Promise<void>;
  /** Takes calls again. */
  come(): Promise<void>;
  /** Deletes the queue of calls. */
  lose(): Promise<void>;
  /** Throws away all events, and begins anew. */
  forget(): Promise<void>;
}

const BROKER = new URL(process.env.RABBITMQ_URL || "amqp://127.0.0.1:5672");
BROKER.username ||= "guest";
BROKER.password ||= process.env.RABBITMQ_PASSWORD || "guest";

/** Why tests of RabbitMQ cannot run here, or false. In CI they fail instead of being left out. */
export const skip: string | false =
  process.env.CI === "true" || (await listens(BROKER))
    ? false
    : `no broker at ${BROKER.host}: start one, or say in RABBITMQ_URL where one is`;

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
  const channel = await connection.acquire();
  await channel.confirmSelect();
  await declare(channel, topology);
  const [calls, orders]: [ReceivedCall[], ReceivedCall[]] = [[], []];

  const reply = async (message: AsyncMessage) => {
    const call = received(message);
    calls.push(call);
    channel.basicAck({ deliveryTag: message.deliveryTag });
    const answer = await answers[call.operation]?.(call);
    if (answer === SILENCE || !channel.active) return;
    const reported = answer instanceof Refusal ? answer : undefined;
    const { replyTo: routingKey = "", correlationId = "" } = message;
    const sent = { ...envelope(reported?.headers ?? {}), routingKey, correlationId };
    await channel.basicPublish(sent, Buffer.from(reported?.body ?? JSON.stringify(answer ?? null)));
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
  const put = (routingKey: string, body: string, headers: Record<string, string> = {}) =>
    channel.basicPublish({ ...envelope(headers), routingKey, durable: true }, Buffer.from(body));

  return {
    variables: { RABBITMQ_URL: BROKER.href, RABBITMQ_NAMESPACE: namespace },
    topology,
    calls,
    orders,
    report(name, data, id) {
      const headers = {
        "cloudEvents:id": id,
        "cloudEvents:type": name,
        "cloudEvents:time": "2026-01-01T00:00:00Z",
      };
      const to = { exchange: topology.report, routingKey: `${service}.${name}`, durable: true };
      const body = Buffer.from(JSON.stringify(data));
      return channel.basicPublish({ ...envelope(headers), ...to }, body);
    },
    step: (change) => put(topology.jobs.name, JSON.stringify(change)),
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

async function listens({ hostname, port }: URL): Promise<boolean> {
  const socket = connect({ host: hostname, port: Number(port || 5672) });
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(2000) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
