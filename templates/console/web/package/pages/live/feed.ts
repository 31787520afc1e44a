/** Events as they happen, by whichever way the gateway offers. */

import type { Json } from "../openapi/document.ts";
import { openStream } from "./sse.ts";
import { openSocket } from "./websocket.ts";

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
