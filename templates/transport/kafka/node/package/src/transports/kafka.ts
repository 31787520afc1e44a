import { setTimeout as sleep } from "node:timers/promises";
import type { Json, OperationContract } from "../contract.ts";
import { StoredJobs } from "../jobs/durable.ts";
import type { CallContext, Connect } from "./client.ts";
import { followEvents } from "./kafka/events.ts";
import { Health } from "./kafka/health.ts";
import { durableJobs } from "./kafka/jobs.ts";
import { problemOfSending } from "./kafka/problems.ts";
import { CORRELATION_ID, REPLY_TO, Replies } from "./kafka/replies.ts";
import { Sender } from "./kafka/sender.ts";
import { readSettings } from "./kafka/settings.ts";
import { callHeaders } from "./messages/headers.ts";

/** Milliseconds in which connections are let go. */
const CLOSE_MS = 2000;

/** Calls a service through Kafka: see "Messages" in the architecture of hybridge. */
export const connect: Connect = (link) => {
  const { client, names, token } = readSettings(link);
  const { log } = link;
  const service = link.service.name;
  const sender = new Sender(client);
  const replies = new Replies({ client, topic: names.replies, service, log });
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
          const headers = {
            ...callHeaders(operation, context, token),
            [CORRELATION_ID]: id,
            [REPLY_TO]: names.replies,
          };
          return sender.send({ ...message, headers }, signal);
        });
      } catch (error) {
        throw problemOfSending(error, signal, service);
      }
    },

    events: ({ after, signal }) =>
      followEvents({ client, topic: names.events, after, signal, log }),

    jobs: new StoredJobs(durableJobs({ client, names, sender, token, service, log })),

    async health(signal: AbortSignal): Promise<void> {
      await health.check(signal);
      await replies.listen();
    },

    async close(): Promise<void> {
      const closed = Promise.allSettled([replies.close(), sender.close(), health.close()]);
      // What hangs on a broker that is gone must not keep the process.
      await Promise.race([closed, sleep(CLOSE_MS, undefined, { ref: false })]);
    },
  };
};
