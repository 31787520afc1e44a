/** What went wrong, on every transport. */
export type ProblemCode =
  | "invalid_argument"
  | "unauthenticated"
  | "permission_denied"
  | "not_found"
  | "conflict"
  | "resource_exhausted"
  | "unavailable"
  | "deadline_exceeded"
  | "unimplemented"
  | "internal";

/** The HTTP status and the title of each code: the one place where they are decided. */
const codes: Readonly<Record<ProblemCode, { status: number; title: string }>> = {
  invalid_argument: { status: 400, title: "The request is not valid" },
  unauthenticated: { status: 401, title: "Who is asking is not known" },
  permission_denied: { status: 403, title: "Not allowed" },
  not_found: { status: 404, title: "There is no such thing" },
  conflict: { status: 409, title: "In conflict with what is there" },
  resource_exhausted: { status: 503, title: "Too much is asked at once" },
  unavailable: { status: 503, title: "Not available at the moment" },
  deadline_exceeded: { status: 504, title: "The answer did not come in time" },
  unimplemented: { status: 501, title: "Not implemented yet" },
  internal: { status: 500, title: "Something went wrong on our side" },
};

/** One thing that is wrong with an input. */
export interface FieldError {
  /** JSON Pointer (RFC 6901) into the input; `""` is the whole. */
  readonly pointer: string;
  readonly detail: string;
}

/** A problem as it is sent: RFC 9457, with the member `code` that clients may rely on. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ProblemCode;
  readonly errors?: readonly FieldError[];
  readonly trace_id?: string;
  /** Seconds; only where no header `Retry-After` says it. */
  readonly retry_after?: number;
}

export interface ProblemOptions {
  readonly errors?: readonly FieldError[];
  /** Seconds after which another try makes sense. */
  readonly retryAfter?: number;
  /** An HTTP status more exact than the code's own, such as 429 or 413. */
  readonly status?: number;
  /** False when nothing of the call can have reached the service. Default: true. */
  readonly sent?: boolean;
  /** What `WWW-Authenticate` says to who is not known, or may not (RFC 9110, 11.6.1). */
  readonly challenge?: string | undefined;
  /** For the log; never shown to clients. */
  readonly cause?: unknown;
}

/** The one error that crosses the gateway. `detail` is shown to clients. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ProblemCode;
  readonly status: number;
  readonly errors: readonly FieldError[] | undefined;
  readonly retryAfter: number | undefined;
  readonly sent: boolean;
  readonly challenge: string | undefined;

  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status ?? codes[code].status;
    this.errors = options.errors;
    this.retryAfter = options.retryAfter;
    this.sent = options.sent ?? true;
    this.challenge = options.challenge;
  }

  /** Any thrown value as a problem: what is not one becomes `internal`, without its message. */
  static from(error: unknown): Problem {
    if (error instanceof Problem) return error;
    return new Problem("internal", "The cause is in the log of the gateway", { cause: error });
  }

  /** The headers of HTTP that go with it. */
  headers(): Record<string, string> {
    return {
      ...(this.retryAfter !== undefined && { "retry-after": String(this.retryAfter) }),
      ...(this.challenge !== undefined && { "www-authenticate": this.challenge }),
    };
  }

  /** As it is sent; `traceId` lets a client's report be found again in logs and traces. */
  body(traceId?: string): ProblemBody {
    return {
      type: `urn:hybridge:problem:${this.code}`,
      title: codes[this.code].title,
      status: this.status,
      detail: this.message,
      code: this.code,
      ...(this.errors && { errors: this.errors }),
      ...(traceId && { trace_id: traceId }),
    };
  }

  /** As it is sent where no headers go along. */
  bodyWithRetry(traceId?: string): ProblemBody {
    const { retryAfter } = this;
    return { ...this.body(traceId), ...(retryAfter !== undefined && { retry_after: retryAfter }) };
  }
}

/** Whether a word from outside is one of the codes. */
export function isProblemCode(word: unknown): word is ProblemCode {
  return typeof word === "string" && Object.hasOwn(codes, word);
}

/** The code nearest to an HTTP status from a server that sends no problem details. */
export function codeOfStatus(status: number): ProblemCode {
  for (const [code, { status: own }] of Object.entries(codes)) {
    if (own === status && isProblemCode(code) && code !== "resource_exhausted") return code;
  }
  if (status === 429) return "resource_exhausted";
  if (status === 502) return "unavailable";
  if (status === 408) return "deadline_exceeded";
  return status >= 400 && status < 500 ? "invalid_argument" : "internal";
}

/** What is said to who asks for something, or still waits for it, while the gateway stops. @param retryAfter Seconds */
export function stopping(retryAfter: number): Problem {
  return new Problem("unavailable", "The gateway is stopping", { retryAfter });
}
