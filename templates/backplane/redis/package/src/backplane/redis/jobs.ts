import { randomUUID } from "node:crypto";
import pRetry from "p-retry";
import type { Logger } from "pino";
import { Problem } from "../../calls/problem.ts";
import type { Job } from "../../jobs/board.ts";
import type { JobRequest, JobStore, JobStoreOptions } from "../interface.ts";
import type { RedisClient, RedisConnection } from "./connection.ts";
import { Lease } from "./lease.ts";
import { askedOf, fieldsOf, jobOf } from "./record.ts";
import type { Fields } from "./scripts.ts";
import type { RedisSettings } from "./settings.ts";
import { followSteps } from "./steps.ts";

export interface RedisJobsOptions extends JobStoreOptions, RedisSettings {
  readonly connection: RedisConnection;
  readonly log: Logger;
}

/** Milliseconds between two attempts to report the end of a job, at most. */
const PAUSE_MS = 2000;

/**
 * Jobs that every gateway knows. Each runs in the gateway that took it, and in another one when that
 * is gone; the record of it is in Redis, and each step goes to all gateways over a stream, which
 * they read on from where they were when a connection was lost. The result is in the record only:
 * it may be large, and is read by who wants it.
 */
export class RedisJobs implements JobStore {
  readonly #options: RedisJobsOptions;
  /** In braces: all keys are in one slot of a cluster. */
  readonly #prefix: string;
  /** This process, as the owner of jobs. */
  protected readonly owner = randomUUID();
  /** The jobs of this process that have not finished, as they stand. */
  readonly #own = new Map<string, { readonly job: Job; readonly asked: JobRequest }>();
  /** Those of which it is not certain yet that Redis has them, or has them no more. */
  readonly #unsure = new Set<string>();
  readonly #stop = new AbortController();
  readonly #lease: Lease;
  readonly #following: Promise<void>;

  constructor(options: RedisJobsOptions) {
    const { connection, leaseMs, log } = options;
    this.#options = options;
    this.#prefix = `{${options.namespace}}`;
    this.#lease = new Lease({
      ...{ connection, leaseMs, log, prefix: this.#prefix, owner: this.owner },
      // Redis may have been away, and may have lost what it knew.
      onReturn: () => this.#tellAgain(),
      takeOver: () => this.#takeOver(),
    });
    this.#following = this.#follow();
  }

  async add(job: Job, asked: JobRequest): Promise<Job | undefined> {
    const { id } = job;
    this.#unsure.add(id);
    const answer = await this.#add(job, asked).catch((error) => {
      // Redis may have it all the same.
      const forget = (client: RedisClient) => client.forgetJob(this.#prefix, id);
      void this.#surely(forget, this.#stop.signal).then(() => this.#unsure.delete(id));
      throw error;
    });
    this.#unsure.delete(id);
    if (answer === "added") {
      this.#own.set(id, { job, asked });
      return undefined;
    }
    if (answer === "conflict") {
      throw new Problem("conflict", "The Idempotency-Key was used for another call");
    }
    if (answer === "full") {
      throw new Problem("resource_exhausted", "Too many jobs are under way", { retryAfter: 5 });
    }
    return this.find(answer);
  }

  async step(job: Job, signal: AbortSignal): Promise<void> {
    const report = (client: RedisClient) => this.#report(client, job);
    if (job.finished === undefined) {
      const asked = this.#own.get(job.id)?.asked;
      if (asked) this.#own.set(job.id, { job, asked });
      await this.#options.connection.ask(report).catch((error) => {
        this.#options.log.debug({ err: error, job: job.id }, "a step of a job is not stored");
      });
      return;
    }
    await this.#surely(report, signal);
    this.#own.delete(job.id);
  }

  /** That it was begun here does not count: a job outlives any number of gateways that stop. */
  readonly leave = async ({ id }: Job): Promise<void> => {
    const { connection, log } = this.#options;
    await connection
      .ask((client) => client.hIncrBy(this.#recordOf(id), "tries", -1))
      .catch((error) =>
        log.debug({ err: error, job: id }, "that a job is left is not known to the others"),
      );
  };

  async find(id: string): Promise<Job | undefined> {
    const record = this.#recordOf(id);
    return jobOf(id, await this.#options.connection.ask((client) => client.hGetAll(record)));
  }

  /** After the last step is reported. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#following;
    await this.#lease.close();
  }

  /** A step of a job, whichever gateway took it. */
  protected take(job: Job, _fields: Fields): void {
    this.#options.board.put(job);
  }

  #recordOf(id: string): string {
    return `${this.#prefix}:job:${id}`;
  }

  #add(job: Job, asked: JobRequest): Promise<string> {
    const { limit, keepMs, connection } = this.#options;
    const fields = fieldsOf(job, asked);
    const options = { id: job.id, owner: this.owner, fields, limit, keepMs };
    return connection.ask((client) => client.addJob(this.#prefix, options));
  }

  #report(client: RedisClient, job: Job, asked?: JobRequest): Promise<number> {
    const { keepMs } = this.#options;
    const fields = fieldsOf(job, asked);
    return client.stepJob(this.#prefix, { id: job.id, owner: this.owner, fields, keepMs });
  }

  #tellAgain(): void {
    for (const { job, asked } of this.#own.values()) {
      void this.#options.connection
        .ask((client) => this.#report(client, job, asked))
        .catch(() => {});
    }
  }

  async #takeOver(): Promise<void> {
    const { connection, keepMs, log, run, accepts } = this.#options;
    if (!accepts()) return;
    const problem = new Problem("unavailable", "The gateways that ran the job are gone").body();
    const fields = {
      status: "failed",
      finished: new Date().toISOString(),
      outcome: JSON.stringify({ problem }),
    };
    const own = [...this.#own.keys(), ...this.#unsure];
    const options = { owner: this.owner, own, keepMs, fields };
    const taken = await connection.ask((client) => client.takeJobs(this.#prefix, options));
    for (const { id, fields } of taken) {
      const job = jobOf(id, fields);
      if (!job) continue;
      const asked = askedOf(fields);
      this.#own.set(id, { job, asked });
      log.warn({ job: id }, "a job is taken over from a gateway that is gone");
      run(job, asked);
    }
  }

  /** Asks until Redis has answered, or nobody waits any more. */
  async #surely(
    command: (client: RedisClient) => Promise<unknown>,
    signal: AbortSignal,
  ): Promise<void> {
    const { connection, log } = this.#options;
    const pauses = { minTimeout: 50, maxTimeout: PAUSE_MS, randomize: true };
    try {
      await pRetry(() => connection.ask(command), { retries: Infinity, signal, ...pauses });
    } catch (error) {
      // The lease runs out instead: another gateway reports it.
      log.warn({ err: error }, "what became of a job is not stored");
    }
  }

  async #follow(): Promise<void> {
    const { connection, board, log } = this.#options;
    const stream = `${this.#prefix}:steps`;
    const { signal } = this.#stop;
    try {
      for await (const { id = "", ...fields } of followSteps({ connection, stream, signal, log })) {
        try {
          const job = jobOf(id, fields);
          if (job) this.take(job, fields);
          else board.forget(id);
        } catch (error) {
          log.error({ err: error, job: id }, "a step of a job cannot be read");
        }
      }
    } catch (error) {
      log.error({ err: error }, "the steps of jobs do not arrive any more");
    }
  }
}
