import type { BaseOptions, Consumer } from "@platformatic/kafka";
import type { Logger } from "pino";
import type { DurableJobStore, JobChange, JobOrder } from "../../jobs/durable.ts";
import type { CallContext } from "../client.ts";
import { readChange } from "../messages/events.ts";
import { JSON_TYPE, orderHeaders } from "../messages/headers.ts";
import { problemOfSending } from "./problems.ts";
import { consumerOf, endOf, type Offsets, readTopic } from "./reader.ts";
import type { Sender } from "./sender.ts";
import type { Names } from "./settings.ts";

export interface JobsOptions {
  readonly client: BaseOptions;
  readonly names: Names;
  readonly sender: Sender;
  readonly token: string;
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
    this.#asking = consumerOf(options.client, options.names.jobs);
  }

  async submit(order: JobOrder, { signal }: CallContext): Promise<void> {
    const { names, sender, token, service, log } = this.#options;
    const { change, input } = order;
    const ordered = {
      ...{ topic: names.orders, key: change.id, value: JSON.stringify(input) },
      headers: { ...orderHeaders(order, token) },
    };
    try {
      await sender.send(ordered, signal);
    } catch (error) {
      throw problemOfSending(error, signal, service);
    }
    // The job is safe by now. Whom this does not reach learns of the job when it runs.
    const reported = {
      ...{ topic: names.jobs, key: change.id, value: JSON.stringify(change) },
      headers: { "content-type": JSON_TYPE },
    };
    await sender.send(reported).catch((error) => {
      log.warn({ err: error, job: change.id }, "other gateways do not know yet of a job");
    });
  }

  async *changes(signal: AbortSignal): AsyncGenerator<JobChange, void, undefined> {
    const { client, names, log } = this.#options;
    for await (const read of readTopic({
      client,
      topic: names.jobs,
      from: "oldest",
      signal,
      log,
    })) {
      if (read.kind === "messages") {
        for (const { body } of read.messages) {
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
}
