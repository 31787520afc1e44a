import { StoredJobs } from "../jobs/durable.ts";
import type { Connect } from "./client.ts";
import { Broker } from "./rabbitmq/broker.ts";
import { Calls } from "./rabbitmq/calls.ts";
import { followEvents } from "./rabbitmq/events.ts";
import { RabbitJobs } from "./rabbitmq/jobs.ts";
import { readSettings } from "./rabbitmq/settings.ts";

/** Reaches a service over RabbitMQ. */
export const connect: Connect = (link) => {
  const settings = readSettings(link);
  const { log } = link;
  const service = link.service.name;
  // Two connections: RabbitMQ stops reading from one that publishes when it is short of memory or
  // disk, and what is read must go on.
  const sending = new Broker(settings, `to ${service}`, log);
  const reading = new Broker(settings, `from ${service}`, log);
  const streams = { broker: reading, topology: settings.topology, log };
  const calls = new Calls(service, sending, settings, log);
  const jobs = new RabbitJobs(service, sending, settings, streams);

  return {
    call: (operation, input, context) => calls.call(operation, input, context),
    events: ({ after, signal }) => {
      const { signatures, topology } = settings;
      return followEvents({ ...streams, queue: topology.events.name, signatures, signal }, after);
    },
    jobs: new StoredJobs(jobs),
    health: (signal) => within(signal, calls.health()),
    async close() {
      await Promise.all([calls.close(), jobs.close()]);
      sending.close();
      reading.close();
    },
  };
};

/** @throws The reason of `signal` when it aborts first */
function within(signal: AbortSignal, work: Promise<void>): Promise<void> {
  const given = Promise.withResolvers<never>();
  const giveUp = () => given.reject(signal.reason);
  signal.addEventListener("abort", giveUp, { once: true });
  if (signal.aborted) giveUp();
  return Promise.race([work, given.promise]).finally(() => {
    signal.removeEventListener("abort", giveUp);
  });
}
