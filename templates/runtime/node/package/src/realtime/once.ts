import type { ChannelEvent } from "../events/hub.ts";

/** Makes of an event what goes to its clients, once for all of them; it is forgotten with the event. */
export function oncePerEvent<T>(make: (event: ChannelEvent) => T): (event: ChannelEvent) => T {
  const made = new WeakMap<ChannelEvent, T>();
  return (event) => {
    const known = made.get(event);
    if (known !== undefined) return known;
    const fresh = make(event);
    made.set(event, fresh);
    return fresh;
  };
}
