import type { BaseOptions, Consumer } from "@platformatic/kafka";
import type { Logger } from "pino";
import type { Json } from "../../contract.ts";
import type { DurableJobStore, JobChange, JobOrder } from "../../jobs/durable.ts";
import type { CallContext } from "../client.ts";
import { readChange } from "../messages/events.ts";
import { type Headers, JSON_TYPE, orderHeaders } from "../messages/headers.ts";
import type { Signatures } from "../messages/signatures.ts";
import { problemOfSending } from "./problems.ts";
import { consumerOf, endOf, type Offsets, readTopic } from "./reader.ts";
import type { Sender } from "./sender.ts";
import type { Names } from "./settings.ts";

export interface JobsOptions {
  readonly client: BaseOptions;
  readonly names: Names;
  readonly sender: Sender;
  readonly signatures: Signatures;
  readonly service: string;
  readonly log: Logger;
}

/** Jobs that Kafka keeps until a process of the service has done them. */
export class KafkaJobs implements DurableJobStore {
  readonly #options: JobsOptions;
  readonly #asking: Consumer;
  /** How far steps have been reported. */
  #reported: Offsets = new Map();
  readonly #waiting = new Set<() => void>();

  constructor(options: JobsOptions) {
    this.#options = options;
    // Partitions that were just made, or have moved, are known a moment before they answer.
    const patient = { ...options.client, retries: 5, retryDelay: 100 };
    this.#asking = consumerOf(patient, options.names.jobs);
  }

  async submit(order: JobOrder, { signal }: CallContext): Promise<void> {
    const { names, sender, service, log } = this.#options;
    const { change, input } = order;
    const ordered = this.#signed(names.orders, change.id, input, orderHeaders(order));
    try {
      await sender.send(ordered, signal);
    } catch (error) {
      throw problemOfSending(error, signal, service);
    }
    // The job is safe by now. Whom this does not reach learns of the job when it runs.
    const headers = { "content-type": JSON_TYPE };
    const reported = this.#signed(names.jobs, change.id, change, headers);
    await sender.send(reported).catch((error) => {
      log.warn({ err: error, job: change.id }, "other gateways do not know yet of a job");
    });
  }

  async *changes(signal: AbortSignal): AsyncGenerator<JobChange, void, undefined> {
    const { client, names, signatures, log } = this.#options;
    for await (const read of readTopic({
      client,
      topic: names.jobs,
      from: "oldest",
      signal,
      log,
    })) {
      if (read.kind === "messages") {
        for (const { headers, body } of read.messages) {
          if (!signatures.verify(names.jobs, headers, body)) continue;
          const change = readChange(body);
          if (change) yield change;
        }
      }
      if (read.kind === "gap") continue;
      this.#reported = new Map(read.kind === "begin" ? read.from : read.next);
      for (const look of this.#waiting) look();
    }
  }

  async catchUp(signal: AbortSignal): Promise<void> {
    const end = await endOf(this.#asking, this.#options.names.jobs);
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => {
      if ([...end].every(([place, last]) => (this.#reported.get(place) ?? -1n) >= last)) resolve();
    };
    this.#waiting.add(look);
    signal.addEventListener("abort", () => resolve(), { once: true });
    look();
    await promise;
    this.#waiting.delete(look);
    signal.throwIfAborted();
  }

  async close(): Promise<void> {
    await this.#asking.close(true);
  }

  #signed(topic: string, key: string, body: Json | JobChange, headers: Headers) {
    const value = JSON.stringify(body);
    const signed = this.#options.signatures.sign(topic, headers, value);
    return { topic, key, value, headers: { ...signed } };
  }
}
