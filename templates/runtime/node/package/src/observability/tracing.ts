import type { IncomingHttpHeaders } from "node:http";
import {
  type Context,
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { Problem } from "../calls/problem.ts";
import type { OperationContract } from "../contract.ts";

// Spans are made by hand: patching modules as they load does not reach ES modules reliably, and a
// gateway has only two places that matter. Without an SDK (see telemetry.ts) all of this is no-ops.
const tracer = trace.getTracer("gateway");

/** A request's span, and the context in which everything done for the request runs. */
export interface RequestTrace {
  readonly span: Span;
  readonly context: Context;
}

/** Opens the span of a request, as a child of the client's own when its headers carry one. */
export function traceRequest(
  method: string,
  route: string,
  headers: IncomingHttpHeaders,
): RequestTrace {
  const parent = propagation.extract(context.active(), headers);
  const span = tracer.startSpan(
    `${method} ${route}`,
    { kind: SpanKind.SERVER, attributes: { "http.request.method": method, "http.route": route } },
    parent,
  );
  return { span, context: trace.setSpan(parent, span) };
}

/** Closes the span of a request. Only 5xx is the server's error (OpenTelemetry, HTTP spans). */
export function endRequest({ span }: RequestTrace, status: number): void {
  span.setAttribute("http.response.status_code", status);
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

/** Runs one attempt at a call in a span of its own, `{operation} {service}`. */
export async function traceCall<T>(
  operation: OperationContract,
  call: () => Promise<T>,
): Promise<T> {
  const span = tracer.startSpan(`${operation.name} ${operation.service}`, {
    kind: SpanKind.CLIENT,
    attributes: { "rpc.service": operation.service, "rpc.method": operation.name },
  });
  try {
    return await context.with(trace.setSpan(context.active(), span), call);
  } catch (error) {
    const code = Problem.from(error).code;
    span.setStatus({ code: SpanStatusCode.ERROR, message: code });
    span.setAttribute("error.type", code);
    throw error;
  } finally {
    span.end();
  }
}

/** Headers that make the receiver's spans children of the active one (W3C Trace Context). */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}

/** Id of the active trace, or `undefined` when nothing is traced. */
export function activeTraceId(): string | undefined {
  return trace.getActiveSpan()?.spanContext().traceId;
}
