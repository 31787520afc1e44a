import type { Caller } from "../auth/interface.ts";
import { Problem, type ProblemBody } from "../calls/problem.ts";
import type { Json, OperationContract } from "../contract.ts";
import type { CallContext } from "../transports/client.ts";
import type { Job, JobStatus } from "./board.ts";
import type { DurableJobs, OpenDurableJobs, RunStep, Submission } from "./interface.ts";

/** A step of a job, the same on every transport. Steps may arrive twice or late: the first final one
 * counts, and a job never goes back. */
export interface JobChange {
  readonly id: string;
  readonly operation: string;
  readonly status: JobStatus;
  /** When the job was accepted, RFC 3339. */
  readonly created: string;
  /** When this step was taken, RFC 3339. */
  readonly time: string;
  readonly result?: Json;
  readonly problem?: ProblemBody;
  /** With `running`, of an operation that answers in parts: that a run begins, or a part of it. */
  readonly step?: RunStep;
  /** With `queued`: the idempotency key, and a digest of what was asked under it. */
  readonly key?: string;
  readonly call?: string;
  /** Whose the job is; absent of an anonymous client's. */
  readonly subject?: string;
}

/** A job as it is submitted to a transport. */
export interface JobOrder {
  /** The step `queued`: every gateway is notified of it. */
  readonly change: JobChange;
  readonly operation: OperationContract;
  readonly input: Json;
  /** Milliseconds, from the moment it runs. */
  readonly timeoutMs: number;
  /** Who asked, and for whom it runs. */
  readonly caller: Caller | undefined;
}

/** What a transport offers that keeps jobs until they are done. */
export interface DurableJobStore {
  /** Resolves when the job will not be lost any more. The same id may be sent again. @throws Problem */
  submit(order: JobOrder, context: CallContext): Promise<void>;
  /** What becomes of all jobs of the service, from the oldest step that is kept. Ends only on abort. */
  changes(signal: AbortSignal): AsyncIterable<JobChange>;
  /** Resolves when `changes` has reported all that had happened when this was called. */
  catchUp(signal: AbortSignal): Promise<void>;
}

/** The jobs of a service, in what its transport offers. */
export class StoredJobs {
  readonly store: DurableJobStore;

  constructor(store: DurableJobStore) {
    this.store = store;
  }

  readonly open: OpenDurableJobs = (options) => new FollowedJobs(this.store, options);
}

/** Milliseconds in which a gateway has caught up with a broker, or does not know. */
const CATCH_UP_MS = 2000;

/** Submits jobs, and follows what becomes of them. */
class FollowedJobs implements DurableJobs {
  readonly #store: DurableJobStore;
  readonly #options: Parameters<OpenDurableJobs>[0];
  readonly #stop = new AbortController();
  readonly #following: Promise<void>;
  /** Those that came in here, with the time of `performance.now()`: they are reported from here. */
  readonly #own = new Map<string, number>();
  /** The run of which a part was not valid last. */
  #wrong = "";
  #catchingUp: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(store: DurableJobStore, options: Parameters<OpenDurableJobs>[0]) {
    this.#store = store;
    this.#options = options;
    this.#following = this.#follow();
  }

  catchUp(): Promise<void> {
    // Who asks while the broker is being asked shares the next question.
    this.#next ??= this.#catchingUp
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        this.#catchingUp = this.#askBroker();
        return this.#catchingUp;
      });
    return this.#next;
  }

  async submit(
    { id, created }: Job,
    operation: OperationContract,
    input: Json,
    { key, call, timeoutMs, caller }: Submission,
  ): Promise<void> {
    const change: JobChange = {
      ...{ id, operation: operation.name, status: "queued", created, time: created },
      ...(key !== undefined && { key, call }),
      ...(caller && { subject: caller.subject }),
    };
    this.#own.set(id, performance.now());
    try {
      await this.#options.dispatch.submitJob(operation, (context) =>
        this.#store.submit({ change, operation, input, timeoutMs, caller }, context),
      );
    } catch (error) {
      this.#own.delete(id);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#following;
  }

  async #askBroker(): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(CATCH_UP_MS)]);
    try {
      await orAborted(signal, this.#store.catchUp(signal));
    } catch (cause) {
      throw new Problem("unavailable", "The jobs are still being read", { cause, retryAfter: 1 });
    }
  }

  async #follow(): Promise<void> {
    const { contract, log } = this.#options;
    const { signal } = this.#stop;
    try {
      for await (const change of this.#store.changes(signal)) this.#take(change);
    } catch (error) {
      if (signal.aborted) return;
      const service = contract.name;
      log.error({ err: error, service }, "the steps of jobs do not arrive any more");
    }
  }

  #take(change: JobChange): void {
    const { board, contract } = this.#options;
    const { id, operation: name, status, created, time, key, call, subject } = change;
    const operation = Object.hasOwn(contract.operations, name)
      ? contract.operations[name]
      : undefined;
    if (!operation || operation.internal || board.find(id)?.finished) return;
    const job: Job = {
      ...{ id, service: contract.name, operation: name, status, created },
      ...(subject !== undefined && { subject }),
    };
    if (status === "queued" || status === "running") {
      board.put(job);
      if (change.step) this.#takePart(operation, job, change.step);
    } else this.#finish(operation, job, change, time);
    if (key !== undefined && call !== undefined && board.find(id)) board.name(id, key, call);
  }

  #takePart(operation: OperationContract, job: Job, step: RunStep): void {
    const { parts, log } = this.#options;
    try {
      parts?.take(operation, job, step);
    } catch (error) {
      // It is left out, as one that is missing.
      const run = `${job.id} ${step.run}`;
      if (run === this.#wrong) return;
      this.#wrong = run;
      log.error({ err: error, job: job.id }, "parts of a job are not what the contract says");
    }
  }

  #finish(operation: OperationContract, job: Job, change: JobChange, finished: string): void {
    const { dispatch, board } = this.#options;
    const started = this.#own.get(job.id);
    this.#own.delete(job.id);
    const milliseconds = started === undefined ? undefined : performance.now() - started;
    let problem = change.problem && publicly(change.problem);
    if (change.status === "succeeded") {
      try {
        const result = dispatch.completeJob(operation, change.result ?? null, milliseconds);
        board.put({ ...job, finished, result });
        return;
      } catch (error) {
        problem = Problem.from(error).body();
      }
    } else if (milliseconds !== undefined) {
      dispatch.reportCall(operation, problem?.code ?? "internal", milliseconds);
    }
    problem ??= new Problem("internal", "The job failed").body();
    board.put({ ...job, status: "failed", finished, problem });
  }
}

/** A problem as this gateway words it: the same, whichever way the call was answered. */
function publicly({ code, detail, errors, trace_id }: ProblemBody): ProblemBody {
  return new Problem(code, detail, { ...(errors && { errors }) }).body(trace_id);
}

/** @throws The reason of `signal` when it aborts first */
function orAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  if (signal.aborted) reject(signal.reason);
  return Promise.race([work, promise]);
}
