import { Problem } from "../../core/problem.ts";
import { NotSent } from "./sender.ts";

/** What kept a message from being taken by the broker. */
export function problemOfSending(error: unknown, signal: AbortSignal, service: string): Problem {
  const sent = !(error instanceof NotSent);
  if (signal.aborted) {
    const { reason } = signal;
    if (reason instanceof Problem && sent) return reason;
    const code = reason instanceof Problem ? reason.code : "deadline_exceeded";
    return new Problem(code, `${service} was not asked in time`, { sent, cause: reason });
  }
  if (error instanceof Problem) return error;
  if (isTooLarge(error)) {
    return new Problem("invalid_argument", `The input is larger than ${service} takes`, {
      status: 413,
      sent: false,
      cause: error,
    });
  }
  return new Problem("unavailable", `Kafka does not take what ${service} is asked`, {
    ...{ sent, cause: error },
  });
}

function isTooLarge(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isTooLarge);
  return error instanceof Error && "apiId" in error && error.apiId === "MESSAGE_TOO_LARGE";
}
