/** The list of events on the page. */

import { element } from "../dom.ts";
import { isRecord } from "../form/model.ts";
import type { Json } from "../openapi/document.ts";
import type { LiveEvent } from "./feed.ts";

/** Events that stay on the page. */
export const KEPT = 50;
/** Least time between two announcements to assistive technology, in milliseconds. */
const QUIET = 8000;

/**
 * @param list where events appear, the newest first; not a live region
 * @param announcer a live region, told of new events together and not often
 */
export function createLog(
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

/** Gathers what happens and tells it at most once in a while. */
function createAnnouncer(announcer: HTMLElement): (channel: string) => void {
  let channels: string[] = [];
  let timer: number | undefined;
  const tell = () => {
    timer = undefined;
    if (channels.length === 0) return;
    const kinds = [...new Set(channels)].join(", ");
    announcer.textContent =
      channels.length === 1 ? `New event: ${kinds}` : `${channels.length} new events: ${kinds}`;
    channels = [];
    timer = window.setTimeout(tell, QUIET);
  };
  return (channel) => {
    channels.push(channel);
    if (timer === undefined) tell();
  };
}
