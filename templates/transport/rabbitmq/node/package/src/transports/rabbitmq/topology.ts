import type { Channel } from "rabbitmq-client";

type Arguments = Readonly<Record<string, string | number>>;

/** A queue, and what brings messages to it beside its own name. */
export interface Queue {
  readonly name: string;
  readonly arguments: Arguments;
  readonly exchange?: string;
  readonly routingKey?: string;
}

/**
 * The queues and exchanges of a service, declared by whoever comes first: gateway or service.
 *
 * The service has the same in `transports/rabbitmq/topology.py`. RabbitMQ refuses a declaration that
 * differs from what is there, so nothing in it may be a setting.
 */
export interface Topology {
  /** Calls. */
  readonly requests: Queue;
  /** The exchange for orders: they go to `orders` and, as a first step, to `jobs`, at once. */
  readonly accept: string;
  /** Jobs, until they are done. */
  readonly orders: Queue;
  /** What becomes of jobs; a stream, so that every gateway reads all of it. */
  readonly jobs: Queue;
  /** What was given up. */
  readonly dead: Queue;
  /** The exchange for the events of all services, by `<service>.<event>`. */
  readonly report: string;
  /** Those of this service; a stream. */
  readonly events: Queue;
}

const MIB = 1024 * 1024;
/** Tries of a job after which RabbitMQ itself gives it up. */
const MAX_TRIES = 20;

/** What belongs to `service`, by names that begin with `namespace`. */
export function topologyOf(namespace: string, service: string): Topology {
  const name = `${namespace}.${service}`;
  const accept = `${name}.orders`;
  const report = `${namespace}.events`;
  return {
    requests: {
      name: `${name}.requests`,
      arguments: {
        "x-queue-type": "quorum",
        "x-delivery-limit": 2,
        "x-max-length": 10_000,
        "x-overflow": "reject-publish",
      },
    },
    accept,
    orders: {
      name: `${name}.orders`,
      arguments: {
        "x-queue-type": "quorum",
        "x-delivery-limit": MAX_TRIES,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": `${name}.dead`,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
      },
      exchange: accept,
    },
    jobs: {
      name: `${name}.jobs`,
      arguments: {
        "x-queue-type": "stream",
        "x-max-age": "7D",
        "x-max-length-bytes": 256 * MIB,
        "x-stream-max-segment-size-bytes": 32 * MIB,
      },
      exchange: accept,
    },
    dead: { name: `${name}.dead`, arguments: { "x-queue-type": "quorum" } },
    report,
    events: {
      name: `${name}.events`,
      arguments: {
        "x-queue-type": "stream",
        "x-max-age": "1D",
        "x-max-length-bytes": 64 * MIB,
        "x-stream-max-segment-size-bytes": 8 * MIB,
      },
      exchange: report,
      routingKey: `${service}.#`,
    },
  };
}

/** Makes what is not there yet. @throws AMQPChannelError when something is there that differs */
export async function declare(channel: Channel, topology: Topology): Promise<void> {
  await channel.exchangeDeclare({ exchange: topology.accept, type: "fanout", durable: true });
  await channel.exchangeDeclare({ exchange: topology.report, type: "topic", durable: true });
  const { requests, dead, orders, jobs, events } = topology;
  for (const { name, arguments: wanted, exchange, routingKey } of [
    requests,
    dead,
    orders,
    jobs,
    events,
  ]) {
    await channel.queueDeclare({ queue: name, durable: true, arguments: { ...wanted } });
    if (exchange !== undefined) {
      await channel.queueBind({ queue: name, exchange, routingKey: routingKey ?? "" });
    }
  }
}
