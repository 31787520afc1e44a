import { LOGS, readPosition } from "./cursor.ts";

/** Of one log, events that have not come though later ones have. */
const MISSING = 1000;

/**
 * Lets each event through once that comes over a broker: what a service could not send is sent again,
 * perhaps behind later ones that were on their way.
 */
export class OncePerEventInAnyOrder {
  readonly #logs = new Map<string, { last: number; readonly missing: Set<number> }>();

  /** Whether the event with this id is new. An id that is none counts as new. */
  isNew(id: string): boolean {
    const position = readPosition(id);
    if (!position) return true;
    const { epoch, sequence } = position;
    const log = this.#logs.get(epoch) ?? { last: sequence - 1, missing: new Set() };
    if (sequence <= log.last) return log.missing.delete(sequence);
    const first = Math.max(log.last + 1, sequence - MISSING);
    for (let missing = first; missing < sequence; missing += 1) log.missing.add(missing);
    for (const oldest of log.missing) {
      if (log.missing.size <= MISSING) break;
      log.missing.delete(oldest);
    }
    log.last = sequence;
    this.#logs.delete(epoch);
    this.#logs.set(epoch, log);
    const [oldest] = this.#logs.keys();
    if (this.#logs.size > LOGS && oldest !== undefined) this.#logs.delete(oldest);
    return true;
  }
}
