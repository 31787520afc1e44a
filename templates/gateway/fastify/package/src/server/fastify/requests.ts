import { context } from "@opentelemetry/api";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { CLIENT_LEFT, clientKey, type Dispatch } from "../../calls/dispatch.ts";
import { Problem } from "../../calls/problem.ts";
import { fieldErrors } from "../../calls/validation.ts";
import {
  activeTraceId,
  endRequest,
  type RequestTrace,
  traceRequest,
} from "../../observability/tracing.ts";
import type { Gateway } from "../gateway.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Set before anything else happens to the request. */
    observed: Observed | null;
  }
  interface FastifyContextConfig {
    /** Asked by machines that watch: neither limited nor logged. */
    isProbe?: boolean;
  }
}

interface Observed {
  readonly trace: RequestTrace;
  /** To be called where a response has no end of its own. Only the first call counts. */
  end(status: number): void;
}

/**
 * One span, one log line and one measurement a request, also where its client leaves: `close` comes
 * at the end of every response, Fastify's `onResponse` only of those that were sent whole.
 */
export function observeRequests(app: FastifyInstance, { log, metrics }: Gateway): void {
  app.decorateRequest("observed", null);
  app.addHook("onRequest", (request, reply, done) => {
    const { method } = request;
    // Once a request: Fastify makes `routeOptions` anew each time that it is looked at.
    const { url, config } = request.routeOptions;
    // The pattern, not the address: bounded, and without anybody's data.
    const route = url ?? "(none)";
    const trace = traceRequest(method, route, request.raw.headers);
    reply.header("trace-id", trace.span.spanContext().traceId);
    let isOver = false;
    const end = (status: number, cut?: { cut: true }) => {
      if (isOver) return;
      isOver = true;
      const { elapsedTime: ms } = reply;
      metrics.request(method, route, status, ms / 1000);
      if (!config.isProbe) {
        const line = { method, route, status, ms: Math.round(ms) };
        inTrace(request, () => log.info({ ...line, ...cut }, "request"));
      }
      endRequest(trace, status);
    };
    request.observed = { trace, end };
    reply.raw.once("close", () => {
      const { headersSent, statusCode, writableFinished } = reply.raw;
      // As access logs have it: what was begun keeps its status.
      const status = headersSent ? statusCode : CLIENT_LEFT;
      end(status, writableFinished ? undefined : { cut: true });
    });
    done();
  });
}

/** Runs `work` within the request's trace. Fastify's hooks do not carry it: a body that arrives
 * later comes from the socket's own asynchronous context. */
export function inTrace<T>(request: FastifyRequest, work: () => T): T {
  return request.observed ? context.with(request.observed.trace.context, work) : work();
}

/** Behind the rate limit and before the body is read, so that strangers cost little. */
export function authenticateRequests(app: FastifyInstance, gateway: Gateway): void {
  app.addHook("preParsing", async (request, reply) => {
    request.caller = await gateway.authenticate(request.raw);
    request.calls = callsOf(request, reply, gateway);
  });
}

/** The key under which a request may come again, where it has one. */
export function keyOf({ headers }: FastifyRequest, scope: string): string | undefined {
  const key = headers["idempotency-key"];
  return typeof key === "string" ? clientKey(scope, key) : undefined;
}

/** Who shares keys: an anonymous client with all others. */
export function subjectOf({ caller }: FastifyRequest): string {
  return caller?.subject ?? "";
}

function callsOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { config, dispatch }: Gateway,
): Pick<Dispatch, "call"> {
  let signal: AbortSignal | undefined;
  let count = 0;
  return {
    call(operation, input, options) {
      signal ??= leaveSignal(reply);
      // A request that comes again makes the same calls in the same order.
      const { url, handlerTimeout } = request.routeOptions;
      const key = keyOf(request, `${subjectOf(request)} ${request.method} ${url}`);
      const idempotencyKey = key && `${key}-${count}`;
      count += 1;
      const left = (handlerTimeout || config.callTimeoutMs) - reply.elapsedTime;
      const timeoutMs = Math.max(1, Math.floor(left));
      return inTrace(request, () =>
        dispatch.call(operation, input, {
          ...{ signal, timeoutMs, idempotencyKey, caller: request.caller },
          ...options,
        }),
      );
    },
  };
}

/**
 * Aborts when the client leaves before it has its answer.
 *
 * Not Fastify's `request.signal`: that one listens for `close` on the request, which Node emits as
 * soon as a body has been read to its end (https://nodejs.org/api/http.html#event-close_3).
 */
export function leaveSignal({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  raw.once("close", () => {
    if (!raw.writableFinished) controller.abort();
  });
  return controller.signal;
}

/** Every error leaves as a problem (RFC 9457); the detail of a 5xx that is not one stays inside. */
export function answerProblems(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    const problem = translate(error);
    inTrace(request, () => {
      if (problem.code === "internal") request.log.error({ err: problem }, "request failed");
      sendProblem(reply, problem);
    });
  });
}

/** Seconds after which a `503` is worth another try, where nobody knows better. */
const RETRY_AFTER_S = 1;

/** Answers with `problem`. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const again = problem.status === 503 ? RETRY_AFTER_S : undefined;
  const retryAfter = problem.retryAfter ?? again;
  if (retryAfter !== undefined) reply.header("retry-after", retryAfter);
  return reply
    .headers(problem.headers())
    .code(problem.status)
    .type("application/problem+json")
    .serializer(JSON.stringify)
    .send(problem.body(activeTraceId()));
}

/** Fastify's own errors by their status; what they say of 4xx is meant for clients. */
function translate(error: unknown): Problem {
  if (error instanceof Problem || !(error instanceof Error)) return Problem.from(error);
  const {
    statusCode: status,
    code,
    validation,
    validationContext,
  } = error as Partial<FastifyError>;
  if (validation) {
    return new Problem("invalid_argument", `The ${validationContext} is not what the route takes`, {
      errors: fieldErrors(validation),
    });
  }
  if (code === "FST_ERR_HANDLER_TIMEOUT") {
    return new Problem("deadline_exceeded", "No answer in time", { cause: error });
  }
  if (status === undefined || status < 400 || status >= 500) return Problem.from(error);
  return new Problem("invalid_argument", error.message, { status, cause: error });
}
