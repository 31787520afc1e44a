import { createClient, ErrorReply, type RedisClientOptions } from "@redis/client";
import pTimeout from "p-timeout";
import type { Logger } from "pino";
import { Problem } from "../../calls/problem.ts";
import * as scripts from "./scripts.ts";

/** Milliseconds for an answer; Redis needs less than one of them. */
const ANSWER_MS = 2000;
const CONNECT_MS = 2000;
/** Milliseconds between two attempts to connect, at most. */
const PAUSE_MS = 2000;

export type RedisClient = ReturnType<typeof clientFor>;

/** One connection that is opened again whenever it is lost. Nothing waits for it: what is asked
 * meanwhile fails at once. */
export class RedisConnection {
  readonly client: RedisClient;
  readonly #log: Logger;
  readonly #url: URL;
  #readySince: number | undefined;
  #closed = false;

  constructor(url: URL, log: Logger) {
    this.#log = log;
    this.#url = url;
    this.client = clientFor(url, {});
    this.client.on("ready", () => {
      this.#readySince = performance.now();
      log.info({ redis: url.host }, "connected to Redis");
    });
    this.client.on("error", (error: Error) => this.#lost(error));
  }

  /** Milliseconds for which the connection has stood without a break. */
  get readyMs(): number {
    return this.#readySince === undefined ? 0 : performance.now() - this.#readySince;
  }

  /** Begins to connect, and goes on until `close`. */
  open(): void {
    this.client.connect().catch((error: Error) => this.#lost(error));
  }

  /**
   * Asks Redis.
   *
   * @throws Problem `unavailable`; whether Redis did what was asked is not known then
   */
  async ask<T>(command: (client: RedisClient) => Promise<T>): Promise<T> {
    try {
      return await pTimeout(command(this.client), {
        milliseconds: ANSWER_MS,
        fallback: () => this.#replace(),
      });
    } catch (cause) {
      if (cause instanceof ErrorReply) this.#log.error({ err: cause }, "Redis refused a command");
      throw new Problem("unavailable", "Redis does not answer", { cause, retryAfter: 1 });
    }
  }

  /** A second connection to the same Redis, which opens itself again and keeps what is asked until
   * then; who gets it destroys it. */
  another(socket: { readonly socketTimeout: number }): RedisClient {
    const client = clientFor(this.#url, { socket, disableOfflineQueue: false });
    client.on("error", (error: Error) =>
      this.#log.debug({ err: error }, "Redis cannot be reached"),
    );
    client.connect().catch(() => {});
    return client;
  }

  close(): void {
    this.#closed = true;
    this.client.destroy();
  }

  /** A connection that stays silent may be open on this side only. */
  #replace(): never {
    const silent = new Error(`no answer within ${ANSWER_MS} ms`);
    if (this.client.isReady && !this.#closed) {
      this.client.destroy();
      this.#lost(silent);
      this.open();
    }
    throw silent;
  }

  #lost(error: Error): void {
    if (this.#closed) return;
    // Once, however often it is tried again.
    if (this.#readySince !== undefined)
      this.#log.warn({ err: error }, "the connection to Redis is lost");
    else this.#log.debug({ err: error }, "Redis cannot be reached");
    this.#readySince = undefined;
  }
}

function clientFor(
  url: URL,
  { socket, ...options }: Pick<RedisClientOptions, "socket" | "disableOfflineQueue">,
) {
  return createClient({
    url: url.href,
    scripts,
    disableOfflineQueue: true,
    maintNotifications: "disabled",
    ...options,
    socket: {
      ...socket,
      connectTimeout: CONNECT_MS,
      // Also after a timeout, where the client would give up by itself.
      reconnectStrategy: (retries) =>
        Math.min(50 * 2 ** retries, PAUSE_MS) * (0.5 + Math.random() / 2),
    },
  });
}
