import type { BackplaneSettings, OpenBackplane } from "./interface.ts";
import { RedisConnection } from "./redis/connection.ts";
import { RedisJobs } from "./redis/jobs.ts";
import { RedisRates } from "./redis/rates.ts";
import { readSettings } from "./redis/settings.ts";

/** Jobs and the rate limit in Redis (or Valkey): one for all gateways of the system. */
export const openBackplane: OpenBackplane = ({ environment, identity, log }: BackplaneSettings) => {
  const settings = readSettings(environment, identity);
  const connection = new RedisConnection(settings.url, log);
  let jobs: RedisJobs | undefined;
  return {
    openJobs(options) {
      connection.open();
      jobs = new RedisJobs({ ...options, ...settings, connection, log });
      return jobs;
    },
    rates: new RedisRates(connection.client, settings.namespace),
    health: () => connection.ask((client) => client.ping()).then(() => undefined),
    async close() {
      await jobs?.close();
      connection.close();
    },
  };
};
