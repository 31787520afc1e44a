import type { BaseOptions } from "@platformatic/kafka";
import type { Logger } from "pino";
import { type Position, readPosition } from "../../core/cursor.ts";
import type { ServiceEvent } from "../../core/ports.ts";
import { readEvent } from "./messages.ts";
import { readTopic } from "./reader.ts";

export interface EventsOptions {
  readonly client: BaseOptions;
  readonly topic: string;
  readonly after: string | undefined;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

const GAP = "stream.gap";
/** Processes of the service whose last event is remembered. */
const SOURCES = 1000;

/**
 * The events of a service, each told once. The topic has one partition: its offsets are the order
 * of all events, so that one number is a place in them.
 */
export async function* followEvents({
  after,
  ...options
}: EventsOptions): AsyncGenerator<ServiceEvent, void, undefined> {
  const asked = after === undefined ? undefined : readPosition(after);
  const seen = new Seen();
  let epoch = "";
  // An id says what is read next, so that there is one before the first event.
  const id = (next: bigint) => `${epoch}-${next}`;
  const gap = (next: bigint) => ({
    ...{ id: id(next), name: GAP, data: {} },
    time: new Date().toISOString(),
  });
  const resume = (topicId: string) =>
    asked?.epoch === epochOf(topicId) ? BigInt(asked.sequence) : undefined;

  for await (const reading of readTopic({ ...options, from: "oldest", resume })) {
    if (reading.kind === "begin") {
      epoch = epochOf(reading.topicId);
      if (resume(reading.topicId) === undefined) yield gap(reading.from.get(0) ?? 0n);
    } else if (reading.kind === "gap") {
      yield gap(reading.from);
    } else {
      for (const { headers, value, offset } of reading.messages) {
        const event = readEvent(headers, value);
        if (event && seen.isNews(event.id)) yield { ...event, id: id(offset + 1n) };
      }
    }
  }
}

/** A topic of the same name that was made anew has another id: places in the old one mean nothing. */
function epochOf(topicId: string): string {
  return topicId.replaceAll("-", "").slice(0, 12).toLowerCase();
}

/** Knows which events have been told, by the ids that their services gave them. */
class Seen {
  readonly #last = new Map<string, Position["sequence"]>();

  /** False for an event that was sent twice: those of one process come in ascending order. */
  isNews(id: string): boolean {
    const place = readPosition(id);
    if (!place) return true;
    const { epoch, sequence } = place;
    if (sequence <= (this.#last.get(epoch) ?? -1)) return false;
    // Last in the order of the map: the process that has been silent for longest goes first.
    this.#last.delete(epoch);
    this.#last.set(epoch, sequence);
    if (this.#last.size > SOURCES) this.#last.delete(this.#last.keys().next().value ?? "");
    return true;
  }
}
