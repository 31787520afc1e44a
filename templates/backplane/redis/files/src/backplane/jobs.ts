import { createHash, randomUUID } from "node:crypto";
import pRetry from "p-retry";
import type { Logger } from "pino";
import type { JobName, JobStore, JobStoreOptions } from "../core/backplane.ts";
import type { Job } from "../core/job-board.ts";
import { Problem } from "../core/problem.ts";
import type { RedisClient, RedisConnection } from "./connection.ts";
import { Lease } from "./lease.ts";
import { fieldsOf, jobOf } from "./record.ts";
import type { RedisSettings } from "./settings.ts";
import { followSteps } from "./steps.ts";

export interface RedisJobsOptions extends JobStoreOptions, RedisSettings {
  readonly connection: RedisConnection;
  readonly log: Logger;
}

/** Milliseconds between two attempts to tell the end of a job, at most. */
const PAUSE_MS = 2000;

/**
 * Jobs that every gateway knows. Each runs in the gateway that took it; the record of it is in
 * Redis, and each step goes to all gateways over a stream, which they read from where they were
 * when a connection is lost. The result is in the record only: it may be large, and is read by who
 * wants it.
 */
export class RedisJobs implements JobStore {
  readonly #options: RedisJobsOptions;
  readonly #prefix: string;
  /** This process, as the owner of jobs. */
  readonly #owner = randomUUID();
  /** The jobs of this process that have not finished, as they stand. */
  readonly #own = new Map<string, { readonly job: Job; readonly name: JobName | undefined }>();
  readonly #stop = new AbortController();
  readonly #lease: Lease;
  readonly #following: Promise<void>;

  constructor(options: RedisJobsOptions) {
    this.#options = options;
    // In braces: all keys are in one slot of a cluster.
    this.#prefix = `{${options.namespace}}`;
    const { connection, leaseMs, keepMs, log } = options;
    this.#lease = new Lease({
      ...{ connection, leaseMs, keepMs, log, prefix: this.#prefix, owner: this.#owner },
      // Redis may have been away, and may have lost what it knew.
      onReturn: () => this.#tellAgain(),
    });
    this.#following = this.#follow();
  }

  async add(job: Job, name: JobName | undefined): Promise<Job | undefined> {
    const { limit, keepMs, connection } = this.#options;
    const fields = fieldsOf(job, name && { ...name, key: digest(name.key) });
    const answer = await connection
      .ask((client) =>
        client.addJob(this.#prefix, { id: job.id, owner: this.#owner, fields, limit, keepMs }),
      )
      .catch((error) => {
        // Redis may have it all the same; nobody would run it.
        const forget = (client: RedisClient) => client.forgetJob(this.#prefix, job.id);
        void this.#surely(forget, this.#stop.signal);
        throw error;
      });
    if (answer === "conflict") {
      throw new Problem("conflict", "The Idempotency-Key was used for another call");
    }
    if (answer === "full") {
      throw new Problem("resource_exhausted", "Too many jobs are under way", { retryAfter: 5 });
    }
    if (answer !== "added") return this.find(answer);
    this.#own.set(job.id, { job, name });
    return undefined;
  }

  async step(job: Job, signal: AbortSignal): Promise<void> {
    const name = this.#own.get(job.id)?.name;
    if (job.finished === undefined) {
      this.#own.set(job.id, { job, name });
      await this.#options.connection
        .ask((client) => this.#tell(client, job, name))
        .catch((error) => this.#options.log.debug({ err: error, job: job.id }, "step not told"));
      return;
    }
    await this.#surely((client) => this.#tell(client, job, name), signal);
    this.#own.delete(job.id);
  }

  async find(id: string): Promise<Job | undefined> {
    const record = `${this.#prefix}:job:${id}`;
    return jobOf(id, await this.#options.connection.ask((client) => client.hGetAll(record)));
  }

  /** After the last step is told. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#following;
    await this.#lease.close();
  }

  #tell(client: RedisClient, job: Job, name: JobName | undefined): Promise<number> {
    const fields = fieldsOf(job, name && { ...name, key: digest(name.key) });
    const { keepMs } = this.#options;
    return client.stepJob(this.#prefix, { id: job.id, owner: this.#owner, fields, keepMs });
  }

  #tellAgain(): void {
    for (const { job } of this.#own.values()) {
      if (job.finished === undefined) void this.step(job, this.#stop.signal);
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
      // The lease runs out instead: another gateway tells it.
      log.warn({ err: error }, "what became of a job is not told");
    }
  }

  async #follow(): Promise<void> {
    const { connection, board, log } = this.#options;
    const stream = `${this.#prefix}:steps`;
    const { signal } = this.#stop;
    for await (const { id = "", ...fields } of followSteps({ connection, stream, signal, log })) {
      const job = jobOf(id, fields);
      if (job) board.put(job);
      else board.forget(id);
    }
  }
}

/** A client's key is data of its own: Redis is shown what can be compared. */
function digest(key: string): string {
  return createHash("sha256").update(key).digest("base64url");
}
