import type { Cursor, Place, Position } from "./cursor.ts";
import { type Entry, Source } from "./source.ts";

/** An event that is kept, with where it came from. */
export interface Kept<T> extends Entry<T> {
  readonly source: string;
}

/** What somebody missed who comes back. */
export interface Missed<T> {
  /** Sources of which not all that was missed is kept. */
  readonly gaps: readonly string[];
  readonly events: readonly Kept<T>[];
}

/** The last events of each source: one that reports a lot does not push out what others reported. */
export class ReplayBuffer<T> {
  readonly #limit: number;
  readonly #sources = new Map<string, Source<T>>();
  #count = 0;

  /** @param limit Events of one source that are kept */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How far every source has been received. */
  get received(): Cursor {
    return new Map([...this.#sources].map(([name, source]) => [name, source.received]));
  }

  /** Notes that a source is received from here on: its open logs, and what comes behind `position`. */
  begin(name: string, position: Position): void {
    const source = this.#source(name);
    source.meet(position, this.#count);
    source.hasBegun = true;
  }

  /** Notes that a log of a source is received behind `position`, for as long as it goes on. */
  open(name: string, position: Position): void {
    this.#source(name).meet(position, this.#count, "open");
  }

  /** Notes that nothing more comes of a log. */
  end(name: string, epoch: string): void {
    this.#source(name).end(epoch);
  }

  /** Whether it is known where the events of a source begin. */
  has(name: string): boolean {
    return this.#sources.get(name)?.hasBegun ?? false;
  }

  add(source: string, position: Position, value: T): void {
    this.#source(source).add({ order: this.#count, position, value });
    this.#count += 1;
  }

  /** What came behind `cursor`, in the order in which it came. Of a source that it does not name,
   * all that is kept. */
  after(cursor: Cursor): Missed<T> {
    const gaps = [...cursor].filter(([name, place]) => this.misses(name, place));
    const events = [...this.#sources].flatMap(([name, source]) =>
      source.behind(cursor.get(name)).map((entry) => ({ ...entry, source: name })),
    );
    events.sort((first, second) => first.order - second.order);
    return { gaps: gaps.map(([name]) => name), events };
  }

  /** Whether some of what a source reported behind `place` is not kept. */
  misses(name: string, place: Place): boolean {
    return this.#sources.get(name)?.misses(place) ?? false;
  }

  /** The places of `cursor`, moved to where the kept events begin. */
  floors(cursor: Cursor): Map<string, Place> {
    return new Map([...cursor].map(([name, place]) => [name, this.floorsIn(name, place)]));
  }

  /** The same, of one source. */
  floorsIn(name: string, place: Place): Place {
    return this.#sources.get(name)?.floors(place) ?? place;
  }

  /** What lies in logs that are not known here and may still come. */
  awaitedIn(name: string, place: Place): Place {
    return this.#sources.get(name)?.awaited(place) ?? new Map();
  }

  #source(name: string): Source<T> {
    let source = this.#sources.get(name);
    if (!source) {
      source = new Source(this.#limit);
      this.#sources.set(name, source);
    }
    return source;
  }
}
