import type { Logger } from "pino";
import type { Caller } from "../auth/interface.ts";
import type { CallOptions, Dispatch } from "../calls/dispatch.ts";
import type { Json, OperationContract, ServiceContract } from "../contract.ts";
import type { EventHub } from "../events/hub.ts";
import type { Environment } from "../server/settings.ts";
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
  readonly parts: JobParts | undefined;
  readonly log: Logger;
}) => DurableJobs;

/** What a service says of a run of a job that gives parts. */
export interface RunStep {
  /** Which run it is: a job may run again. */
  readonly run: string;
  /** 0 where the run begins, then that of the part. */
  readonly number: number;
  readonly part?: Json;
}

/** Jobs of operations that answer in parts. */
export interface JobParts {
  /** The hub that has their parts on the channels of the jobs. */
  readonly hub: EventHub & JobForgetting;
  /** Reports that a job runs; gives what asks for its answer, and reports each part of it.
   *
   * @param report How that is made known, where it is not by `put` alone. */
  begin(
    job: Job,
    report?: (step: RunStep) => Promise<void>,
  ): Promise<(input: Json, options: CallOptions) => Promise<Json>>;
  /** Takes what a service says of a run. @throws Problem `internal` when the contract has no such part */
  take(operation: OperationContract, job: Job, step: RunStep): void;
  /** Takes what a gateway says of a run. */
  put(job: Job, step: RunStep): void;
}

/** What keeps something of jobs as long as they are kept. */
export interface JobForgetting {
  readonly forgetJob?: (id: string) => void;
}

/** Stands between the hub and whoever follows jobs. */
export type OpenJobParts = (options: {
  readonly hub: EventHub;
  readonly dispatch: Dispatch;
  readonly services: readonly ServiceContract[];
  readonly environment: Environment;
  /** Of parts that are kept, of all jobs. */
  readonly bytes: number;
}) => JobParts;
