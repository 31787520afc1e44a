import { type FieldError, isProblemCode, Problem } from "../../calls/problem.ts";
import type { Json } from "../../contract.ts";
import { type Headers, PROBLEM_TYPE } from "./headers.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads the answer to a call.
 *
 * @param service Who answered, for messages.
 * @throws Problem What the service answered instead of a result, or `internal` for an answer that
 *   cannot be read
 */
export function readAnswer(headers: Headers, body: Uint8Array, service: string): Json {
  const value = parse(body, service);
  if (headers["content-type"] === PROBLEM_TYPE) {
    throw readProblem(value, service, Number(headers["retry-after"]));
  }
  return value;
}

function parse(body: Uint8Array, service: string): Json {
  try {
    return JSON.parse(decoder.decode(body)) as Json;
  } catch (cause) {
    throw new Problem("internal", `The answer of ${service} is not JSON`, { cause });
  }
}

/** A problem that was read. @param retryAfter Seconds, where it does not say them itself. */
export function readProblem(value: Json, service: string, retryAfter?: number): Problem {
  const reported = record(value);
  const again = retryAfter ?? Number(reported.retry_after);
  if (!isProblemCode(reported.code)) {
    return new Problem("internal", `${service} answered with a problem of no known kind`);
  }
  if (reported.code === "unauthenticated" || reported.code === "permission_denied") {
    // It is the gateway that was refused, not the client.
    return new Problem("internal", "The gateway is not allowed to ask", {
      cause: new Error(`${service} refused SERVICE_TOKEN: ${String(reported.detail)}`),
    });
  }
  const fields = fieldErrors(reported.errors);
  return new Problem(reported.code, typeof reported.detail === "string" ? reported.detail : "", {
    ...(fields.length > 0 && { errors: fields }),
    ...(again > 0 && { retryAfter: again }),
  });
}

function fieldErrors(reported: unknown): FieldError[] {
  if (!Array.isArray(reported)) return [];
  return reported.map(record).map(({ pointer, detail }) => ({
    pointer: String(pointer ?? ""),
    detail: String(detail ?? ""),
  }));
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
