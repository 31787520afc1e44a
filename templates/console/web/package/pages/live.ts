/** The page's panel of live events. */

import { createEventSource } from "eventsource-client";
import { byId, element } from "./dom.ts";
import { isRecord } from "./form/model.ts";
import { authorization, type Json, ticketQuery } from "./openapi.ts";

/** Events that stay on the page. */
const KEPT = 50;
/** Least time between two announcements to assistive technology, in milliseconds. */
const QUIET = 8000;

const STATES: Record<FeedState, string> = {
  open: "Live",
  waiting: "Connection lost, trying again",
};

/**
 * Shows the events of all services from now on.
 *
 * @param way how the gateway lets this page listen
 * @param channels what there can be
 */
export function showLiveEvents(way: string | undefined, channels: string[]) {
  const state = byId("live-state");
  const empty = byId("live-empty");
  if (way === undefined || channels.length === 0) {
    state.textContent = "Off";
    empty.textContent =
      way === undefined
        ? "This gateway offers no live events."
        : "No service of this system has events.";
    return;
  }
  const log = createLog(byId("live-log"), byId("live-announcer"));
  const pause = byId("live-pause");
  const clear = byId("live-clear");
  /** What came during a pause. */
  let held: LiveEvent[] | undefined;
  const show = (event: LiveEvent) => {
    empty.hidden = true;
    log.add(event);
  };
  pause.addEventListener("click", () => {
    const missed = held ?? [];
    held = held === undefined ? [] : undefined;
    pause.setAttribute("aria-pressed", String(held !== undefined));
    missed.forEach(show);
  });
  clear.addEventListener("click", () => {
    log.clear();
    empty.hidden = false;
  });
  pause.hidden = false;
  clear.hidden = false;
  empty.textContent = `Nothing yet. Listening for ${channels.join(", ")}.`;
  openFeed(way, {
    channels,
    onState: (now) => {
      state.textContent = STATES[now];
      state.dataset.state = now;
    },
    onEvent: (event) => {
      if (held === undefined) show(event);
      else held = [...held, event].slice(-KEPT);
    },
  });
}

/**
 * @param list where events appear, the newest first; not a live region
 * @param announcer a live region, which reports new events together and not often
 */
function createLog(
  list: HTMLElement,
  announcer: HTMLElement,
): { add: (event: LiveEvent) => void; clear: () => void } {
  const announce = createAnnouncer(announcer);
  return {
    add: (event) => {
      list.prepend(entryOf(event));
      while (list.childElementCount > KEPT) list.lastElementChild?.remove();
      announce(event.channel);
    },
    clear: () => list.replaceChildren(),
  };
}

function entryOf(event: LiveEvent): HTMLElement {
  const time = new Date(event.time);
  return element(
    "li",
    { "data-channel": event.channel },
    element("span", { class: "channel" }, event.channel),
    element("time", { datetime: event.time }, time.toLocaleTimeString()),
    element("span", { class: "facts" }, ...facts(event.data)),
  );
}

function facts(data: Json): (Node | string)[] {
  if (!isRecord(data)) return [JSON.stringify(data)];
  return Object.entries(data).map(([name, value]) =>
    element(
      "span",
      { class: "fact" },
      element("span", { class: "key" }, name.replaceAll("_", " ")),
      " ",
      typeof value === "string" ? value : JSON.stringify(value),
    ),
  );
}

/** Collects events and announces them at most once in a while. */
function createAnnouncer(announcer: HTMLElement): (channel: string) => void {
  let channels: string[] = [];
  let timer: number | undefined;
  const announce = () => {
    timer = undefined;
    if (channels.length === 0) return;
    const kinds = [...new Set(channels)].join(", ");
    announcer.textContent =
      channels.length === 1 ? `New event: ${kinds}` : `${channels.length} new events: ${kinds}`;
    channels = [];
    timer = window.setTimeout(announce, QUIET);
  };
  return (channel) => {
    channels.push(channel);
    if (timer === undefined) announce();
  };
}

/** An event as the gateway sends it. */
export interface LiveEvent {
  channel: string;
  /** RFC 3339 */
  time: string;
  data: Json;
}

/** `waiting`: for the next try to connect, since the connection was lost */
type FeedState = "open" | "waiting";

interface FeedOptions {
  /** Whose events are wanted, each by its full name */
  channels: string[];
  onEvent: (event: LiveEvent) => void;
  onState: (state: FeedState) => void;
}

interface Feed {
  close: () => void;
}

const WAYS: Record<string, (options: FeedOptions) => Feed> = {
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
export function openFeed(way: string, options: FeedOptions): Feed {
  const open = WAYS[way];
  if (open === undefined) throw new RangeError(`there is no way to listen called ${way}`);
  return open(options);
}

/** By server-sent events (WHATWG HTML, 9.2). A stream that was refused is asked for again, too. */
function openStream({ channels, onEvent, onState }: FeedOptions): Feed {
  const query = new URLSearchParams(channels.map((channel) => ["channel", channel]));
  return createEventSource({
    url: new URL(`/api/events?${query}`, window.location.href),
    fetch: async (url, init) => {
      const headers = { ...init?.headers, ...authorization() };
      const response = await fetch(url, { ...init, headers });
      if (!response.ok) throw new Error(`/api/events answered with ${response.status}`);
      return response;
    },
    onConnect: () => onState("open"),
    onScheduleReconnect: () => onState("waiting"),
    onMessage: ({ event = "", data }) => onEvent({ channel: event, ...JSON.parse(data) }),
  });
}

/** Milliseconds before the next try to connect; spread, so that clients do not come back together. */
const pause = () => 1000 + 4000 * Math.random();

/** By WebSocket (RFC 6455). */
function openSocket({ channels, onEvent, onState }: FeedOptions): Feed {
  let isClosed = false;
  let socket: WebSocket | undefined;
  const connect = async () => {
    const query = await ticketQuery();
    if (isClosed) return;
    const opened = new WebSocket(new URL(`/api/ws${query}`, window.location.href));
    socket = opened;
    opened.addEventListener("open", () => {
      for (const channel of channels) opened.send(JSON.stringify({ type: "subscribe", channel }));
      onState("open");
    });
    opened.addEventListener("message", ({ data }) => {
      const { type, ...event } = JSON.parse(data);
      if (type === "event") onEvent(event);
    });
    opened.addEventListener("close", () => {
      if (isClosed) return;
      onState("waiting");
      window.setTimeout(connect, pause());
    });
  };
  void connect();
  return {
    close: () => {
      isClosed = true;
      socket?.close(1000);
    },
  };
}
