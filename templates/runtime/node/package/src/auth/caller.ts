import { Problem } from "../calls/problem.ts";
import type { Authenticate, Authentication, Caller } from "./interface.ts";

/** Characters of a caller on its way: as much as every transport has room for beside the rest. */
const LIMIT = 4096;

/** Each is encoded once, when it is found out, and travels with every call of its request. */
const encoded = new WeakMap<Caller, string>();

/** The header by which a service learns who asked the gateway; none for an anonymous client. */
export function callerHeader(caller: Caller | undefined): Readonly<{ caller?: string }> {
  return caller ? { caller: encode(caller) } : {};
}

/** JSON in UTF-8 as base64url (RFC 4648, 5). Services read it in `calls/call.py`. */
function encode(caller: Caller): string {
  const known = encoded.get(caller);
  if (known !== undefined) return known;
  const { subject, scopes, claims } = caller;
  const text = Buffer.from(JSON.stringify({ sub: subject, scopes, claims })).toString("base64url");
  encoded.set(caller, text);
  return text;
}

/** A way of authentication as a gateway asks it: once a request, and for no caller that could not be
 * sent on. */
export function authenticating(way: Authenticate): Authenticate {
  const found = new WeakMap<Parameters<Authenticate>[0], ReturnType<Authenticate>>();
  return (request) => {
    const known = found.get(request);
    if (known) return known;
    const asked = way(request).then(checked);
    found.set(request, asked);
    return asked;
  };
}

/** @throws Problem for a caller that could not be sent on */
export function checked<C extends Caller | undefined>(caller: C): C {
  if (caller?.subject === "") throw new Problem("unauthenticated", "The client has no subject");
  if (caller && encode(caller).length > LIMIT) {
    const detail = `What is known of the client is more than ${LIMIT} bytes: it can have less`;
    throw new Problem("permission_denied", detail);
  }
  return caller;
}

/** Who counts as one client: who says who it is by that, anybody else by the address. */
export function clientOf(caller: Caller | undefined, address: string): string {
  return caller ? `subject ${caller.subject}` : address;
}

/** Scopes that are needed, all of them; `undefined` or none: everybody may. */
export type Scopes = readonly string[] | undefined;

/** @throws Problem `permission_denied` to who lacks one of the scopes */
export type Authorize = (caller: Caller | undefined, scopes: Scopes) => void;

/** Whether a client has all of the scopes. */
export function holds(caller: Caller | undefined, scopes: Scopes): boolean {
  return scopes === undefined || scopes.every((scope) => caller?.scopes.includes(scope));
}

/** Refuses who lacks a scope, in the words of the way of authentication. */
export function authorizing({ challenge }: Pick<Authentication, "challenge">): Authorize {
  return (caller, scopes = []) => {
    if (holds(caller, scopes)) return;
    throw new Problem("permission_denied", `This takes the scope ${scopes.join(" and ")}`, {
      challenge: challenge?.(scopes),
    });
  };
}

/** Milliseconds that a timer of Node.js can wait. */
const LONGEST = 2 ** 31 - 1;

/**
 * Calls `end` when what is known of a client ends, which may be never.
 *
 * @returns Calls it off.
 */
export function onExpiry(caller: Caller | undefined, end: () => void): () => void {
  if (caller?.expires === undefined) return () => {};
  const { expires } = caller;
  const wait = (): NodeJS.Timeout => {
    const left = expires - Date.now();
    return left > LONGEST
      ? setTimeout(() => {
          timer = wait();
        }, LONGEST)
      : setTimeout(end, left);
  };
  let timer = wait();
  return () => clearTimeout(timer);
}
