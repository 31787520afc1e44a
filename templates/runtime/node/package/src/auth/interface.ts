import type { IncomingMessage } from "node:http";
import type { Environment } from "../server/settings.ts";

/** Who is asking, as a way of authentication found out. */
export interface Caller {
  /** Never empty, and the same for one client each time: the subject of its token. */
  readonly subject: string;
  /** What the client may ask for. */
  readonly scopes: readonly string[];
  /** What services learn beside that. JSON values, and only those that the way of authentication
   * chose to pass on. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/**
 * Finds out who is asking.
 *
 * @returns `undefined` for an anonymous client.
 * @throws Problem `unauthenticated` or `permission_denied`
 */
export type Authenticate = (request: IncomingMessage) => Promise<Caller | undefined>;

/** What a way of authentication exports as `authenticate`; reads its settings at once. */
export type OpenAuthentication = (environment: Environment) => Authenticate;
