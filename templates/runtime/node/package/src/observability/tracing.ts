import { randomFillSync } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import {
  type Context,
  context,
  isSpanContextValid,
  ProxyTracerProvider,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type SpanOptions,
  SpanStatusCode,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import { Problem } from "../calls/problem.ts";
import type { OperationContract } from "../contract.ts";

// Spans are made by hand: patching modules as they load does not reach ES modules reliably, and a
// gateway has few places that matter. Without an SDK (see telemetry.ts) there are only ids.
const tracer = trace.getTracer("gateway");

/** Whether there is an SDK: without one the API has no provider behind its proxy. */
function hasSdk(): boolean {
  const provider = trace.getTracerProvider();
  return !(provider instanceof ProxyTracerProvider && !provider.getDelegateTracer("gateway"));
}

/** A span, or without an SDK what stands for it: one id joins what gateway and services say. */
function startSpan(name: string, options: SpanOptions, parent: Context = context.active()): Span {
  const span = tracer.startSpan(name, options, parent);
  if (isSpanContextValid(span.spanContext())) return span;
  // Whether to record is left to the services: not sampled here would be their answer too.
  const traceFlags = TraceFlags.SAMPLED;
  const ids = randomIds();
  return trace.wrapSpanContext({ traceId: ids.slice(16), spanId: ids.slice(0, 16), traceFlags });
}

/** Bytes of both ids. */
const IDS = 24;
const random = Buffer.alloc(256 * IDS);
let used = random.length;

/** New ids in hexadecimal. Random bytes are made many at a time, as for UUIDs in Node.js: for one request alone
 * they take longer than its span. */
function randomIds(): string {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  used += IDS;
  return random.toString("hex", used - IDS, used);
}

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
  const span = startSpan(
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

/** Runs what no request began, such as a message on a socket, in a trace of its own. */
export async function inNewTrace<T>(name: string, work: () => Promise<T>): Promise<T> {
  const span = startSpan(name, { kind: SpanKind.SERVER }, ROOT_CONTEXT);
  try {
    return await context.with(trace.setSpan(ROOT_CONTEXT, span), work);
  } finally {
    span.end();
  }
}

/** Runs one attempt at a call in a span of its own, `{operation} {service}`. */
export function traceCall<T>(operation: OperationContract, call: () => Promise<T>): Promise<T> {
  // Without an SDK it has the ids of its request, in whose context it runs already.
  if (trace.getActiveSpan() && !hasSdk()) return call();
  return inCallSpan(operation, call);
}

async function inCallSpan<T>(operation: OperationContract, call: () => Promise<T>): Promise<T> {
  const span = startSpan(`${operation.name} ${operation.service}`, {
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

/** Id of the active trace, or `undefined` outside of any. */
export function activeTraceId(): string | undefined {
  return trace.getActiveSpan()?.spanContext().traceId;
}
