import { type Cursor, isUpTo, type Position } from "./cursor.ts";

/** An event that is kept, with where it came from. */
export interface Kept<T> {
  readonly source: string;
  readonly position: Position;
  readonly value: T;
}

/** What somebody missed who comes back. */
export interface Missed<T> {
  /** Sources of which not all that was missed is kept. */
  readonly gaps: readonly string[];
  readonly values: readonly T[];
}

/** The last events of all sources, in the order in which they came. */
export class ReplayBuffer<T> {
  readonly #limit: number;
  readonly #kept: Kept<T>[] = [];
  /** By source: the last position that is not kept any more, or before which nothing was heard. */
  readonly #floors = new Map<string, Position>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Tells where the events of a source begin: what comes behind `position` is heard. */
  begin(source: string, position: Position): void {
    this.#floors.set(source, position);
  }

  /** Whether it is known where the events of a source begin. */
  has(source: string): boolean {
    return this.#floors.has(source);
  }

  add(kept: Kept<T>): void {
    this.#kept.push(kept);
    if (this.#kept.length <= this.#limit) return;
    const dropped = this.#kept.shift();
    if (dropped) this.#floors.set(dropped.source, dropped.position);
  }

  /** What came behind `cursor`. Of a source that it does not name, all that is kept. */
  after(cursor: Cursor): Missed<T> {
    const heard = new Map<string, number>();
    for (const [index, { source, position }] of this.#kept.entries()) {
      const last = cursor.get(source);
      if (last && isUpTo(position, last)) heard.set(source, index);
    }
    const gaps = [...cursor.keys()].filter((source) => {
      return !heard.has(source) && this.#hasGap(source, cursor);
    });
    const values = this.#kept.filter(({ source }, index) => index > (heard.get(source) ?? -1));
    return { gaps, values: values.map(({ value }) => value) };
  }

  /** The places of `cursor`, moved to where the kept events begin. */
  floors(cursor: Cursor): Cursor {
    return new Map([...cursor].map(([source, last]) => [source, this.#floors.get(source) ?? last]));
  }

  /** None of a source's kept events had been heard: is what lies between them and the cursor gone? */
  #hasGap(source: string, cursor: Cursor): boolean {
    const [floor, last] = [this.#floors.get(source), cursor.get(source)];
    // A source that has not begun yet is judged when it begins.
    return floor !== undefined && last !== undefined && !isUpTo(floor, last);
  }
}
