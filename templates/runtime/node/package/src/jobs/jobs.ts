import { randomUUID } from "node:crypto";
import pLimit from "p-limit";
import pRetry from "p-retry";
import type { Logger } from "pino";
import type { Caller } from "../auth/interface.ts";
import type { Backplane, JobRequest, JobStore } from "../backplane/interface.ts";
import type { CallOptions, Dispatch } from "../calls/dispatch.ts";
import { Problem, stopping } from "../calls/problem.ts";
import type { Json, OperationContract, ServiceContract } from "../contract.ts";
import { type EventHub, isVisible } from "../events/hub.ts";
import type { Metrics } from "../observability/metrics.ts";
import { activeTraceId } from "../observability/tracing.ts";
import type { Config } from "../server/settings.ts";
import { digestOf, type Job, JobBoard } from "./board.ts";
import type {
  DurableJobs,
  JobForgetting,
  JobParts,
  OpenDurableJobs,
  Submission,
} from "./interface.ts";

export interface JobsOptions {
  readonly dispatch: Dispatch;
  readonly hub: Pick<EventHub, "publish" | "beginJobsWith"> & JobForgetting;
  /** How those run that answer in parts, where there are such. */
  readonly parts?: JobParts | undefined;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly settings: Config["jobs"];
  readonly backplane: Pick<Backplane, "openJobs">;
  /** The services whose transport keeps jobs itself. */
  readonly durableJobs: readonly {
    readonly contract: ServiceContract;
    readonly open: OpenDurableJobs;
  }[];
}

/** Milliseconds to report the end of jobs that were cut off. */
const REPORT_MS = 2000;
const RETRY_AFTER_S = 5;

/**
 * Calls that nobody waits for. Where the transport of their service keeps jobs they outlive this
 * process. Elsewhere this process runs them, and the backplane decides who knows of them; where
 * nobody else does, a job is not found after a restart, and its client asks again under the same
 * idempotency key.
 */
export class Jobs {
  readonly #options: JobsOptions;
  readonly #board: JobBoard;
  /** By service. */
  readonly #durable: ReadonlyMap<string, DurableJobs>;
  readonly #store: JobStore;
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #accepting = new Map<string, Promise<unknown>>();
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  readonly #end = new AbortController();
  #closing = false;

  constructor(options: JobsOptions) {
    const { dispatch, hub, parts, metrics, log, settings, backplane, durableJobs } = options;
    const { limit, bytes, keepMs } = settings;
    this.#options = options;
    this.#board = new JobBoard({ hub, metrics, limit, bytes, keepMs });
    this.#store = backplane.openJobs({
      ...{ board: this.#board, limit, keepMs },
      run: (left, asked) => this.#goOn(left, asked),
      accepts: () => !this.#closing,
      takePart: (job, step) => parts?.put(job, step),
    });
    const board = this.#board;
    this.#durable = new Map(
      durableJobs.map(({ contract, open }) => {
        return [contract.name, open({ contract, dispatch, board, parts, log })];
      }),
    );
    this.#limit = pLimit(settings.concurrency);
  }

  /**
   * Takes a job on; under an idempotency key that is known, gives the job that it already is.
   * Resolves when it is accepted: when whoever keeps it has it.
   *
   * @throws Problem `not_found`, `permission_denied` or `invalid_argument` as a call would; `conflict`
   *   for another call under a known key; `resource_exhausted` when as many jobs as are kept have not
   *   finished; `unavailable` while stopping, or when nobody can keep it
   */
  async start(
    service: string,
    name: string,
    input: unknown,
    { idempotencyKey: key, caller }: Pick<CallOptions, "idempotencyKey" | "caller"> = {},
  ): Promise<Job> {
    const operation = this.#options.dispatch.publicOperation(service, name);
    this.#options.dispatch.authorize(operation, caller);
    const valid = this.#options.dispatch.validateInput(operation, input);
    if (this.#closing) throw stopping(RETRY_AFTER_S);
    const call = digestOf(service, name, valid);
    const created = new Date().toISOString();
    const job: Job = {
      ...{ id: randomUUID(), service, operation: name, status: "queued", created },
      ...(caller && { subject: caller.subject }),
    };
    const durable = this.#durable.get(service);
    if (durable) return this.#submit(durable, job, operation, valid, { call, key, caller });
    const asked = { input: valid, call, key: key ?? "", caller };
    const known = await this.#accept(job, this.#store.add(job, asked));
    if (known) return known;
    this.#begin(job, operation, asked);
    return job;
  }

  /**
   * @param caller Who is asking.
   * @throws Problem `not_found` when there is none, or none any more, or it is somebody else's;
   *   `unavailable` while it is not known what became of the jobs
   */
  async get(id: string, caller?: Caller): Promise<Job> {
    const job = await this.#find(id);
    if (job && isVisible(job.subject, caller)) return job;
    throw new Problem("not_found", "There is no such job, or it finished too long ago");
  }

  async #find(id: string): Promise<Job | undefined> {
    const job = this.#findDurable(id) ?? (await this.#store.find(id));
    if (job) return job;
    // Another gateway may have taken it a moment ago.
    await this.#catchUp();
    return this.#findDurable(id);
  }

  /** Of any other job the store knows more than the board. */
  #findDurable(id: string): Job | undefined {
    const job = this.#board.find(id);
    return job && this.#durable.has(job.service) ? job : undefined;
  }

  /** Takes no more jobs, and gives those that run `timeoutMs` to finish; those that wait, or run
   * longer, are left to who outlives this process, or fail. What a transport keeps goes on anyway. */
  async close(timeoutMs: number): Promise<void> {
    this.#closing = true;
    const timers = [
      setTimeout(() => this.#stop.abort(), timeoutMs),
      setTimeout(() => this.#end.abort(), timeoutMs + REPORT_MS),
    ];
    // Who was being accepted may run afterwards.
    await Promise.allSettled(this.#accepting.values());
    await Promise.allSettled(this.#running);
    for (const timer of timers) clearTimeout(timer);
    await Promise.all([...this.#durable.values()].map((durable) => durable.close()));
  }

  async #catchUp(): Promise<void> {
    await Promise.all([...this.#durable.values()].map((durable) => durable.catchUp()));
  }

  /** Submits a job to the transport; it is forgotten when that fails. */
  async #submit(
    durable: DurableJobs,
    job: Job,
    operation: OperationContract,
    input: Json,
    asked: Omit<Submission, "timeoutMs">,
  ): Promise<Job> {
    const { call, key, caller } = asked;
    const find = () => (key === undefined ? undefined : this.#board.findByKey(key, call));
    let known = find();
    if (key !== undefined && !known) {
      // Another gateway may have been asked a moment ago.
      await this.#catchUp();
      known = find();
    }
    if (known) {
      await this.#accepting.get(known.id);
      return this.get(known.id, caller);
    }
    this.#board.makeRoom();
    this.#board.put(job);
    if (key !== undefined) this.#board.name(job.id, key, call);
    const { timeoutMs } = this.#options.settings;
    try {
      await this.#accept(job, durable.submit(job, operation, input, { ...asked, timeoutMs }));
    } catch (error) {
      this.#board.forget(job.id);
      throw error;
    }
    return job;
  }

  async #accept<T>({ id }: Job, accepted: Promise<T>): Promise<T> {
    this.#accepting.set(id, accepted);
    try {
      return await accepted;
    } finally {
      this.#accepting.delete(id);
    }
  }

  /** Runs a job that another gateway has left, under the same idempotency key: a service that has
   * done it already answers the same. */
  #goOn(job: Job, asked: JobRequest): void {
    try {
      const operation = this.#options.dispatch.publicOperation(job.service, job.operation);
      const input = this.#options.dispatch.validateInput(operation, asked.input);
      this.#begin(job, operation, { ...asked, input });
    } catch (error) {
      // This gateway has another contract.
      void this.#finish(job, {
        status: "failed",
        problem: Problem.from(error).body(activeTraceId()),
      });
    }
  }

  #begin(job: Job, operation: OperationContract, asked: JobRequest): void {
    const running = this.#limit(() => this.#run(job, operation, asked));
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  async #run(job: Job, operation: OperationContract, asked: JobRequest): Promise<void> {
    if (this.#closing) {
      await this.#leave(job);
      return;
    }
    await this.#store.step({ ...job, status: "running" }, this.#end.signal);
    try {
      const result = await this.#call(operation, job, { ...asked, key: asked.key || job.id });
      await this.#finish(job, { status: "succeeded", result });
    } catch (error) {
      if (this.#stop.signal.aborted) {
        await this.#leave(job);
        return;
      }
      const problem = Problem.from(error);
      this.#options.log.warn({ err: problem, job: job.id }, "job failed");
      await this.#finish(job, { status: "failed", problem: problem.body(activeTraceId()) });
    }
  }

  /** Calls when there is room: a job was accepted, and a service that is busy is no reason to fail it. */
  async #call(
    { service, name, stream }: OperationContract,
    job: Job,
    { input, key, caller }: JobRequest,
  ): Promise<Json> {
    const { dispatch, parts, settings } = this.#options;
    const { timeoutMs } = settings;
    const { signal } = this.#stop;
    const options = { timeoutMs, signal, idempotencyKey: key, caller };
    const report = this.#store.part?.bind(this.#store, job, signal);
    const inParts = stream === undefined ? undefined : await parts?.begin(job, report);
    const ask = inParts ?? ((...asked) => dispatch.callPublic(service, name, ...asked));
    return pRetry(() => ask(input, options), {
      ...{ retries: Infinity, minTimeout: 250, maxTimeout: 5000, randomize: true },
      ...{ maxRetryTime: timeoutMs, signal },
      shouldRetry: ({ error }) => error instanceof Problem && error.code === "resource_exhausted",
    });
  }

  async #leave(job: Job): Promise<void> {
    if (this.#store.leave) await this.#store.leave(job);
    else await this.#finish(job, { status: "failed", problem: stopping(RETRY_AFTER_S).body() });
  }

  #finish(job: Job, outcome: Pick<Job, "status" | "result" | "problem">): Promise<void> {
    const finished = new Date().toISOString();
    return this.#store.step({ ...job, ...outcome, finished }, this.#end.signal);
  }
}
