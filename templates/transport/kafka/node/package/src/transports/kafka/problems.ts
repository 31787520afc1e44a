import { Problem } from "../../calls/problem.ts";
import { NotSent } from "./sender.ts";

/** What kept a message from being taken by the broker. */
export function problemOfSending(error: unknown, signal: AbortSignal, service: string): Problem {
  if (error instanceof Problem) return error;
  const sent = !(error instanceof NotSent);
  if (signal.aborted && signal.reason instanceof Problem) return signal.reason;
  if (isTooLarge(error)) {
    return new Problem("invalid_argument", `The input is larger than ${service} takes`, {
      status: 413,
      sent: false,
      cause: error,
    });
  }
  return new Problem("unavailable", `${service} cannot be asked: Kafka does not answer`, {
    ...{ sent, cause: error },
  });
}

function isTooLarge(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isTooLarge);
  return error instanceof Error && "apiId" in error && error.apiId === "MESSAGE_TOO_LARGE";
}
