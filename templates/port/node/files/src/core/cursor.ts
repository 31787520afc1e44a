/** A place in the events of one source. Sequences of one epoch ascend; another epoch is another
 * process, or another log. */
export interface Position {
  readonly epoch: string;
  readonly sequence: number;
}

/** How far somebody has heard each source. */
export type Cursor = ReadonlyMap<string, Position>;

/** Reads `<epoch>-<sequence>`, as services give their events; `undefined` when it is none. */
export function readPosition(text: string): Position | undefined {
  const found = /^([0-9a-z]{1,32})-(\d{1,15})$/.exec(text);
  return found?.[1] && found[2] ? { epoch: found[1], sequence: Number(found[2]) } : undefined;
}

/** One text for a place in all sources: `trends:18f2-7,vision:18f0-12`. */
export function writeCursor(cursor: Cursor): string {
  const places = [...cursor].map(([source, { epoch, sequence }]) => {
    return `${source}:${epoch}-${sequence}`;
  });
  return places.join(",");
}

/** Reads what `writeCursor` wrote; `undefined` when it is anything else. */
export function readCursor(text: string): Cursor | undefined {
  const cursor = new Map<string, Position>();
  for (const place of text.split(",")) {
    const colon = place.indexOf(":");
    const position = readPosition(place.slice(colon + 1));
    if (colon < 1 || !position) return undefined;
    cursor.set(place.slice(0, colon), position);
  }
  return cursor;
}

/** Whether `first` is `second` or comes before it, in the same epoch. */
export function isUpTo(first: Position, second: Position): boolean {
  return first.epoch === second.epoch && first.sequence <= second.sequence;
}
