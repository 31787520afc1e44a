/** JSON as it stands in contracts: what a transport sends. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

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
  /** Name of the schema of a part, as above, where the operation answers in parts. */
  readonly stream?: string;
  readonly observe?: Observe;
  /** What a client needs to ask for it, all of them. */
  readonly scopes?: readonly string[];
}

/** What a service can be asked, and what it reports unasked. */
export interface ServiceContract {
  readonly name: string;
  readonly operations: Readonly<Record<string, OperationContract>>;
  /** Names of its events; the channel of one is `<service>.<event>`. */
  readonly events: readonly string[];
  /** What a client needs to receive an event, by its name. */
  readonly scopes?: Readonly<Record<string, readonly string[]>>;
}
