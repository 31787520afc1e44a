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

/** Something that a service told unasked. */
export interface ServiceEvent {
  /** Given by the service; `events({ after: id })` goes on behind it. */
  readonly id: string;
  /** A name from the contract, or `stream.gap`: events before this one were missed. */
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
  /** All events of the service. Ends only on abort: a lost connection is opened again, behind the
   * last event that arrived. */
  events(options: {
    readonly after?: string;
    readonly signal: AbortSignal;
  }): AsyncIterable<ServiceEvent>;
  /** Resolves when the service is ready to answer; rejects with the reason why not. */
  health(signal: AbortSignal): Promise<void>;
  /** Lets go of all connections. */
  close(): Promise<void>;
}
