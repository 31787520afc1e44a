import type { IncomingMessage } from "node:http";
import type { Logger } from "pino";
import type { Rates } from "../backplane/interface.ts";
import type { RawRoute } from "../realtime/interface.ts";
import type { Environment } from "../server/settings.ts";
import type { Identity } from "../transports/client.ts";

/** Who is asking, as a way of authentication found out. */
export interface Caller {
  /** Never empty, and the same for one client each time: the subject of its token. */
  readonly subject: string;
  /** What the client may ask for. */
  readonly scopes: readonly string[];
  /** What services learn beside that. JSON values, and only those that the way of authentication
   * chose to pass on. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch at which all this ends, and with it the streams and sockets of the
   * client. Left out: never. */
  readonly expires?: number;
}

/**
 * Finds out who is asking.
 *
 * @returns `undefined` for an anonymous client.
 * @throws Problem `unauthenticated`, or `unavailable` while nobody can tell
 */
export type Authenticate = (request: IncomingMessage) => Promise<Caller | undefined>;

/** A way of authentication, at work. */
export interface Authentication {
  readonly authenticate: Authenticate;
  /** The same for who opens a stream or a socket, where that is said in another way, too: pages in a
   * browser set no headers there. Left out: as `authenticate`. */
  readonly authenticateStream?: Authenticate;
  /** Who the client of an open socket is from now on, by what it sends. Left out: that cannot change.
   * @throws Problem as `Authenticate` */
  readonly renew?: (credential: string) => Promise<Caller>;
  /** What `WWW-Authenticate` says (RFC 9110, 11.6.1) to who lacks one of these scopes. */
  readonly challenge?: (scopes: readonly string[]) => string;
  /** Where clients ask it something. Nobody is authenticated there. */
  readonly routes?: readonly RawRoute[];
  /** Resolves when clients can be told apart; rejects with the reason why not. It is shown in
   * `/readyz`, and decides nothing: services are ready whoever may ask them. */
  readonly health?: (signal: AbortSignal) => Promise<void>;
}

export interface AuthenticationSettings {
  readonly environment: Environment;
  readonly identity: Identity;
  readonly log: Logger;
  /** Counts over all gateways, where they have a backplane. */
  readonly rates?: Rates | undefined;
}

/** What a way of authentication exports as `openAuthentication`. Reads its settings at once, waits
 * for nothing, and fails for nothing that can come right by itself. */
export type OpenAuthentication = (settings: AuthenticationSettings) => Authentication;
