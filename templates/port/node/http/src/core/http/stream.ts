import { setTimeout as sleep } from "node:timers/promises";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import pRetry from "p-retry";
import type { Logger } from "pino";
import type { Dispatcher } from "undici";
import type { ServiceEvent } from "../ports.ts";
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
  readonly after: string | undefined;
  readonly signal: AbortSignal;
}

/** Where it is followed. */
export interface StreamSource {
  readonly client: Dispatcher;
  readonly base: string;
  readonly authorization: string;
  readonly log: Logger;
  readonly service: string;
}

/** Milliseconds without a byte after which a stream is dead: services send a comment every 15 s. */
const SILENCE_MS = 45_000;
/** Characters of one event. */
const EVENT_LIMIT = 1024 * 1024;
/** An id that no service has given: everything that it still has comes, behind a `stream.gap`. */
const BEGINNING = "0";
/** Milliseconds between the end of a stream and the next; spread, so that gateways do not come
 * back all at once. */
const PAUSE_MS = 250;

/** Server-sent events (WHATWG HTML, 9.2) of a service, over as many connections as it takes. */
export async function* follow(
  request: StreamRequest,
  source: StreamSource,
): AsyncGenerator<ServiceEvent, void, undefined> {
  const { signal } = request;
  const { log, service } = source;
  let after = request.after ?? BEGINNING;
  while (!signal.aborted) {
    try {
      for await (const message of await open(request, source, after)) {
        const event = request.read(message);
        if (!event) continue;
        after = event.id;
        yield event;
      }
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: error, service }, "stream of events broke");
    }
    await sleep(PAUSE_MS * (1 + Math.random()), undefined, { signal }).catch(() => {});
  }
}

/** One connection, opened however long that takes. */
function open(
  request: StreamRequest,
  { client, base, authorization, log, service }: StreamSource,
  after: string,
): Promise<AsyncIterable<EventSourceMessage>> {
  const { method, path, headers, body } = request.open(after);
  return pRetry(
    async () => {
      const response = await client.request({
        method,
        path: `${base}${path}`,
        headers: { ...headers, accept: "text/event-stream", authorization },
        body: body ?? null,
        bodyTimeout: SILENCE_MS,
        signal: request.signal,
      });
      if (response.statusCode !== 200) throw await problemOfResponse(response, service);
      return parse(response.body);
    },
    {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 250,
      maxTimeout: 10_000,
      randomize: true,
      signal: request.signal,
      onFailedAttempt: ({ error, attemptNumber }) => {
        const level = attemptNumber === 3 ? "warn" : "debug";
        log[level]({ err: error, service, attemptNumber }, "no stream of events yet");
      },
    },
  );
}

/** The messages in a body, as they arrive. @throws ParseError when one is too long */
async function* parse(body: AsyncIterable<Uint8Array>): AsyncGenerator<EventSourceMessage> {
  let messages: EventSourceMessage[] = [];
  const parser = createParser({
    maxBufferSize: EVENT_LIMIT,
    onEvent: (message) => messages.push(message),
    onError: (error) => {
      if (error.type === "max-buffer-size-exceeded") throw error;
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* messages;
    messages = [];
  }
}
