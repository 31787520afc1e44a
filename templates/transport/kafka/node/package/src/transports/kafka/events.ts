import type { BaseOptions } from "@platformatic/kafka";
import type { Logger } from "pino";
import { OncePerEventInAnyOrder } from "../../events/any-order.ts";
import { readPosition } from "../../events/cursor.ts";
import type { ServiceEvent } from "../client.ts";
import { readEvent } from "../messages/events.ts";
import type { Signatures } from "../messages/signatures.ts";
import { readTopic } from "./reader.ts";

export interface EventsOptions {
  readonly client: BaseOptions;
  readonly topic: string;
  readonly signatures: Signatures;
  readonly after: string | undefined;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

const GAP = "stream.gap";
/** What Kafka's binding of CloudEvents puts before the name of an attribute. */
const PREFIX = "ce_";

/**
 * The events of a service, each reported once. The topic has one partition: its offsets are the order
 * of all events, so that one number is a place in them.
 */
export async function* followEvents({
  after,
  signatures,
  ...options
}: EventsOptions): AsyncGenerator<ServiceEvent, void, undefined> {
  const asked = after === undefined ? undefined : readPosition(after);
  const once = new OncePerEventInAnyOrder();
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
      for (const { headers, body, offset } of reading.messages) {
        if (!signatures.verify(options.topic, headers, body)) continue;
        const attribute = (name: string) => headers[`${PREFIX}${name}`];
        const [given, type, time] = [attribute("id"), attribute("type"), attribute("time")];
        const event = readEvent({ id: given, type, time }, body, id(offset + 1n));
        if (event && once.isNew(given ?? "")) yield event;
      }
    }
  }
}

/** A topic of the same name that was made anew has another id: places in the old one mean nothing. */
function epochOf(topicId: string): string {
  return topicId.replaceAll("-", "").slice(0, 12).toLowerCase();
}
