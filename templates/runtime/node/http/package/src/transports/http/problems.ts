import { type Dispatcher, errors } from "undici";
import {
  codeOfStatus,
  type FieldError,
  isProblemCode,
  Problem,
  type ProblemCode,
} from "../../calls/problem.ts";

/** Bytes of a problem that are read; what is longer is none of ours. */
const LIMIT = 64 * 1024;

/** No byte of a request has been sent when one of these comes up. */
const BEFORE_SENDING = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** What a service that did not answer 200 wants to say. Its 5xx details stay inside. */
export async function problemOfResponse(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  service: string,
): Promise<Problem> {
  const isProblem = String(headers["content-type"]).startsWith("application/problem+json");
  if (!isProblem || Number(headers["content-length"] ?? 0) > LIMIT) {
    await body.dump();
    const code = codeOfStatus(statusCode);
    return new Problem(code, `${service} answered with status ${statusCode}`);
  }
  const reported = record(await body.json());
  const retryAfter = Number(headers["retry-after"]);
  return problemOfDocument(reported, codeOfStatus(statusCode), retryAfter, service);
}

/**
 * A problem document of a service (RFC 9457 with `code`) as the gateway has it.
 *
 * @param otherwise The code of one that names none.
 * @param retryAfter Seconds; anything but a positive number is none.
 */
export function problemOfDocument(
  reported: Readonly<Record<string, unknown>>,
  otherwise: ProblemCode,
  retryAfter: number,
  service: string,
): Problem {
  const code = isProblemCode(reported.code) ? reported.code : otherwise;
  if (code === "unauthenticated" || code === "permission_denied") {
    // It is the gateway that was refused, not the client.
    return new Problem("internal", "The gateway is not allowed to ask", {
      cause: new Error(`${service} refused SERVICE_TOKEN: ${String(reported.detail)}`),
    });
  }
  const fields = fieldErrors(reported.errors);
  return new Problem(
    code,
    typeof reported.detail === "string" ? reported.detail : String(reported.title),
    {
      ...(fields.length > 0 && { errors: fields }),
      ...(retryAfter > 0 && { retryAfter }),
    },
  );
}

/** What kept an answer from coming. */
export function problemOfError(error: unknown, signal: AbortSignal, service: string): Problem {
  if (signal.aborted) {
    const { reason } = signal;
    if (reason instanceof Problem) return reason;
    return new Problem("deadline_exceeded", `${service} did not answer in time`, { cause: reason });
  }
  if (error instanceof Problem) return error;
  if (error instanceof errors.ResponseExceededMaxSizeError) {
    return new Problem("internal", `The answer of ${service} is too large`, { cause: error });
  }
  if (error instanceof SyntaxError) {
    return new Problem("internal", `The answer of ${service} is not JSON`, { cause: error });
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const sent = !BEFORE_SENDING.has(code);
  return new Problem("unavailable", `${service} cannot be reached`, { sent, cause: error });
}

function fieldErrors(reported: unknown): FieldError[] {
  if (!Array.isArray(reported)) return [];
  return reported.map(record).map(({ pointer, detail }) => ({
    pointer: String(pointer ?? ""),
    detail: String(detail ?? ""),
  }));
}

/** The members of what may not be an object. */
export function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
