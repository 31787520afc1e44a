/** A place in one log. Sequences of one epoch ascend; another epoch is another log. A process of a
 * service has a log of its own, so that three replicas are three of them. */
export interface Position {
  readonly epoch: string;
  readonly sequence: number;
}

/** How far somebody has received the logs of a source: by epoch, the last sequence. */
export type Place = ReadonlyMap<string, number>;

/** How far somebody has received each source. */
export type Cursor = ReadonlyMap<string, Place>;

/** Reads `<epoch>-<sequence>`, as services give their events; `undefined` when it is none. */
export function readPosition(text: string): Position | undefined {
  const found = /^([0-9a-z]{1,32})-(\d{1,15})$/.exec(text);
  return found?.[1] && found[2] ? { epoch: found[1], sequence: Number(found[2]) } : undefined;
}

/** One text for a place in all sources: `trends:18f2-7.18f9-3,vision:18f0-12`. */
export function writeCursor(cursor: Cursor): string {
  const received = [...cursor].filter(([, place]) => place.size > 0);
  const places = received.map(([source, place]) => {
    const positions = [...place].map(([epoch, sequence]) => `${epoch}-${sequence}`);
    return `${source}:${positions.join(".")}`;
  });
  return places.join(",");
}

function readPlace(text: string): Place | undefined {
  const place = new Map<string, number>();
  for (const part of text.split(".")) {
    const position = readPosition(part);
    if (!position) return undefined;
    place.set(position.epoch, position.sequence);
  }
  return place;
}

/** Reads what `writeCursor` wrote; `undefined` when it is anything else. */
export function readCursor(text: string): Cursor | undefined {
  const cursor = new Map<string, Place>();
  for (const part of text.split(",")) {
    const colon = part.indexOf(":");
    const place = readPlace(part.slice(colon + 1));
    const source = part.slice(0, colon);
    // It is written again in the ids of events.
    if (colon < 1 || !place || !/^[\w-]+$/.test(source)) return undefined;
    cursor.set(source, place);
  }
  return cursor;
}

/**
 * `received`, with what lies beyond it in `own`: in logs that `received` names, and in sources of which it
 * knows nothing.
 */
export function furthest(received: Cursor, own: Cursor): Cursor {
  const cursor = new Map(own);
  for (const [source, place] of received) {
    const mine = own.get(source);
    if (place.size === 0 && mine) continue;
    const places = [...place].map(([epoch, last]): [string, number] => {
      return [epoch, Math.max(last, mine?.get(epoch) ?? 0)];
    });
    cursor.set(source, new Map(places));
  }
  return cursor;
}

/** Whether nothing in `own` lies beyond `received`, as `furthest` sees it. */
export function isWithin(own: Cursor, received: Cursor): boolean {
  return [...own].every(([source, mine]) => {
    const place = received.get(source);
    if (!place || place.size === 0) return mine.size === 0;
    return [...mine].every(([epoch, sequence]) => covers(place, { epoch, sequence }));
  });
}

/** Whether somebody who is at `place` has received what stands at `position`. */
export function covers(place: Place, { epoch, sequence }: Position): boolean {
  const last = place.get(epoch);
  return last !== undefined && sequence <= last;
}

/** Logs of one service that are kept apart. */
export const LOGS = 1000;

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
