import { randomUUID } from "node:crypto";
import pLimit from "p-limit";
import type { Logger } from "pino";
import { CarriedJobs } from "./carried-jobs.ts";
import type { CallOptions, Dispatch } from "./dispatch.ts";
import type { EventHub } from "./events.ts";
import { digestOf, type Job, JobBoard } from "./job-board.ts";
import type { Metrics } from "./metrics.ts";
import type { JobCarrier, Json, OperationContract, ServiceContract } from "./ports.ts";
import { Problem } from "./problem.ts";

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
  /** The services whose transport keeps jobs itself. */
  readonly carriers: readonly { readonly contract: ServiceContract; readonly jobs: JobCarrier }[];
}

/**
 * Calls that nobody waits for. Where the transport of their service keeps jobs they outlive this
 * process; elsewhere they live in it: after a restart such a job is not found, and its client asks
 * again under the same idempotency key.
 */
export class Jobs {
  readonly #options: JobsOptions;
  readonly #board: JobBoard;
  readonly #carried: CarriedJobs;
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #accepting = new Map<string, Promise<void>>();
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #closing = false;

  constructor(options: JobsOptions) {
    const { dispatch, hub, metrics, log, settings, carriers } = options;
    this.#options = options;
    this.#board = new JobBoard({ hub, metrics, limit: settings.limit, keepMs: settings.keepMs });
    this.#carried = new CarriedJobs({ dispatch, log, carriers, board: this.#board });
    this.#limit = pLimit(settings.concurrency);
  }

  /**
   * Takes a job on; under an idempotency key that is known, gives the job that it already is.
   * Resolves when it is accepted: when the transport has it, where the transport keeps jobs.
   *
   * @throws Problem `not_found` or `invalid_argument` as a call would; `conflict` for another call
   *   under a known key; `resource_exhausted` when as many jobs as are kept have not finished;
   *   `unavailable` while stopping, or when the transport cannot take it
   */
  async start(
    service: string,
    name: string,
    input: unknown,
    { idempotencyKey }: Pick<CallOptions, "idempotencyKey"> = {},
  ): Promise<Job> {
    const operation = this.#options.dispatch.find(service, name);
    const valid = this.#options.dispatch.check(operation, input);
    const call = digestOf(service, name, valid);
    const known = idempotencyKey && this.#board.findByKey(idempotencyKey, call);
    if (known) {
      await this.#accepting.get(known.id);
      return this.get(known.id);
    }
    if (this.#closing) throw stopping();
    this.#board.makeRoom();
    const created = new Date().toISOString();
    const job: Job = { id: randomUUID(), service, operation: name, status: "queued", created };
    this.#board.put(job);
    if (idempotencyKey) this.#board.name(job.id, idempotencyKey, call);
    if (this.#carried.has(service)) {
      await this.#hand(job, operation, valid, { call, key: idempotencyKey });
    } else {
      this.#begin(job, operation, valid, idempotencyKey);
    }
    return job;
  }

  /** @throws Problem `not_found` when there is none, or none any more; `unavailable` while it is not
   *   known yet what became of the jobs before the start */
  get(id: string): Job {
    const job = this.#board.find(id);
    if (job) return job;
    if (!this.#carried.caughtUp) {
      throw new Problem("unavailable", "The jobs are still being read", { retryAfter: 1 });
    }
    throw new Problem("not_found", "There is no such job, or it finished too long ago");
  }

  /** Takes no more jobs, fails those of its own that wait, and gives those that run `timeoutMs` to
   * finish. What a transport keeps goes on without this process. */
  async close(timeoutMs: number): Promise<void> {
    this.#closing = true;
    const timer = setTimeout(() => this.#stop.abort(), timeoutMs);
    await Promise.allSettled([...this.#accepting.values(), ...this.#running]);
    clearTimeout(timer);
    await this.#carried.close();
  }

  /** Hands a job to the transport; it is forgotten when that fails. */
  async #hand(
    job: Job,
    operation: OperationContract,
    input: Json,
    names: { readonly call: string; readonly key: string | undefined },
  ): Promise<void> {
    const timeoutMs = this.#options.settings.timeoutMs;
    const accepted = this.#carried.submit(job, operation, input, { ...names, timeoutMs });
    this.#accepting.set(job.id, accepted);
    try {
      await accepted;
    } catch (error) {
      this.#board.forget(job.id);
      throw error;
    } finally {
      this.#accepting.delete(job.id);
    }
  }

  #begin(
    job: Job,
    operation: OperationContract,
    input: unknown,
    idempotencyKey: string | undefined,
  ): void {
    const running = this.#limit(() => this.#run(job, operation, input, idempotencyKey));
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  async #run(
    job: Job,
    operation: OperationContract,
    input: unknown,
    idempotencyKey: string | undefined,
  ): Promise<void> {
    const finish = (outcome: Pick<Job, "status" | "result" | "problem">) =>
      this.#board.put({ ...job, ...outcome, finished: new Date().toISOString() });
    if (this.#closing) {
      finish({ status: "failed", problem: stopping().body() });
      return;
    }
    this.#board.put({ ...job, status: "running" });
    try {
      const result = await this.#options.dispatch.call(operation.service, operation.name, input, {
        timeoutMs: this.#options.settings.timeoutMs,
        signal: this.#stop.signal,
        idempotencyKey,
      });
      finish({ status: "succeeded", result });
    } catch (error) {
      const problem = Problem.from(error);
      this.#options.log.warn({ err: problem, job: job.id }, "job failed");
      finish({ status: "failed", problem: problem.body() });
    }
  }
}

function stopping(): Problem {
  return new Problem("unavailable", "The gateway is stopping", { retryAfter: 5 });
}
