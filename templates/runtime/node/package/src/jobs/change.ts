import type { ProblemBody } from "../calls/problem.ts";
import type { Json, OperationContract } from "../contract.ts";
import type { CallContext } from "../transports/client.ts";

export type JobStatus = "queued" | "running" | "succeeded" | "failed";

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
  /** With `queued`: the idempotency key, and a digest of what was asked under it. */
  readonly key?: string;
  readonly call?: string;
}

/** A job as it is handed to a transport. */
export interface JobOrder {
  /** The step `queued`: every gateway is notified of it. */
  readonly change: JobChange;
  readonly operation: OperationContract;
  readonly input: Json;
  /** Milliseconds, from the moment it runs. */
  readonly timeoutMs: number;
}

/** What a transport offers that keeps jobs until they are done. */
export interface DurableJobStore {
  /** Resolves when the job will not be lost any more. The same id may be sent again. @throws Problem */
  submit(order: JobOrder, context: CallContext): Promise<void>;
  /**
   * What becomes of all jobs of the service, from the oldest step that is kept. Ends only on abort.
   *
   * @param options.caughtUp Called once, when what had happened before is told.
   */
  changes(options: {
    readonly signal: AbortSignal;
    readonly caughtUp: () => void;
  }): AsyncIterable<JobChange>;
}
