import type { Logger } from "pino";
import type { Caller } from "../auth/interface.ts";
import type { Json, OperationContract, ServiceContract } from "../contract.ts";
import type { OpenDurableJobs } from "../jobs/interface.ts";
import type { Environment } from "../server/settings.ts";

/** What goes along with a call, on every transport. */
export interface CallContext {
  /** When the answer is no longer wanted: milliseconds since the epoch, as `Date.now()`. */
  readonly deadline: number;
  /** Aborts when the client leaves or the deadline passes. */
  readonly signal: AbortSignal;
  /** The same key runs once, however often it is sent. */
  readonly idempotencyKey: string;
  /** Who asked the gateway; nobody in particular where it is `undefined`, and then nothing is sent. */
  readonly caller: Caller | undefined;
}

/** What is reported of a stream itself, in place of an event's name. */
export const STREAM = {
  /** Events up to this place were missed. */
  gap: "stream.gap",
  /** Another log of the service is received, behind this place, and as long as it goes on. */
  open: "stream.open",
  /** Nothing more comes of the log that this place is in. */
  end: "stream.end",
} as const;

/** Something that a service reported unasked. */
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

/** The client of one link. A transport implements it, everything else only calls it. */
export interface TransportClient {
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
  readonly jobs?: { readonly open: OpenDurableJobs };
  /** Resolves when the service is ready to answer; rejects with the reason why not. */
  health(signal: AbortSignal): Promise<void>;
  /** Lets go of all connections. */
  close(): Promise<void>;
}

/** Who a gateway is. */
export interface Identity {
  /** The system that it is part of: names on a broker begin with it. */
  readonly system: string;
  /** As in the blueprint. */
  readonly name: string;
}

/** What a transport gets to open a link with. */
export interface LinkSettings {
  readonly identity: Identity;
  readonly service: ServiceContract;
  /** Its variables of this link begin with this, as in `VISION_URL`. */
  readonly prefix: string;
  readonly environment: Environment;
  /** Calls at once: a pool of connections need not be larger. */
  readonly concurrency: number;
  readonly log: Logger;
}

/**
 * What a transport module exports as `connect`. Reads its settings at once; connects when it is
 * first needed, for the environment has not been judged yet.
 */
export type Connect = (link: LinkSettings) => TransportClient;

/** One line of the wiring. */
export interface Link {
  readonly service: ServiceContract;
  readonly connect: Connect;
  readonly prefix: string;
}
