/** Events as they happen, by whichever way the gateway offers. */

import type { Json } from "../openapi.ts";

/** An event as the gateway sends it. */
export interface LiveEvent {
  id: string;
  channel: string;
  /** RFC 3339 */
  time: string;
  data: Json;
}

/** `waiting`: for the next try to connect */
export type FeedState = "connecting" | "open" | "waiting";

export interface FeedOptions {
  /** Whose events are wanted, each by its full name */
  channels: string[];
  onEvent: (event: LiveEvent) => void;
  onState?: (state: FeedState) => void;
}

const WAYS: Record<string, (options: FeedOptions) => { close: () => void }> = {
  sse: openStream,
  websocket: openSocket,
};

/**
 * The ways in which this page can listen, the best first: a stream goes on where it was cut off.
 *
 * @param offered by the gateway
 */
export function usableWays(offered: string[]): string[] {
  return Object.keys(WAYS).filter((way) => offered.includes(way));
}

/**
 * Listens until it is closed; a lost connection is opened again.
 *
 * @param way one of `usableWays`
 */
export function openFeed(way: string, options: FeedOptions): { close: () => void } {
  const open = WAYS[way];
  if (open === undefined) throw new RangeError(`there is no way to listen called ${way}`);
  return open(options);
}

/** The channel that says that events were missed; any stream may have it. */
const GAP = "stream.gap";

/** By server-sent events (WHATWG HTML, 9.2). */
function openStream({ channels, onEvent, onState = () => {} }: FeedOptions): {
  close: () => void;
} {
  let source: EventSource | undefined;
  let timer: number | undefined;
  let failures = 0;
  let last = "";

  const receive = (event: Event) => {
    if (!(event instanceof MessageEvent)) return;
    last = event.lastEventId;
    const { time, data } = JSON.parse(event.data);
    onEvent({ id: event.lastEventId, channel: event.type, time, data });
  };
  const connect = () => {
    onState("connecting");
    const query = new URLSearchParams(channels.map((channel) => ["channel", channel]));
    if (last !== "") query.set("lastEventId", last);
    const opened = new EventSource(`/api/events?${query}`);
    source = opened;
    opened.addEventListener("open", () => {
      failures = 0;
      onState("open");
    });
    opened.addEventListener("error", () => {
      onState("waiting");
      // The browser tries again by itself unless the gateway refused the stream.
      if (opened.readyState !== EventSource.CLOSED) return;
      failures += 1;
      timer = window.setTimeout(connect, pause(failures));
    });
    for (const channel of [...channels, GAP]) opened.addEventListener(channel, receive);
  };
  connect();

  return {
    close: () => {
      window.clearTimeout(timer);
      source?.close();
    },
  };
}

/** By WebSocket (RFC 6455). */
function openSocket({ channels, onEvent, onState = () => {} }: FeedOptions): {
  close: () => void;
} {
  let socket: WebSocket | undefined;
  let timer: number | undefined;
  let failures = 0;
  let closed = false;

  const connect = () => {
    onState("connecting");
    const opened = new WebSocket(new URL("/api/ws", window.location.href));
    socket = opened;
    opened.addEventListener("open", () => {
      failures = 0;
      for (const channel of channels) {
        opened.send(JSON.stringify({ type: "subscribe", channel }));
      }
      onState("open");
    });
    opened.addEventListener("message", ({ data }) => {
      const { type, ...event } = JSON.parse(data);
      if (type === "event") onEvent(event);
    });
    opened.addEventListener("close", () => {
      if (closed) return;
      onState("waiting");
      failures += 1;
      timer = window.setTimeout(connect, pause(failures));
    });
  };
  connect();

  return {
    close: () => {
      closed = true;
      window.clearTimeout(timer);
      socket?.close(1000);
    },
  };
}

/** Milliseconds before the first try, and at most. */
const FIRST = 500;
const LONGEST = 15_000;

/**
 * How long to wait before the next try to connect: twice as long each time, and never the same for
 * all clients, so that they do not come back together.
 *
 * @param failures in a row, from 1
 * @returns milliseconds
 */
function pause(failures: number): number {
  const longest = Math.min(LONGEST, FIRST * 2 ** (failures - 1));
  return longest * (0.5 + Math.random() / 2);
}
