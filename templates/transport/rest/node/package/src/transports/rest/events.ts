import type { EventSourceMessage } from "eventsource-parser";
import type { Json } from "../../contract.ts";
import type { ServiceEvent } from "../client.ts";

/** What does not look like an event of ours is passed over: a newer service may send more. */
export function readEvent({ id, event, data }: EventSourceMessage): ServiceEvent | undefined {
  if (!id || !event) return undefined;
  let told: { time?: unknown; data?: Json };
  try {
    told = JSON.parse(data);
  } catch {
    return undefined;
  }
  const time = typeof told.time === "string" ? told.time : new Date().toISOString();
  return { id, name: event, time, data: told.data ?? null };
}
