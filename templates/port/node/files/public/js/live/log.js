/**
 * The list of events on the page.
 *
 * @import { LiveEvent } from "./feed.js"
 */
import { element } from "../dom.js";
import { isRecord } from "../form/model.js";

/** Events that stay on the page. */
export const KEPT = 50;
/** Least time between two announcements to assistive technology, in milliseconds. */
const QUIET = 8000;

/**
 * @param {HTMLElement} list where events appear, the newest first; not a live region
 * @param {HTMLElement} announcer a live region, told of new events together and not often
 * @returns {{ add: (event: LiveEvent) => void, clear: () => void }}
 */
export function createLog(list, announcer) {
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

/** @param {LiveEvent} event @returns {HTMLElement} */
function entryOf(event) {
  const time = new Date(event.time);
  return element(
    "li",
    { "data-channel": event.channel },
    element("span", { class: "channel" }, event.channel),
    element("time", { datetime: event.time }, time.toLocaleTimeString()),
    element("span", { class: "facts" }, ...facts(event.data)),
  );
}

/**
 * @param {import("../openapi/document.js").Json} data
 * @returns {(Node | string)[]}
 */
function facts(data) {
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

/**
 * Gathers what happens and tells it at most once in a while.
 *
 * @param {HTMLElement} announcer
 * @returns {(channel: string) => void}
 */
function createAnnouncer(announcer) {
  /** @type {string[]} */
  let channels = [];
  /** @type {number | undefined} */
  let timer;
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
