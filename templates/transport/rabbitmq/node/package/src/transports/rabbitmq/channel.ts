import { AMQPError, type Channel, type Envelope, type ReturnedMessage } from "rabbitmq-client";
import { Problem } from "../../calls/problem.ts";
import type { Broker } from "./broker.ts";
import { declare, type Topology } from "./topology.ts";

/** Milliseconds that a first use waits for the connection. */
const CONNECT_MS = 2000;

export interface SharedChannelOptions {
  readonly broker: Broker;
  readonly topology: Topology;
  /** What is done on each new channel. */
  readonly prepare?: (channel: Channel) => Promise<void>;
  /** A message that no queue takes; it comes before its confirmation. */
  readonly returned: (message: ReturnedMessage) => void;
  /** The channel is gone, and with it what was under way on it. */
  readonly lost: () => void;
}

/** A channel with confirmations, opened when it is needed and not there. */
export class SharedChannel {
  readonly #options: SharedChannelOptions;
  #opening: Promise<Channel> | undefined;

  constructor(options: SharedChannelOptions) {
    this.#options = options;
  }

  /** @throws Problem `unavailable` when there is no connection; the client's error otherwise */
  async open(): Promise<Channel> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  /** Closes it, when what was sent has left. */
  async close(): Promise<void> {
    const channel = await this.#opening?.catch(() => undefined);
    if (channel?.active) await channel.close().catch(() => {});
  }

  async #open(): Promise<Channel> {
    const { broker, topology, prepare, returned, lost } = this.#options;
    const connection = await broker.connected(CONNECT_MS);
    const channel = await connection.acquire({ emitErrorsFromChannel: true });
    // It closes with each of them, and what was under way on it is reported.
    channel.on("error", () => {});
    channel.on("basic.return", (message) => {
      returned(message);
      // Somebody has deleted it: whoever sends next finds it again.
      declare(channel, topology).catch(() => {});
    });
    channel.once("close", () => {
      this.#opening = undefined;
      lost();
    });
    await channel.confirmSelect();
    await declare(channel, topology);
    await prepare?.(channel);
    return channel;
  }
}

/** An open channel. @throws Problem `unavailable` */
export async function opened(channel: SharedChannel): Promise<Channel> {
  try {
    return await channel.open();
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    throw new Problem("unavailable", "RabbitMQ opens no channel", { sent: false, cause });
  }
}

export interface Sending {
  readonly message: Envelope;
  readonly body: Buffer;
}

/** Resolves when the broker has the message. @throws Problem */
export async function send(
  channel: Channel,
  service: string,
  { message, body }: Sending,
): Promise<void> {
  try {
    await channel.basicPublish(message, body);
  } catch (cause) {
    if (cause instanceof AMQPError && cause.code === "NACK") {
      // The queue is bounded and full.
      throw new Problem("resource_exhausted", `Too much waits for ${service}`, {
        retryAfter: 1,
        sent: false,
        cause,
      });
    }
    throw new Problem("unavailable", "RabbitMQ was lost", { cause });
  }
}
