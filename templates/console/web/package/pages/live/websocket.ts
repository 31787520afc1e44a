/** Events by WebSocket (RFC 6455). */

import { pause } from "./backoff.ts";
import type { FeedOptions } from "./feed.ts";

export function openSocket({ channels, onEvent, onState = () => {} }: FeedOptions): {
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
