import pRetry from "p-retry";
import type { Logger } from "pino";
import type { RedisConnection } from "./connection.ts";
import type { Fields } from "./scripts.ts";

export interface FollowOptions {
  readonly connection: RedisConnection;
  readonly stream: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** Milliseconds for which one question waits for something new. */
const WAIT_MS = 5000;
/** Milliseconds without a byte after which the connection counts as lost. */
const SILENCE_MS = 3 * WAIT_MS;
/** Entries that one answer brings. */
const COUNT = 500;

/**
 * What is reported on a stream, from the oldest that is kept. Ends only on abort: after a lost
 * connection it goes on behind the last entry that arrived.
 *
 * On a connection of its own, which a waiting question holds up.
 */
export async function* followSteps(options: FollowOptions): AsyncGenerator<Fields> {
  const { connection, stream, signal, log } = options;
  const client = connection.another({ socketTimeout: SILENCE_MS });
  signal.addEventListener("abort", () => client.destroy(), { once: true });
  let last = "0";
  const read = async () => {
    const from = { key: stream, id: last };
    return client.xRead(from, { BLOCK: WAIT_MS, COUNT });
  };
  const onFailedAttempt = ({ error }: { error: Error }) =>
    log.debug({ err: error }, "the steps of jobs do not arrive at the moment");
  while (!signal.aborted) {
    try {
      const pauses = { minTimeout: 50, maxTimeout: 1000, randomize: true };
      const streams = await pRetry(read, { retries: Infinity, signal, onFailedAttempt, ...pauses });
      for (const { id, message } of streams?.[0]?.messages ?? []) {
        last = id;
        yield message;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
