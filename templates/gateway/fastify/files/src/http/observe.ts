import { context } from "@opentelemetry/api";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { endRequest, type RequestTrace, traceRequest } from "../core/tracing.ts";
import type { Gateway } from "../gateway.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Set before anything else happens to the request. */
    trace: RequestTrace | null;
  }
  interface FastifyContextConfig {
    /** Asked by machines that watch: neither limited nor logged. */
    isProbe?: boolean;
  }
}

/** One span, one log line and one measurement a request. */
export function observeRequests(app: FastifyInstance, { log, metrics }: Gateway): void {
  app.decorateRequest("trace", null);
  app.addHook("onRequest", (request, _reply, done) => {
    request.trace = traceRequest(request.method, routeOf(request), request.raw.headers);
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    const { method } = request;
    const { statusCode: status, elapsedTime: ms } = reply;
    const route = routeOf(request);
    metrics.requests.observe({ method, route, status }, ms / 1000);
    if (request.trace) {
      if (!request.routeOptions.config.isProbe) {
        inTrace(request, () => log.info({ method, route, status, ms: Math.round(ms) }, "request"));
      }
      endRequest(request.trace, status);
    }
    done();
  });
}

/** Runs `work` within the request's trace. Fastify's hooks do not carry it: a body that arrives
 * later comes from the socket's own asynchronous context. */
export function inTrace<T>(request: FastifyRequest, work: () => T): T {
  return request.trace ? context.with(request.trace.context, work) : work();
}

/** The pattern, not the address: bounded, and without anybody's data. */
function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? "(none)";
}
