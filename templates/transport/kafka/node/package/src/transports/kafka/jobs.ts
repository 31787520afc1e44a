import type { BaseOptions } from "@platformatic/kafka";
import type { Logger } from "pino";
import type { Json } from "../../contract.ts";
import type { DurableJobStore, JobChange, JobOrder } from "../../jobs/durable.ts";
import type { CallContext } from "../client.ts";
import { readChange } from "../messages/events.ts";
import { type Headers, JSON_TYPE, orderHeaders } from "../messages/headers.ts";
import type { Signatures } from "../messages/signatures.ts";
import { problemOfSending } from "./problems.ts";
import { type Offsets, readTopic } from "./reader.ts";
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
export function durableJobs(options: JobsOptions): DurableJobStore {
  const { names, sender, signatures, service, log } = options;
  const signed = (topic: string, key: string, body: Json | JobChange, headers: Headers) => {
    const value = JSON.stringify(body);
    return { topic, key, value, headers: { ...signatures.sign(topic, headers, value) } };
  };
  return {
    async submit(order: JobOrder, { signal }: CallContext): Promise<void> {
      const { change, input } = order;
      const ordered = signed(names.orders, change.id, input, orderHeaders(order));
      try {
        await sender.send(ordered, signal);
      } catch (error) {
        throw problemOfSending(error, signal, service);
      }
      // The job is safe by now. Whom this does not reach learns of the job when it runs.
      const reported = signed(names.jobs, change.id, change, { "content-type": JSON_TYPE });
      await sender.send(reported).catch((error) => {
        log.warn({ err: error, job: change.id }, "other gateways do not know yet of a job");
      });
    },

    async *changes({ signal, caughtUp }): AsyncGenerator<JobChange, void, undefined> {
      let end: Offsets | undefined;
      const check = (next: Offsets) => {
        if (!end || [...end].some(([partition, last]) => (next.get(partition) ?? 0n) < last))
          return;
        end = undefined;
        caughtUp();
      };
      let isFirst = true;
      const reading = { client: options.client, topic: names.jobs, signal, log };
      for await (const read of readTopic({ ...reading, from: "oldest" })) {
        if (read.kind === "begin" && isFirst) {
          isFirst = false;
          end = read.end;
          check(read.from);
        } else if (read.kind === "messages") {
          for (const { headers, body } of read.messages) {
            if (!signatures.verify(names.jobs, headers, body)) continue;
            const change = readChange(body);
            if (change) yield change;
          }
          check(read.next);
        }
      }
    },
  };
}
