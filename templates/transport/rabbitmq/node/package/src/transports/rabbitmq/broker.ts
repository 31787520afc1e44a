import { once } from "node:events";
import type { Logger } from "pino";
import { Connection } from "rabbitmq-client";
import { Problem } from "../../calls/problem.ts";
import type { Tls } from "../../server/settings.ts";
import type { RabbitSettings } from "./settings.ts";

/** Milliseconds between attempts: at first, and at most. */
const RETRY_LOW_MS = 250;
const RETRY_HIGH_MS = 2000;
const CONNECT_MS = 5000;
/** Milliseconds between two lines about a broker that does not come back. */
const QUIET_MS = 30_000;

/** A connection, opened when it is first needed and again whenever it is lost. */
export class Broker {
  readonly #url: URL;
  readonly #tls: Tls | undefined;
  readonly #name: string;
  readonly #log: Logger;
  #connection: Connection | undefined;
  #blocked = false;
  /** The last attempt failed. */
  #down = false;
  #closed = false;
  #reported = Number.NEGATIVE_INFINITY;
  #reason = "not connected yet";

  /** @param name What the broker's lists of connections show. */
  constructor({ url, tls }: RabbitSettings, name: string, log: Logger) {
    this.#url = url;
    this.#tls = tls;
    this.#name = name;
    this.#log = log;
  }

  /** Where it is, without who logs in. */
  get address(): string {
    const port = this.#url.port || (this.#url.protocol === "amqps:" ? "5671" : "5672");
    return `${this.#url.hostname}:${port}`;
  }

  /** The connection, which may still be on its way. @throws Problem after `close` */
  get connection(): Connection {
    if (this.#closed) throw new Problem("unavailable", "The gateway is stopping", { sent: false });
    this.#connection ??= this.#open();
    return this.#connection;
  }

  /** @throws Problem `unavailable` with why nothing can be sent, and that nothing was */
  check(): Connection {
    const { connection } = this;
    if (connection.ready && !this.#blocked) return connection;
    const why = this.#blocked ? "takes no messages: it is short of memory or disk" : this.#reason;
    throw new Problem("unavailable", `RabbitMQ at ${this.address} ${why}`, { sent: false });
  }

  /** Waits for a connection that is on its way, not for a broker that is away. @throws Problem `unavailable` */
  async connected(milliseconds: number): Promise<Connection> {
    const { connection } = this;
    if (!connection.ready && !this.#down) {
      const signal = AbortSignal.timeout(milliseconds);
      // It ends with the first error, too.
      await once(connection, "connection", { signal }).catch(() => {});
    }
    return this.check();
  }

  /** Lets go of the connection; channels that are still open are cut. */
  close(): void {
    this.#closed = true;
    this.#connection?.unsafeDestroy();
  }

  #open(): Connection {
    const connection = new Connection({
      url: this.#url.href,
      ...(this.#tls && { tls: this.#tls }),
      connectionName: this.#name,
      connectionTimeout: CONNECT_MS,
      acquireTimeout: CONNECT_MS,
      retryLow: RETRY_LOW_MS,
      retryHigh: RETRY_HIGH_MS,
      noDelay: true,
    });
    const service = this.#name;
    connection.on("connection", () => {
      this.#down = false;
      this.#reported = Number.NEGATIVE_INFINITY;
      this.#log.info({ address: this.address, service }, "RabbitMQ is connected");
    });
    connection.on("error", (error) => this.#fail(error));
    connection.on("connection.blocked", (reason) => {
      this.#blocked = true;
      this.#log.warn({ address: this.address, reason }, "RabbitMQ takes no messages");
    });
    connection.on("connection.unblocked", () => {
      this.#blocked = false;
    });
    return connection;
  }

  #fail(error: unknown): void {
    this.#blocked = false;
    this.#down = true;
    this.#reason = `does not answer: ${error instanceof Error ? error.message : String(error)}`;
    if (this.#closed || performance.now() - this.#reported < QUIET_MS) return;
    this.#reported = performance.now();
    this.#log.warn(
      { err: error, address: this.address, user: this.#url.username },
      "RabbitMQ does not serve: start it, or set RABBITMQ_URL and RABBITMQ_PASSWORD",
    );
  }
}
