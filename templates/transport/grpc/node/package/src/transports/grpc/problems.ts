import { type ServiceError, status } from "@grpc/grpc-js";
import { type FieldError, isProblemCode, Problem, type ProblemCode } from "../../calls/problem.ts";
import { BadRequest, ErrorInfo, RetryInfo } from "./stubs/google/rpc/error_details.ts";
import { Status } from "./stubs/google/rpc/status.ts";

/** Where an error says more than its code (https://google.aip.dev/193). */
export const DETAILS = "grpc-status-details-bin";
const TYPE_URL = "type.googleapis.com/google.rpc.";

/** The codes of servers that say nothing more. */
const CODES: ReadonlyMap<number, ProblemCode> = new Map([
  [status.INVALID_ARGUMENT, "invalid_argument"],
  [status.OUT_OF_RANGE, "invalid_argument"],
  [status.FAILED_PRECONDITION, "invalid_argument"],
  [status.UNAUTHENTICATED, "unauthenticated"],
  [status.PERMISSION_DENIED, "permission_denied"],
  [status.NOT_FOUND, "not_found"],
  [status.ALREADY_EXISTS, "conflict"],
  [status.ABORTED, "conflict"],
  [status.RESOURCE_EXHAUSTED, "resource_exhausted"],
  [status.UNAVAILABLE, "unavailable"],
  [status.CANCELLED, "unavailable"],
  [status.DEADLINE_EXCEEDED, "deadline_exceeded"],
  [status.UNIMPLEMENTED, "unimplemented"],
]);

/** Both ends say so of a message beyond a limit; there is no code of its own for it. */
const TOO_LARGE = /message larger than max/i;
/** This end says so of an answer. */
const ANSWER_TOO_LARGE = /^Received message larger than max \(\d+ vs \d+\)$/;

/** What became of a call that did not succeed. */
export interface Failure {
  readonly error: unknown;
  /** Of the call. */
  readonly signal: AbortSignal;
  readonly service: string;
  /** The call had got a connection. */
  readonly sent: boolean;
}

/** What kept an answer from coming. 5xx details of a service stay inside. */
export function problemOf({ error, signal, service, sent }: Failure): Problem {
  if (error instanceof Problem) return error;
  if (signal.aborted) {
    const { reason } = signal;
    if (reason instanceof Problem) return reason;
    return new Problem("deadline_exceeded", `${service} did not answer in time`, { cause: reason });
  }
  if (!isServiceError(error)) {
    return new Problem("internal", `The answer of ${service} is not what its contract says`, {
      cause: error,
    });
  }
  return reported(error, service) ?? unreported(error, service, sent);
}

/** What the service itself says. */
function reported(error: ServiceError, service: string): Problem | undefined {
  const [bytes] = error.metadata.get(DETAILS);
  if (!(bytes instanceof Uint8Array)) return undefined;
  const details = read(bytes);
  const code = details.info?.reason.toLowerCase();
  if (!isProblemCode(code)) return undefined;
  if (code === "unauthenticated" || code === "permission_denied") return refused(error, service);
  return new Problem(code, details.message, {
    ...(details.errors.length > 0 && { errors: details.errors }),
    ...(details.retryAfter > 0 && { retryAfter: details.retryAfter }),
  });
}

/** What gRPC says where the service could not. */
function unreported(error: ServiceError, service: string, sent: boolean): Problem {
  const { code, details } = error;
  if (code === status.RESOURCE_EXHAUSTED && TOO_LARGE.test(details)) {
    return ANSWER_TOO_LARGE.test(details)
      ? new Problem("internal", `The answer of ${service} is too large`, { cause: error })
      : new Problem("invalid_argument", "The input is too large", { status: 413, cause: error });
  }
  const own = CODES.get(code) ?? "internal";
  switch (own) {
    case "unauthenticated":
    case "permission_denied":
      return refused(error, service);
    case "unavailable":
      return new Problem(own, `${service} cannot be reached`, { sent, cause: error });
    case "deadline_exceeded":
      return new Problem(own, `${service} did not answer in time`, { cause: error });
    case "resource_exhausted":
      return new Problem(own, `${service} is asked too much at once`, {
        retryAfter: 1,
        cause: error,
      });
    default:
      return new Problem(own, `${service} answered with ${status[code]}`, { cause: error });
  }
}

/** It is the gateway that was refused, not the client. */
function refused(error: ServiceError, service: string): Problem {
  return new Problem("internal", "The gateway is not allowed to ask", {
    cause: new Error(`${service} refused SERVICE_TOKEN: ${error.details}`),
  });
}

interface Details {
  readonly message: string;
  readonly info: ErrorInfo | undefined;
  readonly errors: readonly FieldError[];
  readonly retryAfter: number;
}

function read(bytes: Uint8Array): Details {
  const { message, details } = Status.decode(bytes);
  const find = <M>(name: string, type: { decode(bytes: Uint8Array): M }): M | undefined => {
    const any = details.find(({ type_url }) => type_url === TYPE_URL + name);
    return any && type.decode(any.value);
  };
  const delay = find("RetryInfo", RetryInfo)?.retry_delay;
  const violations = find("BadRequest", BadRequest)?.field_violations ?? [];
  return {
    message,
    info: find("ErrorInfo", ErrorInfo),
    errors: violations.map(({ field, description }) => ({ pointer: field, detail: description })),
    // Whole seconds, as HTTP has them; never earlier than said.
    retryAfter: delay ? Math.ceil(delay.seconds + delay.nanos / 1e9) : 0,
  };
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "code" in error && "metadata" in error;
}
