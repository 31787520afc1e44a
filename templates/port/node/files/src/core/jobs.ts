import { createHash, randomUUID } from "node:crypto";
import pLimit from "p-limit";
import type { Logger } from "pino";
import type { CallOptions, Dispatch } from "./dispatch.ts";
import type { EventHub } from "./events.ts";
import type { Metrics } from "./metrics.ts";
import type { Json, OperationContract } from "./ports.ts";
import { Problem, type ProblemBody } from "./problem.ts";

export type JobStatus = "queued" | "running" | "succeeded" | "failed";

/** A job as its client sees it. */
export interface Job {
  /** 122 random bits: who can name it has been given it. */
  readonly id: string;
  readonly service: string;
  readonly operation: string;
  readonly status: JobStatus;
  /** RFC 3339, as all times. */
  readonly created: string;
  readonly finished?: string;
  readonly result?: Json;
  readonly problem?: ProblemBody;
}

export interface JobSettings {
  readonly timeoutMs: number;
  readonly concurrency: number;
  readonly limit: number;
  readonly keepMs: number;
}

export interface JobsOptions {
  readonly dispatch: Dispatch;
  readonly hub: Pick<EventHub, "publish" | "beginJobsWith">;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly settings: JobSettings;
}

/**
 * Calls that nobody waits for. They live in this process: after a restart a job is not found, and
 * its client asks again under the same idempotency key.
 */
export class Jobs {
  readonly #options: JobsOptions;
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #jobs = new Map<string, Job>();
  readonly #keys = new JobKeys();
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #closing = false;

  constructor(options: JobsOptions) {
    this.#options = options;
    this.#limit = pLimit(options.settings.concurrency);
    options.hub.beginJobsWith((id) => {
      const job = this.#jobs.get(id);
      return job && progressOf(job);
    });
  }

  /**
   * Takes a job on; under an idempotency key that is known, gives the job that it already is.
   *
   * @throws Problem `not_found` or `invalid_argument` as a call would; `conflict` for another call
   *   under a known key; `resource_exhausted` when as many jobs as are kept have not finished;
   *   `unavailable` while stopping
   */
  start(
    service: string,
    name: string,
    input: unknown,
    { idempotencyKey }: Pick<CallOptions, "idempotencyKey"> = {},
  ): Job {
    const operation = this.#options.dispatch.find(service, name);
    this.#options.dispatch.check(operation, input);
    const call = JSON.stringify([service, name, input]);
    const known = idempotencyKey && this.#keys.find(idempotencyKey, call);
    if (known) return this.get(known);
    if (this.#closing) throw stopping();
    this.#makeRoom();
    const job: Job = {
      id: randomUUID(),
      service,
      operation: name,
      status: "queued",
      created: new Date().toISOString(),
    };
    this.#keep(job);
    if (idempotencyKey) this.#keys.add(idempotencyKey, call, job.id);
    const running = this.#limit(() => this.#run(job, operation, input, idempotencyKey));
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
    return job;
  }

  /** @throws Problem `not_found` when there is none, or none any more */
  get(id: string): Job {
    const job = this.#jobs.get(id);
    if (!job) throw new Problem("not_found", "There is no such job, or it finished too long ago");
    return job;
  }

  /** Takes no more jobs, fails those that wait, and gives those that run `timeoutMs` to finish. */
  async close(timeoutMs: number): Promise<void> {
    this.#closing = true;
    const timer = setTimeout(() => this.#stop.abort(), timeoutMs);
    await Promise.all(this.#running);
    clearTimeout(timer);
  }

  async #run(
    job: Job,
    operation: OperationContract,
    input: unknown,
    idempotencyKey: string | undefined,
  ): Promise<void> {
    if (this.#closing) {
      this.#finish(job, { status: "failed", problem: stopping().body() });
      return;
    }
    this.#keep({ ...job, status: "running" });
    try {
      const result = await this.#options.dispatch.call(operation.service, operation.name, input, {
        timeoutMs: this.#options.settings.timeoutMs,
        signal: this.#stop.signal,
        idempotencyKey,
      });
      this.#finish(job, { status: "succeeded", result });
    } catch (error) {
      const problem = Problem.from(error);
      this.#options.log.warn({ err: problem, job: job.id }, "job failed");
      this.#finish(job, { status: "failed", problem: problem.body() });
    }
  }

  #finish(job: Job, outcome: Pick<Job, "status" | "result" | "problem">): void {
    this.#keep({ ...job, ...outcome, finished: new Date().toISOString() });
    setTimeout(() => this.#forget(job.id), this.#options.settings.keepMs).unref();
  }

  /** Every change goes through here, and is told on the job's channel. */
  #keep(job: Job): void {
    const before = this.#jobs.get(job.id);
    if (before) this.#options.metrics.jobs.dec({ status: before.status });
    this.#options.metrics.jobs.inc({ status: job.status });
    this.#jobs.set(job.id, job);
    this.#options.hub.publish(`jobs.${job.id}`, progressOf(job));
  }

  #forget(id: string): void {
    const job = this.#jobs.get(id);
    if (!job) return;
    this.#jobs.delete(id);
    this.#keys.forget(id);
    this.#options.metrics.jobs.dec({ status: job.status });
  }

  /** At the limit the oldest finished job goes early; jobs under way are never dropped. */
  #makeRoom(): void {
    if (this.#jobs.size < this.#options.settings.limit) return;
    for (const job of this.#jobs.values()) {
      if (!job.finished) continue;
      this.#forget(job.id);
      return;
    }
    throw new Problem("resource_exhausted", "Too many jobs are under way", { retryAfter: 5 });
  }
}

/** Which job an idempotency key stands for, as long as the job is kept. */
class JobKeys {
  readonly #jobs = new Map<string, { readonly call: string; readonly id: string }>();
  readonly #keys = new Map<string, string>();

  /** @throws Problem `conflict` when the key stands for another call */
  find(key: string, call: string): string | undefined {
    const known = this.#jobs.get(key);
    if (known && known.call !== digest(call)) {
      throw new Problem("conflict", "The Idempotency-Key was used for another call");
    }
    return known?.id;
  }

  add(key: string, call: string, id: string): void {
    this.#jobs.set(key, { call: digest(call), id });
    this.#keys.set(id, key);
  }

  forget(id: string): void {
    const key = this.#keys.get(id);
    if (key === undefined) return;
    this.#keys.delete(id);
    this.#jobs.delete(key);
  }
}

/** How far a job is; not the result, which may be large and is asked for by who wants it. */
function progressOf({ id, service, operation, status, created, finished }: Job): Json {
  return { id, service, operation, status, created, ...(finished && { finished }) };
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

function stopping(): Problem {
  return new Problem("unavailable", "The gateway is stopping", { retryAfter: 5 });
}
