/**
 * Events as they happen, by whichever way the gateway offers.
 */

import { openStream } from "./sse.js";
import { openSocket } from "./websocket.js";

/**
 * An event as the gateway sends it.
 *
 * @typedef {object} LiveEvent
 * @property {string} id
 * @property {string} channel
 * @property {string} time RFC 3339
 * @property {import("../openapi/document.js").Json} data
 */

/** @typedef {"connecting" | "open" | "waiting"} FeedState `waiting`: for the next try to connect */

/**
 * @typedef {object} FeedOptions
 * @property {string[]} channels whose events are wanted, each by its full name
 * @property {(event: LiveEvent) => void} onEvent
 * @property {(state: FeedState) => void} [onState]
 */

/** @type {Record<string, (options: FeedOptions) => { close: () => void }>} */
const WAYS = { sse: openStream, websocket: openSocket };

/**
 * The ways in which this page can listen, the best first: a stream goes on where it was cut off.
 *
 * @param {string[]} offered by the gateway
 * @returns {string[]}
 */
export function usableWays(offered) {
  return Object.keys(WAYS).filter((way) => offered.includes(way));
}

/**
 * Listens until it is closed; a lost connection is opened again.
 *
 * @param {string} way one of `usableWays`
 * @param {FeedOptions} options
 * @returns {{ close: () => void }}
 */
export function openFeed(way, options) {
  const open = WAYS[way];
  if (open === undefined) throw new RangeError(`there is no way to listen called ${way}`);
  return open(options);
}
