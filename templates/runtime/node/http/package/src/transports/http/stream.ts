import { createParser, type EventSourceMessage } from "eventsource-parser";
import type { Dispatcher } from "undici";
import type { ServiceEvent } from "../client.ts";
import { problemOfResponse } from "./problems.ts";

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

/** The events in a body, as they arrive. @throws ParseError when one is too long */
async function* parse(
  body: AsyncIterable<Uint8Array>,
  read: StreamRequest["read"],
): AsyncGenerator<ServiceEvent> {
  let events: ServiceEvent[] = [];
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
