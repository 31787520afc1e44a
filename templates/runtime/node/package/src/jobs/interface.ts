import type { Logger } from "pino";
import type { Caller } from "../auth/interface.ts";
import type { Dispatch } from "../calls/dispatch.ts";
import type { Json, OperationContract, ServiceContract } from "../contract.ts";
import type { Job, JobBoard } from "./board.ts";

/** The jobs of a service whose transport keeps them beyond the life of this process. */
export interface DurableJobs {
  /**
   * Resolves when all that had happened to the jobs when this was called is known, whichever gateway
   * took them.
   *
   * @throws Problem `unavailable` when that takes too long
   */
  catchUp(): Promise<void>;
  /** Resolves when the transport has the job. @throws Problem */
  submit(job: Job, operation: OperationContract, input: Json, asked: Submission): Promise<void>;
  close(): Promise<void>;
}

export interface Submission {
  /** The idempotency key, and a digest of what is asked under it. */
  readonly key: string | undefined;
  readonly call: string;
  /** Milliseconds, from the moment it runs. */
  readonly timeoutMs: number;
  /** Who asked. */
  readonly caller: Caller | undefined;
}

/** Begins to put on `board` what becomes of the jobs, whichever gateway they came from. */
export type OpenDurableJobs = (options: {
  readonly contract: ServiceContract;
  readonly dispatch: Dispatch;
  readonly board: JobBoard;
  readonly log: Logger;
}) => DurableJobs;
