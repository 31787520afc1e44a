import type { Logger } from "pino";
import type { Dispatch } from "./dispatch.ts";
import type { EventHub } from "./events.ts";
import type { Json, ServiceContract } from "./ports.ts";
import type { Caller } from "./raw.ts";
import type { Readiness } from "./readiness.ts";

/** What a route of your own gets; the same under every framework. */
export interface FeatureRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Parsed JSON, not validated; `undefined` without a body. */
  readonly body: unknown;
  readonly caller: Caller;
  /** Aborts when the client leaves: pass it on to what you call. */
  readonly signal: AbortSignal;
}

export interface FeatureResponse {
  /** Default: 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Json;
}

/** A route of your own. It stands behind everything that guards the generated ones. */
export interface FeatureRoute {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** May have parameters: `/api/orders/:id`. */
  readonly path: string;
  /** Throw a `Problem` for anything that is not an answer. */
  handle(request: FeatureRequest): Promise<FeatureResponse>;
}

/** What features work with. */
export interface FeatureContext {
  readonly dispatch: Dispatch;
  readonly hub: EventHub;
  readonly services: readonly ServiceContract[];
  readonly readiness: () => Promise<Readiness>;
  readonly log: Logger;
}

export type Features = (context: FeatureContext) => readonly FeatureRoute[];
