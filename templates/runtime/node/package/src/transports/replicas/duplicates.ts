import { readPosition } from "../../events/cursor.ts";

/** Logs of one service that are kept apart. */
const LOGS = 1000;

/**
 * Lets each event through once, though it arrives again: because a confirmation was lost, or by two
 * ways. Ids of one log ascend, so the last one of each is all that is kept.
 */
export class OncePerEvent {
  readonly #last = new Map<string, number>();

  /** Whether something of this log has been let through. */
  knows(epoch: string): boolean {
    return this.#last.has(epoch);
  }

  /** Whether the event with this id is new. An id that is none counts as new. */
  isNew(id: string): boolean {
    const position = readPosition(id);
    if (!position) return true;
    const last = this.#last.get(position.epoch);
    if (last !== undefined && position.sequence <= last) return false;
    this.#last.delete(position.epoch);
    this.#last.set(position.epoch, position.sequence);
    const [oldest] = this.#last.keys();
    if (this.#last.size > LOGS && oldest !== undefined) this.#last.delete(oldest);
    return true;
  }
}
