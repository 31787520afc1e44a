import { Problem } from "../calls/problem.ts";
import type { Authentication, Caller } from "./interface.ts";

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
