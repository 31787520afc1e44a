import { setTimeout as sleep } from "node:timers/promises";
import type { Json, OperationContract } from "../contract.ts";
import { StoredJobs } from "../jobs/durable.ts";
import type { CallContext, Connect } from "./client.ts";
import { followEvents } from "./kafka/events.ts";
import { Health } from "./kafka/health.ts";
import { KafkaJobs } from "./kafka/jobs.ts";
import { problemOfSending } from "./kafka/problems.ts";
import { REPLY_TO, Replies } from "./kafka/replies.ts";
import { Sender } from "./kafka/sender.ts";
import { readSettings } from "./kafka/settings.ts";
import { callHeaders } from "./messages/headers.ts";
import { Signatures } from "./messages/signatures.ts";

/** Milliseconds in which connections are let go. */
const CLOSE_MS = 2000;

/** Calls a service through Kafka. */
export const connect: Connect = (link) => {
  const { client, names } = readSettings(link);
  const signatures = new Signatures(link);
  const { log } = link;
  const service = link.service.name;
  const sender = new Sender(client);
  const replies = new Replies({ client, topic: names.replies, signatures, service, log });
  const jobs = new KafkaJobs({ client, names, sender, signatures, service, log });
  const health = new Health(client, names.group, service);

  return {
    async call(operation: OperationContract, input: Json, context: CallContext): Promise<Json> {
      const { signal } = context;
      const message = {
        topic: names.requests,
        key: context.idempotencyKey,
        value: JSON.stringify(input),
      };
      try {
        await Promise.all([replies.listen(), health.expect()]);
        return await replies.waiters.wait(context, (id) => {
          const headers = { ...callHeaders(operation, context, id), [REPLY_TO]: names.replies };
          const signed = signatures.sign(message.topic, headers, message.value);
          return sender.send({ ...message, headers: { ...signed } }, signal);
        });
      } catch (error) {
        throw problemOfSending(error, signal, service);
      }
    },

    events: ({ after, signal }) =>
      followEvents({ client, topic: names.events, signatures, after, signal, log }),

    jobs: new StoredJobs(jobs),

    async health(signal: AbortSignal): Promise<void> {
      await health.check(signal);
      await replies.listen();
    },

    async close(): Promise<void> {
      const parts = [replies, sender, jobs, health];
      const closed = Promise.allSettled(parts.map((part) => part.close()));
      // What hangs on a broker that is gone must not keep the process.
      await Promise.race([closed, sleep(CLOSE_MS, undefined, { ref: false })]);
    },
  };
};
