import { OncePerEventInAnyOrder } from "../../events/any-order.ts";
import { type Position, readPosition } from "../../events/cursor.ts";
import type { ServiceEvent } from "../client.ts";
import { readEvent } from "../messages/events.ts";
import type { Signatures } from "../messages/signatures.ts";
import { type FollowOptions, follow } from "./streams.ts";
import { attribute, bodyOf, headersOf } from "./wire.ts";

const GAP = "stream.gap";

/**
 * The events of a service, each once: from the oldest that its stream has, or behind `after`.
 *
 * Their ids are those of the service's own log, `<process>-<sequence>`: unlike offsets they mean the
 * same after a stream was made anew.
 */
export async function* followEvents(
  { signatures, ...options }: FollowOptions & { readonly signatures: Signatures },
  after: string | undefined,
): AsyncGenerator<ServiceEvent, void> {
  const once = new OncePerEventInAnyOrder();
  const last = after === undefined ? undefined : readPosition(after);
  let begun = false;
  for await (const { message, behindGap } of follow(options)) {
    if (!signatures.verify(options.queue, headersOf(message), bodyOf(message))) continue;
    const id = attribute(message, "id");
    const position = id === undefined ? undefined : readPosition(id);
    if (id === undefined || !position || !once.isNew(id)) continue;
    const read = { id, type: attribute(message, "type"), time: attribute(message, "time") };
    const event = readEvent(read, bodyOf(message), id);
    if (!event) continue;
    const before = { epoch: position.epoch, sequence: Math.max(0, position.sequence - 1) };
    if (behindGap || (!begun && !(last && isUpTo(before, last)))) {
      const { epoch, sequence } = before;
      yield { id: `${epoch}-${sequence}`, name: GAP, time: event.time, data: {} };
    }
    begun = true;
    if (!last || !isUpTo(position, last)) yield event;
  }
}

/** Whether `first` is `second` or comes before it, in the same epoch. */
function isUpTo(first: Position, second: Position): boolean {
  return first.epoch === second.epoch && first.sequence <= second.sequence;
}
