import type { Problem } from "../../src/calls/problem.ts";
import type { Json } from "../../src/contract.ts";
import type { ServiceEvent } from "../../src/transports/client.ts";

/** A call as a stand-in received it. */
export interface ReceivedCall {
  readonly operation: string;
  readonly input: Json;
  /** Headers or metadata; of several values of one name, the last. */
  readonly headers: Readonly<Record<string, string | string[] | Buffer | undefined>>;
  /** Milliseconds that were left when it arrived. */
  readonly left: number;
  /** Aborts when the gateway gives the call up. */
  readonly signal: AbortSignal;
}

/** Answers an operation: with its output, a problem, or what only one transport can say. */
export type Answer<Special = never> = (
  call: ReceivedCall,
) => Promise<Json | Problem | Special> | Json | Problem | Special;

/** A stream of events that a gateway has opened. */
export interface OpenStream {
  /** The id of the last event that the gateway has, as it says so. */
  readonly after: string | undefined;
  report(event: ServiceEvent): void;
  /** Sends what is no event, where the transport lets it. */
  babble(): void;
  /** Ends it as a server does that closes old connections. */
  end(): void;
  /** Breaks it off, where the transport knows the difference. */
  cut(): void;
}

/** A service on a real port of the loopback. */
export interface StandIn extends AsyncDisposable {
  /** Environment variables that lead a gateway here. */
  readonly variables: Readonly<Record<string, string>>;
  readonly port: number;
  readonly calls: readonly ReceivedCall[];
  readonly streams: readonly OpenStream[];
  ready: boolean;
}

/** Opens a stand-in with `answers` by operation; `prefix` is what the variables of its link begin with. */
export type OpenStandIn<Special = never> = (
  prefix: string,
  answers: Readonly<Record<string, Answer<Special>>>,
  port?: number,
) => Promise<StandIn>;
