import { context } from "@opentelemetry/api";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { CLIENT_LEFT } from "../../calls/call.ts";
import { endRequest, type RequestTrace, traceRequest } from "../../observability/tracing.ts";
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
