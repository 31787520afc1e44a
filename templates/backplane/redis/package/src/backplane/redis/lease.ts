import type { Logger } from "pino";
import type { RedisConnection } from "./connection.ts";

export interface LeaseOptions {
  readonly connection: RedisConnection;
  readonly log: Logger;
  readonly prefix: string;
  /** This gateway. */
  readonly owner: string;
  /** Milliseconds without a sign of life after which a gateway counts as gone. */
  readonly leaseMs: number;
  /** Called when Redis answers again. */
  onReturn(): void;
  /** Called now and then: looks after those whose lease has run out. @throws Problem */
  takeOver(): Promise<void>;
}

/** Signs of life in the time of one lease: one that is lost does no harm. */
const SIGNS = 3;

/** Shows the other gateways that this one lives, and has it look after those that do not any more. */
export class Lease {
  readonly #options: LeaseOptions;
  readonly #timer: NodeJS.Timeout;
  #beating: Promise<void>;
  #isAway = true;

  constructor(options: LeaseOptions) {
    this.#options = options;
    options.connection.client.on("ready", this.#beatNow);
    this.#timer = setInterval(this.#beatNow, options.leaseMs / SIGNS);
    this.#beating = this.#beat();
  }

  /** What is still open then belongs to nobody. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#options.connection.client.off("ready", this.#beatNow);
    await this.#beating;
    const { connection } = this.#options;
    await connection.ask((client) => client.del(this.#key)).catch(() => {});
  }

  get #key(): string {
    return `${this.#options.prefix}:gateway:${this.#options.owner}`;
  }

  readonly #beatNow = (): void => {
    this.#beating = this.#beating.then(() => this.#beat());
  };

  async #beat(): Promise<void> {
    const { connection, leaseMs, log, onReturn, takeOver } = this.#options;
    try {
      await connection.ask((client) => client.set(this.#key, "1", { PX: leaseMs }));
      if (this.#isAway) onReturn();
      this.#isAway = false;
      // After a break all leases may have run out: everybody gets the time to come back.
      if (connection.readyMs > leaseMs) await takeOver();
    } catch (error) {
      this.#isAway = true;
      log.debug({ err: error }, "no sign of life was given");
    }
  }
}
