/** The page's panel of live events. */

import { byId } from "../dom.ts";
import { type FeedState, type LiveEvent, openFeed } from "./feed.ts";
import { createLog, KEPT } from "./log.ts";

const STATES: Record<FeedState, string> = {
  connecting: "Connecting",
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
        : "No service of this system tells events.";
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
