import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { clientOf, onExpiry } from "../auth/caller.ts";
import type { Caller } from "../auth/interface.ts";
import { stopping } from "../calls/problem.ts";
import {
  type ChannelEvent,
  oncePerEvent,
  type SubscribeOptions,
  type Subscription,
} from "../events/hub.ts";
import type { OpenRealtime } from "./interface.ts";
import { Places } from "./places.ts";

/** Milliseconds that clients wait before they come back, spread so that they do not come at once. */
const RETRY_MS = { least: 1000, most: 3000 };
/** Milliseconds that an ended stream has to reach its client before its socket is cut. */
const END_MS = 1000;
const RETRY_AFTER_S = 5;
/** The last event of a stream that ends with the token of its client. */
const END = "stream.end";

const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  // `no-transform`: a proxy that compresses holds back what is short.
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
};

/**
 * `GET /api/events`: the events of the channels asked for as server-sent events (WHATWG HTML, 9.2).
 *
 * An event has its `id`, its channel as `event`, and `{"time", "data"}` as `data`. `Last-Event-ID`,
 * or the query parameter `lastEventId` of clients that cannot set it, goes on behind that event.
 */
export const realtime: OpenRealtime = (context) => {
  const places = new Places(context.config.realtime);
  const streams = new Set<Stream>();

  const follow = async (
    request: IncomingMessage,
    response: ServerResponse,
    caller: Caller | undefined,
  ): Promise<void> => {
    const subscription = context.hub.subscribe({ ...wanted(request), caller });
    const stream: Stream = { response, subscription, isExpired: false };
    streams.add(stream);
    const stay = onExpiry(caller, () => {
      stream.isExpired = true;
      subscription.close();
    });
    try {
      await run(stream, request, context.config.realtime.heartbeatMs);
    } finally {
      stay();
      stream.subscription.close();
      streams.delete(stream);
    }
  };

  return {
    routes: [
      {
        method: "GET",
        path: "/api/events",
        handle: async (request, response, address) => {
          const caller = await context.authenticate(request);
          if (context.shutdown.aborted) throw stopping(RETRY_AFTER_S);
          const leave = places.take(clientOf(caller, address));
          try {
            await follow(request, response, caller);
          } finally {
            leave();
          }
        },
      },
    ],
    close: async () => {
      await Promise.all([...streams].map(end));
    },
  };
};

/** One client. */
interface Stream {
  readonly response: ServerResponse;
  readonly subscription: Subscription;
  /** Who its client was is not known any more. */
  isExpired: boolean;
}

/** What the request asks for. */
function wanted({ url = "/", headers }: IncomingMessage): SubscribeOptions {
  const { searchParams } = new URL(url, "http://localhost");
  const channels = searchParams.getAll("channel");
  // Node joins a header that came twice: always a text.
  const after = headers["last-event-id"]?.toString() || searchParams.get("lastEventId");
  return { ...(channels.length > 0 && { channels }), ...(after && { after }) };
}

/** Sends events until the client leaves, lags, or the subscription is closed. */
async function run(stream: Stream, request: IncomingMessage, heartbeatMs: number): Promise<void> {
  const { response, subscription } = stream;
  // The client may have left while it was authenticated.
  if (response.destroyed) return;
  response.once("close", () => subscription.close());
  subscription.lagging.addEventListener("abort", () => response.destroy(), { once: true });
  // The server's time limits are for requests; this one stays open on purpose.
  request.socket.setTimeout(0);
  response.writeHead(200, HEADERS);
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  response.write(`retry: ${retryMs()}\n\n`);
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(":\n\n");
  }, heartbeatMs);
  try {
    // Takes the next event when the socket has room: until then it waits in the bounded queue.
    await pipeline(frames(stream), response);
  } catch (error) {
    if (!response.destroyed) throw error;
  } finally {
    clearInterval(heartbeat);
  }
}

async function* frames(stream: Stream): AsyncGenerator<string> {
  for await (const event of stream.subscription) yield frameOf(event);
  // Without an id: a client that comes back as somebody goes on behind the last event.
  if (stream.isExpired) {
    const time = new Date().toISOString();
    yield frame({ channel: END, time, data: { reason: "unauthenticated" } });
  }
}

/** The same text goes to every client. */
const frameOf = oncePerEvent((event) => `id: ${event.id}\n${frame(event)}`);

function frame({ channel, time, data }: Omit<ChannelEvent, "id">): string {
  return `event: ${channel}\ndata: ${JSON.stringify({ time, data })}\n\n`;
}

/** Ends a stream; resolves when its client has all of it, or has been cut off. */
async function end({ response, subscription }: Stream): Promise<void> {
  if (response.closed) return;
  const closed = new Promise((resolve) => response.once("close", resolve));
  const timer = setTimeout(() => response.destroy(), END_MS);
  subscription.close();
  await closed;
  clearTimeout(timer);
}

function retryMs(): number {
  return Math.round(RETRY_MS.least + Math.random() * (RETRY_MS.most - RETRY_MS.least));
}
