import { context } from "@opentelemetry/api";
import type { FastifyInstance, FastifyRequest } from "fastify";
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
  /** The pattern, not the address: bounded, and without anybody's data. */
  readonly route: string;
  readonly isProbe: boolean;
}

/** One span, one log line and one measurement a request. */
export function observeRequests(app: FastifyInstance, { log, metrics }: Gateway): void {
  app.decorateRequest("observed", null);
  app.addHook("onRequest", (request, _reply, done) => {
    // Once a request: Fastify makes `routeOptions` anew each time that it is looked at.
    const { url, config } = request.routeOptions;
    const route = url ?? "(none)";
    const trace = traceRequest(request.method, route, request.raw.headers);
    request.observed = { trace, route, isProbe: config.isProbe === true };
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    const { method, observed } = request;
    const { statusCode: status, elapsedTime: ms } = reply;
    if (observed) {
      const { trace, route, isProbe } = observed;
      metrics.request(method, route, status, ms / 1000);
      if (!isProbe) {
        inTrace(request, () => log.info({ method, route, status, ms: Math.round(ms) }, "request"));
      }
      endRequest(trace, status);
    }
    done();
  });
}

/** Runs `work` within the request's trace. Fastify's hooks do not carry it: a body that arrives
 * later comes from the socket's own asynchronous context. */
export function inTrace<T>(request: FastifyRequest, work: () => T): T {
  return request.observed ? context.with(request.observed.trace.context, work) : work();
}
