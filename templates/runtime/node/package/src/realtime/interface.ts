import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Logger } from "pino";
import type { Authenticate, Authentication } from "../auth/interface.ts";
import type { Dispatch } from "../calls/dispatch.ts";
import type { ServiceContract } from "../contract.ts";
import type { EventHub } from "../events/hub.ts";
import type { Jobs } from "../jobs/jobs.ts";
import type { Config } from "../server/settings.ts";

/**
 * A route that a framework mounts without looking into it. Node's own request and response: it is
 * written once and stands in every framework. Security headers, CORS and the rate limit have been
 * applied when `handle` runs; everything else, the end of the response included, is its business.
 */
export interface RawRoute {
  readonly method: "GET" | "POST";
  /** An exact path, without parameters. */
  readonly path: string;
  /** It does not count against a client's rate limit. */
  readonly isUncounted?: boolean;
  /**
   * A rejection is logged, and answered as a problem while nothing has been written yet.
   *
   * @param address The client's, as far as proxies in front of the gateway are trusted.
   * @param body What was posted, where it was JSON.
   */
  handle(
    request: IncomingMessage,
    response: ServerResponse,
    address: string,
    body: unknown,
  ): void | Promise<void>;
}

/** Takes over connections that ask for another protocol at `path`. */
export interface UpgradeHandler {
  /** An exact path. Upgrades of other paths are refused with 404 before any handler sees them. */
  readonly path: string;
  /** As in the header `upgrade`: who asks without it is refused with it. */
  readonly protocol: string;
  /**
   * Decides who may come in. The request has gone through what every request goes through.
   *
   * @param address As for `RawRoute`.
   * @throws Problem The answer to who may not.
   */
  admit(request: IncomingMessage, address: string): Promise<TakeOver>;
}

/** Owns the socket from here on; called also when the client has left meanwhile. */
export type TakeOver = (socket: Duplex, head: Buffer) => void;

/** What a real-time module gets to work with. */
export interface RealtimeContext {
  readonly services: readonly ServiceContract[];
  readonly hub: EventHub;
  readonly dispatch: Dispatch;
  readonly jobs: Pick<Jobs, "start">;
  readonly config: Config;
  readonly log: Logger;
  /** Who opens a stream or a socket. */
  readonly authenticate: Authenticate;
  /** Who the client of a socket is from now on; `undefined` where that cannot change. */
  readonly renew: Authentication["renew"];
  /** Aborts when the gateway begins to stop: from then on new clients are refused. */
  readonly shutdown: AbortSignal;
}

/** What a real-time module gives back. */
export interface Realtime {
  readonly routes?: readonly RawRoute[];
  readonly upgrade?: UpgradeHandler;
  /** Asks every client to come back later and resolves when all of them are gone; the gateway
   * waits for it before it closes the server, and not longer than its grace period. */
  close(): Promise<void>;
}

/** What a real-time module exports as `realtime`. Opens no port and starts nothing by itself. */
export type OpenRealtime = (context: RealtimeContext) => Realtime;
