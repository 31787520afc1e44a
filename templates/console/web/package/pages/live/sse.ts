/** Events by server-sent events (WHATWG HTML, 9.2). */

import { pause } from "./backoff.ts";
import type { FeedOptions } from "./feed.ts";

/** The channel that tells that events were missed; any stream may carry it. */
const GAP = "stream.gap";

export function openStream({ channels, onEvent, onState = () => {} }: FeedOptions): {
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
