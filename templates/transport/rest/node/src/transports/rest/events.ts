import { setTimeout as sleep } from "node:timers/promises";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import pRetry from "p-retry";
import type { Logger } from "pino";
import type { Dispatcher } from "undici";
import type { Json, ServiceEvent } from "../../core/ports.ts";
import { problemOfResponse } from "./problems.ts";

export interface FollowOptions {
  readonly client: Dispatcher;
  readonly path: string;
  readonly authorization: string;
  readonly after: string | undefined;
  readonly signal: AbortSignal;
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
  options: FollowOptions,
): AsyncGenerator<ServiceEvent, void, undefined> {
  const { signal, log, service } = options;
  let after = options.after ?? BEGINNING;
  while (!signal.aborted) {
    try {
      for await (const message of await open(options, after)) {
        const event = read(message);
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
  { client, path, authorization, signal, log, service }: FollowOptions,
  after: string,
): Promise<AsyncIterable<EventSourceMessage>> {
  return pRetry(
    async () => {
      const response = await client.request({
        method: "GET",
        path,
        headers: { accept: "text/event-stream", authorization, "last-event-id": after },
        bodyTimeout: SILENCE_MS,
        signal,
      });
      if (response.statusCode !== 200) throw await problemOfResponse(response, service);
      return parse(response.body);
    },
    {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 250,
      maxTimeout: 10_000,
      randomize: true,
      signal,
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

/** What does not look like an event of ours is passed over: a newer service may send more. */
function read({ id, event, data }: EventSourceMessage): ServiceEvent | undefined {
  if (!id || !event) return undefined;
  let told: { time?: unknown; data?: Json };
  try {
    told = JSON.parse(data);
  } catch {
    return undefined;
  }
  const time = typeof told.time === "string" ? told.time : new Date().toISOString();
  return { id, name: event, time, data: told.data ?? null };
}
