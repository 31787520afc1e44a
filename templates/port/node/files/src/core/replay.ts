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

interface Entry<T> {
  /** Which one of all sources' events this is. */
  readonly order: number;
  readonly position: Position;
  readonly value: T;
}

interface Source<T> {
  /** The last position that is not kept any more, or before which nothing was heard. */
  floor: Position | undefined;
  readonly entries: Entry<T>[];
}

/** The last events of each source: one that tells a lot does not push out what others told. */
export class ReplayBuffer<T> {
  readonly #limit: number;
  readonly #sources = new Map<string, Source<T>>();
  #count = 0;

  /** @param limit Events of one source that are kept */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Tells where the events of a source begin: what comes behind `position` is heard. */
  begin(source: string, position: Position): void {
    this.#source(source).floor = position;
  }

  /** Whether it is known where the events of a source begin. */
  has(source: string): boolean {
    return this.#sources.get(source)?.floor !== undefined;
  }

  add({ source: name, position, value }: Kept<T>): void {
    const source = this.#source(name);
    source.entries.push({ order: this.#count, position, value });
    this.#count += 1;
    if (source.entries.length > this.#limit) source.floor = source.entries.shift()?.position;
  }

  /** What came behind `cursor`, in the order in which it came. Of a source that it does not name,
   * all that is kept. */
  after(cursor: Cursor): Missed<T> {
    const gaps: string[] = [];
    const missed: Entry<T>[] = [];
    for (const [name, { floor, entries }] of this.#sources) {
      const last = cursor.get(name);
      const heard = last ? entries.findLastIndex(({ position }) => isUpTo(position, last)) : -1;
      // None of what is kept had been heard: is what lies between it and the cursor gone? A source
      // that has not begun yet is judged when it begins.
      if (heard < 0 && last && floor && !isUpTo(floor, last)) gaps.push(name);
      missed.push(...entries.slice(heard + 1));
    }
    missed.sort((first, second) => first.order - second.order);
    return { gaps, values: missed.map(({ value }) => value) };
  }

  /** The places of `cursor`, moved to where the kept events begin. */
  floors(cursor: Cursor): Cursor {
    return new Map(
      [...cursor].map(([name, last]) => [name, this.#sources.get(name)?.floor ?? last]),
    );
  }

  #source(name: string): Source<T> {
    let source = this.#sources.get(name);
    if (!source) {
      source = { floor: undefined, entries: [] };
      this.#sources.set(name, source);
    }
    return source;
  }
}
