/**
 * The page's panel of live events.
 *
 * @import { EventType } from "../openapi/document.js"
 * @import { FeedState, LiveEvent } from "./feed.js"
 */
import { byId } from "../dom.js";
import { openFeed } from "./feed.js";
import { createLog, KEPT } from "./log.js";

/** @type {Record<FeedState, string>} */
const STATES = {
  connecting: "Connecting",
  open: "Live",
  waiting: "Connection lost, trying again",
};

/**
 * Shows the events of all services from now on.
 *
 * @param {string | undefined} way how the gateway lets this page listen
 * @param {EventType[]} events what there can be
 */
export function showLiveEvents(way, events) {
  const state = byId("live-state");
  const empty = byId("live-empty");
  if (way === undefined || events.length === 0) {
    state.textContent = "Off";
    empty.textContent =
      way === undefined
        ? "This gateway offers no live events."
        : "No service of this system tells events.";
    return;
  }
  const log = createLog(byId("live-log"), byId("live-announcer"));
  const pause = byId("live-pause");
  const clear = byId("live-clear");
  /** What came during a pause. @type {LiveEvent[] | undefined} */
  let held;
  /** @param {LiveEvent} event */
  const show = (event) => {
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
  const channels = events.map((event) => event.channel);
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
