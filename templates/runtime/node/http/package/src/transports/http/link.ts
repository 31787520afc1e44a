import { isIPv6 } from "node:net";
import { host } from "envalid";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { Agent, type Dispatcher, errors, interceptors } from "undici";
import { callerHeader } from "../../auth/caller.ts";
import {
  codeOfStatus,
  type FieldError,
  isProblemCode,
  Problem,
  type ProblemCode,
} from "../../calls/problem.ts";
import type { Json } from "../../contract.ts";
import { traceHeaders } from "../../observability/tracing.ts";
import { httpUrl } from "../../server/settings.ts";
import type { CallContext, LinkSettings, ServiceEvent, TransportClient } from "../client.ts";
import { addressesOf, anyOf } from "../replicas/addresses.ts";
import { followReplicas } from "../replicas/follow.ts";
import { type Answer, askWhole } from "./answer.ts";

/** What HTTP sends. */
export interface Request {
  /** Below the service's address. */
  readonly path: string;
  /** Media type of the answer. */
  readonly accept: string;
  readonly body: Json;
}

/** A call as HTTP sends it. */
export interface Question extends Request {
  /** What an answer says. @throws Problem, SyntaxError */
  readonly read: (answer: Answer) => Json;
}

/** A service that is reached over HTTP, whatever its requests look like. */
export interface HttpLink {
  /** POSTs a question with everything that goes along with a call. @throws Problem */
  ask(question: Question, context: CallContext): Promise<Json>;
  /** The same, for whoever reads the answer as it comes, however long it is. @throws Problem */
  open(request: Request, context: CallContext): Promise<Dispatcher.ResponseData>;
  /** Server-sent events of all replicas, over as many connections as it takes. */
  follow(
    request: StreamRequest,
    options: Parameters<TransportClient["events"]>[0],
  ): AsyncIterable<ServiceEvent>;
  /** Resolves when a replica is ready. */
  health(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds; far below what services keep, so that no request meets a closing connection. */
const KEEP_ALIVE_MS = 4000;
/** Milliseconds; a gateway that is late itself notices a connection late, too. */
const CONNECT_MS = 4000;
/** Milliseconds for which the addresses behind a name are used before it is looked up again. */
const NAME_MS = 2000;
/** Bytes of an answer. */
const RESPONSE_LIMIT = 16 * 1024 * 1024;

/** Reads the address and the token of a link; connects when there is something to ask. */
export function openHttp(link: LinkSettings): HttpLink {
  const { url, replicas, base, authorization, tls } = readSettings(link);
  const connect = { timeout: CONNECT_MS, ...tls };
  const service = link.service.name;
  const addresses = addressesOf(url.hostname);
  // Calls go to the addresses behind the name in turn.
  const open = (limits: Agent.Options) =>
    new Agent({
      ...limits,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      connect,
      // The signal of each call ends it; undici's own timeouts would only be a second clock.
      headersTimeout: 0,
      bodyTimeout: 0,
    }).compose(interceptors.dns({ maxTTL: NAME_MS }));
  const calls = open({ connections: link.concurrency, maxResponseSize: RESPONSE_LIMIT });
  const parts = open({});
  // Connections of their own: neither a full pool nor a stuck stream holds up the other, or health.
  const events = new Agent({ connect });
  const probes = new Agent({ connect });

  const asHttp = (request: Request, context: CallContext) => {
    const left = Math.ceil(context.deadline - Date.now());
    if (left <= 0) throw new Problem("deadline_exceeded", "No time was left", { sent: false });
    return {
      origin: url,
      method: "POST" as const,
      path: `${base}${request.path}`,
      headers: {
        ...traceHeaders(),
        accept: request.accept,
        authorization,
        "content-type": "application/json",
        "request-timeout-ms": String(left),
        "idempotency-key": context.idempotencyKey,
        ...callerHeader(context.caller),
      },
      body: JSON.stringify(request.body),
    };
  };

  return {
    async ask(question: Question, context: CallContext): Promise<Json> {
      try {
        const answer = await askWhole(calls, asHttp(question, context), context.signal);
        return question.read(answer);
      } catch (error) {
        throw problemOfError(error, context.signal, service);
      }
    },

    async open(request: Request, context: CallContext): Promise<Dispatcher.ResponseData> {
      try {
        const { signal } = context;
        return await parts.request({ ...asHttp(request, context), signal });
      } catch (error) {
        throw problemOfError(error, context.signal, service);
      }
    },

    follow(request, options): AsyncIterable<ServiceEvent> {
      const headers = { host: url.host, authorization };
      return followReplicas({
        addresses: addressesOf(replicas),
        open: (address, after, signal) => {
          const origin = originAt(url, address);
          const source = { dispatcher: events, origin, base, headers, service, signal };
          return openStream(request, after, source);
        },
        ...options,
        log: link.log,
        service,
      });
    },

    async health(signal: AbortSignal): Promise<void> {
      try {
        await anyOf(addresses, async (address) => {
          const response = await probes.request({
            origin: originAt(url, address),
            method: "GET",
            path: `${base}/readyz`,
            headers: { host: url.host },
            signal,
          });
          if (response.statusCode !== 200) throw await problemOfResponse(response, service);
          await response.body.dump();
        });
      } catch (error) {
        throw problemOfError(error, signal, service);
      }
    },

    async close(): Promise<void> {
      await Promise.all([calls, parts, events, probes].map((agent) => agent.destroy()));
    },
  };
}

/** The origin of one replica; the name stays in `Host`, from which TLS takes it. */
function originAt({ protocol, port }: URL, address: string): string {
  const host = isIPv6(address) ? `[${address}]` : address;
  return `${protocol}//${host}${port && `:${port}`}`;
}

function readSettings({ environment, prefix }: LinkSettings) {
  const name = `${prefix}_URL`;
  // A wrong address has been reported; until that is judged any other does.
  const url = environment.read({ [name]: httpUrl() })[name] ?? new URL("http://127.0.0.1");
  // Behind an address that stands for all replicas they have another name.
  const each = `${prefix}_REPLICAS`;
  const replicas = environment.read({ [each]: host({ default: undefined }) })[each] ?? url.hostname;
  const [token] = environment.serviceTokens();
  const base = url.pathname.replace(/\/$/, "");
  return { url, replicas, base, authorization: `Bearer ${token}`, tls: environment.tls() };
}

/** What is followed. */
export interface StreamRequest {
  /** The request that goes on behind an event. */
  readonly open: (after: string) => {
    readonly method: "GET" | "POST";
    /** Below the service's address. */
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  };
  /** The event in a message, or nothing where it holds none of ours. */
  readonly read: (message: EventSourceMessage) => ServiceEvent | undefined;
}

/** Where it is followed. */
export interface StreamSource {
  readonly dispatcher: Dispatcher;
  readonly origin: string;
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly service: string;
  readonly signal: AbortSignal;
}

/** Milliseconds without a byte after which a stream is dead: services send a comment every 15 s. */
const SILENCE_MS = 45_000;
/** Characters of one event. */
const EVENT_LIMIT = 1024 * 1024;
/** An id that no service has given: everything that it still has comes, behind a `stream.gap`. */
const BEGINNING = "0";

/** Server-sent events (WHATWG HTML, 9.2) of a service, over one connection. */
export async function openStream(
  request: StreamRequest,
  after: string | undefined,
  { dispatcher, origin, base, headers, service, signal }: StreamSource,
): Promise<AsyncIterable<ServiceEvent>> {
  const asked = request.open(after ?? BEGINNING);
  const response = await dispatcher.request({
    origin,
    method: asked.method,
    path: `${base}${asked.path}`,
    headers: { ...asked.headers, ...headers, accept: "text/event-stream" },
    body: asked.body ?? null,
    bodyTimeout: SILENCE_MS,
    signal,
  });
  if (response.statusCode !== 200) throw await problemOfResponse(response, service);
  return parse(response.body, request.read);
}

/** What `read` makes of the events in a body, as they arrive. @throws ParseError when one is too long */
export async function* parse<Event>(
  body: AsyncIterable<Uint8Array>,
  read: (message: EventSourceMessage) => Event | undefined,
): AsyncGenerator<Event> {
  let events: Event[] = [];
  const parser = createParser({
    maxBufferSize: EVENT_LIMIT,
    onEvent: (message) => {
      const event = read(message);
      if (event) events.push(event);
    },
    onError: (error) => {
      if (error.type === "max-buffer-size-exceeded") throw error;
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* events;
    events = [];
  }
}

/** Of a problem that is looked into; what is longer is none of ours. */
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
  const isRead = saysProblem(headers);
  if (!isRead) await body.dump();
  return problemOfAnswer({ statusCode, headers, text: isRead ? await body.text() : "" }, service);
}

/** The same of an answer that was read already. @throws SyntaxError where it is not JSON */
export function problemOfAnswer({ statusCode, headers, text }: Answer, service: string): Problem {
  const code = codeOfStatus(statusCode);
  if (!saysProblem(headers) || text.length > LIMIT) {
    return new Problem(code, `${service} answered with status ${statusCode}`);
  }
  const retryAfter = Number(headers["retry-after"]);
  return problemOfDocument(record(JSON.parse(text)), code, retryAfter, service);
}

function saysProblem(headers: Answer["headers"]): boolean {
  const isProblem = String(headers["content-type"]).startsWith("application/problem+json");
  return isProblem && Number(headers["content-length"] ?? 0) <= LIMIT;
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
