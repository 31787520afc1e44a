import { createHash, randomUUID } from "node:crypto";
import type { CallContext } from "../transports/client.ts";
import { Problem } from "./problem.ts";

/** The context of one call. `close` it when the call is over, or its timer keeps running. */
export interface OpenCall extends CallContext {
  close(): void;
}

export interface OpenCallOptions {
  readonly timeoutMs: number;
  /** Aborts when the client leaves. */
  readonly signal?: AbortSignal | undefined;
  readonly idempotencyKey?: string | undefined;
}

/**
 * Starts the clock of a call: its signal aborts with a `Problem` when the deadline passes or the
 * client leaves. One controller with one timer: `AbortSignal.any` and `AbortSignal.timeout` cost
 * several times as much per request.
 */
export function openCall({ timeoutMs, signal, idempotencyKey }: OpenCallOptions): OpenCall {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new Problem("deadline_exceeded", `No answer within ${timeoutMs} ms`)),
    timeoutMs,
  );
  const leave = () => controller.abort(clientLeft());
  if (signal?.aborted) leave();
  signal?.addEventListener("abort", leave, { once: true });
  return {
    deadline: Date.now() + timeoutMs,
    signal: controller.signal,
    idempotencyKey: idempotencyKey ?? randomUUID(),
    close() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", leave);
    },
  };
}

/** Nobody sees it: 499 is what access logs call it (nginx). */
export const CLIENT_LEFT = 499;

/** How a call that failed is counted: by its code, except that a client's leaving is no failure. */
export function outcomeOf({ code, status }: Problem): string {
  return status === CLIENT_LEFT ? "client_left" : code;
}

function clientLeft(): Problem {
  return new Problem("unavailable", "The client left", { status: CLIENT_LEFT });
}

/**
 * A client's own idempotency key, made one with who sent it: two clients that happen to choose the
 * same key do not meet.
 *
 * @throws Problem `invalid_argument` for a key that is not 1 to 200 visible ASCII characters
 */
export function clientKey(subject: string, key: string): string {
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) {
    throw new Problem("invalid_argument", "Idempotency-Key is 1 to 200 visible ASCII characters");
  }
  return createHash("sha256").update(`${subject}\n${key}`).digest("base64url");
}
