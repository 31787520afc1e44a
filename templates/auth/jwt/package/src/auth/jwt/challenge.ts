import { Problem } from "../../calls/problem.ts";

/** The error codes of RFC 6750, 3.1, that are answered here. */
type BearerError = "invalid_token" | "insufficient_scope";

/** `WWW-Authenticate` (RFC 6750, 3). Values hold neither quotes nor backslashes. */
export function bearer(error: BearerError, more: Readonly<Record<string, string>>): string {
  const parameters = Object.entries({ error, ...more }).map(([name, text]) => `${name}="${text}"`);
  return `Bearer ${parameters.join(", ")}`;
}

/** The answer to who shows a token, or a ticket, that is not accepted. */
export function refused(description: string, cause?: unknown): Problem {
  return new Problem("unauthenticated", description, {
    challenge: bearer("invalid_token", { error_description: description }),
    cause,
  });
}
