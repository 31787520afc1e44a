import type { ProblemBody } from "./problem.ts";

/** JSON as it stands in contracts: what a port carries. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What goes along with a call, on every transport. */
export interface CallContext {
  /** When the answer is no longer wanted: milliseconds since the epoch, as `Date.now()`. */
  readonly deadline: number;
  /** Aborts when the client leaves or the deadline passes. */
  readonly signal: AbortSignal;
  /** The same key runs once, however often it is sent. */
  readonly idempotencyKey: string;
}

/** What is reported to observers after each success of an operation. */
export interface Observe {
  readonly name: string;
  /** Fields of the answer that go along. */
  readonly attributes: readonly string[];
}

/** An operation of a service, as its contract has it. */
export interface OperationContract {
  readonly service: string;
  readonly name: string;
  /** Changes nothing (RFC 9110, 9.2.1): may be repeated freely. */
  readonly safe: boolean;
  /** For the gateway's own use: not part of the public API. */
  readonly internal: boolean;
  /** Name of the input's schema in `components.schemas` of `openapi.json`. */
  readonly input: string;
  /** Name of the output's schema, as above. */
  readonly output: string;
  readonly observe?: Observe;
}

/** What a service can be asked, and what it tells unasked. */
export interface ServiceContract {
  readonly name: string;
  readonly operations: Readonly<Record<string, OperationContract>>;
  /** Names of its events; the channel of one is `<service>.<event>`. */
  readonly events: readonly string[];
}

/** What is told of a stream itself, in place of an event's name. */
export const STREAM = {
  /** Events up to this place were missed. */
  gap: "stream.gap",
  /** Another log of the service is heard, behind this place, and as long as it goes on. */
  open: "stream.open",
  /** Nothing more comes of the log that this place is in. */
  end: "stream.end",
} as const;

/** Something that a service told unasked. */
export interface ServiceEvent {
  /** `<epoch>-<sequence>`: an epoch is a log, of one replica or of a broker; within it sequences
   * ascend. */
  readonly id: string;
  /** A name from the contract, or one of `STREAM`. */
  readonly name: string;
  /** RFC 3339 with an offset. */
  readonly time: string;
  readonly data: Json;
}

/** The client port: one per link. A transport implements it, everything else only calls it. */
export interface ServicePort {
  /**
   * Asks the service once; repeating is the caller's business.
   *
   * @throws Problem with one of the shared codes; `sent` is false on it when nothing of the call
   *   can have reached the service.
   */
  call(operation: OperationContract, input: Json, context: CallContext): Promise<Json>;
  /**
   * All events of the service, of all its replicas: from the oldest that is still there, or behind
   * `after` in the log that this id is of. Without `after` a `stream.gap` says where the stream
   * begins; before it come only the `stream.open` of logs. Ends only on abort: a lost connection is
   * opened again, behind the last event that arrived.
   */
  events(options: {
    readonly after?: string;
    readonly signal: AbortSignal;
  }): AsyncIterable<ServiceEvent>;
  /** Where the transport keeps jobs itself, beyond the life of this process. */
  readonly jobs?: JobCarrier;
  /** Resolves when the service is ready to answer; rejects with the reason why not. */
  health(signal: AbortSignal): Promise<void>;
  /** Lets go of all connections. */
  close(): Promise<void>;
}

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
  /** The step `queued`: every gateway is told of it. */
  readonly change: JobChange;
  readonly operation: OperationContract;
  readonly input: Json;
  /** Milliseconds, from the moment it runs. */
  readonly timeoutMs: number;
}

/** What a transport offers that keeps jobs until they are done. */
export interface JobCarrier {
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
