import { randomUUID } from "node:crypto";
import type { Channel } from "rabbitmq-client";
import { Problem } from "../../calls/problem.ts";
import type { DurableJobStore, JobChange, JobOrder } from "../../jobs/durable.ts";
import type { CallContext } from "../client.ts";
import { readChange } from "../messages/events.ts";
import { orderHeaders } from "../messages/headers.ts";
import type { Broker } from "./broker.ts";
import { SharedChannel, send } from "./channel.ts";
import type { RabbitSettings } from "./settings.ts";
import { type FollowOptions, follow } from "./streams.ts";
import { bodyOf, envelope, headersOf } from "./wire.ts";

/** The step `queued` travels with the order, which the stream of steps gets too: both or none. */
const QUEUED = "job-change";
/** What a gateway puts into the stream to see when it has read all that was there. */
const MARK = "job-mark";

/** Jobs on the queue of orders of one service. */
export class RabbitJobs implements DurableJobStore {
  readonly #service: string;
  readonly #settings: RabbitSettings;
  readonly #streams: Omit<FollowOptions, "queue" | "signal">;
  readonly #channel: SharedChannel;
  readonly #returned = new Set<string>();

  /** @param broker Where orders go; `streams` says where steps are read. */
  constructor(
    service: string,
    broker: Broker,
    settings: RabbitSettings,
    streams: Omit<FollowOptions, "queue" | "signal">,
  ) {
    this.#service = service;
    this.#settings = settings;
    this.#streams = streams;
    this.#channel = new SharedChannel({
      broker,
      topology: settings.topology,
      returned: ({ messageId = "" }) => this.#returned.add(messageId),
      lost: () => this.#returned.clear(),
    });
  }

  async submit(order: JobOrder, { signal }: CallContext): Promise<void> {
    signal.throwIfAborted();
    const channel = await this.#channel.open();
    const messageId = randomUUID();
    const { signatures, topology } = this.#settings;
    const body = Buffer.from(JSON.stringify(order.input));
    const headers = { ...orderHeaders(order), [QUEUED]: JSON.stringify(order.change) };
    const message = {
      ...envelope(signatures.sign(topology.orders.name, headers, body)),
      exchange: topology.accept,
      messageId,
      durable: true,
      mandatory: true,
    };
    await send(channel, this.#service, { message, body });
    if (this.#returned.delete(messageId)) {
      throw new Problem("unavailable", `${this.#service} has no queue`, { sent: false });
    }
  }

  async *changes({ signal, caughtUp }: Parameters<DurableJobStore["changes"]>[0]) {
    const mark = randomUUID();
    const { signatures, topology } = this.#settings;
    const queue = topology.jobs.name;
    let behind = true;
    const opened = (channel: Channel) => {
      const headers = { [MARK]: mark };
      if (behind) {
        void channel.basicPublish({ routingKey: queue, headers }, Buffer.alloc(0)).catch(() => {});
      }
    };
    for await (const { message } of follow({ ...this.#streams, queue, signal, opened })) {
      const headers = headersOf(message);
      if (headers[MARK] === mark) {
        behind = false;
        caughtUp();
      }
      if (headers[MARK] !== undefined) continue;
      const reported = headers[QUEUED];
      const body = bodyOf(message);
      // A first step is the order itself.
      const channel = reported === undefined ? queue : topology.orders.name;
      if (!signatures.verify(channel, headers, body)) continue;
      const change = readChange(reported === undefined ? body : Buffer.from(reported));
      if (change) yield change satisfies JobChange;
    }
  }

  async close(): Promise<void> {
    await this.#channel.close();
  }
}
