import { randomUUID } from "node:crypto";
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
/** What a gateway puts into the stream to see when it has read all that was there before. */
const MARK = "job-mark";

/** Jobs on the queue of orders of one service. */
export class RabbitJobs implements DurableJobStore {
  readonly #service: string;
  readonly #settings: RabbitSettings;
  readonly #streams: Omit<FollowOptions, "queue" | "signal">;
  readonly #channel: SharedChannel;
  readonly #returned = new Set<string>();
  readonly #marks = new Map<string, () => void>();

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

  async *changes(signal: AbortSignal): AsyncGenerator<JobChange, void, undefined> {
    const { signatures, topology } = this.#settings;
    const queue = topology.jobs.name;
    for await (const { message } of follow({ ...this.#streams, queue, signal })) {
      const headers = headersOf(message);
      const mark = headers[MARK];
      if (mark !== undefined) {
        this.#marks.get(mark)?.();
        continue;
      }
      const reported = headers[QUEUED];
      const body = bodyOf(message);
      // A first step is the order itself.
      const channel = reported === undefined ? queue : topology.orders.name;
      if (!signatures.verify(channel, headers, body)) continue;
      const change = readChange(reported === undefined ? body : Buffer.from(reported));
      if (change) yield change;
    }
  }

  async catchUp(signal: AbortSignal): Promise<void> {
    const mark = randomUUID();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#marks.set(mark, resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
    try {
      const channel = await this.#channel.open();
      const message = { routingKey: this.#settings.topology.jobs.name, headers: { [MARK]: mark } };
      await send(channel, this.#service, { message, body: Buffer.alloc(0) });
      await promise;
    } finally {
      this.#marks.delete(mark);
    }
    signal.throwIfAborted();
  }

  async close(): Promise<void> {
    await this.#channel.close();
  }
}
