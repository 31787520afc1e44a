import { type Cursor, covers, type Place, type Position } from "./cursor.ts";

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

/** An event of a source that is kept. */
export interface Entry<T> {
  /** Which one of all sources' events this is. */
  readonly order: number;
  readonly position: Position;
  readonly value: T;
}

/** What is known of a log. */
interface Log {
  /** The last sequence that is not kept any more, or before which nothing was received. */
  floor: number;
  last: number;
  /** How many of its events are kept. */
  kept: number;
  /** The order of the last of its events that is not kept any more. */
  gone: number;
  /** How many events of all sources had been received when this log was met. */
  readonly met: number;
  /** Whether whoever follows the source receives it, now; what is only known is neither. */
  state: "known" | "open" | "over";
}

/** Logs that are remembered beside the open ones. With each restart of a process there is another
 * one: the one that was received longest ago goes, with what is kept of it and from before it. */
const REMEMBERED = 64;
/** Of these, as many as an id names: who has one is not forgotten with the next restart. */
const NAMED = 16;

/** The last events of one source, whatever number of logs they come from. */
export class Source<T> {
  readonly #limit: number;
  /** By epoch; first the one that was received longest ago. */
  readonly #logs = new Map<string, Log>();
  readonly #entries: Entry<T>[] = [];
  /** The order of the last event of a log that is not remembered any more. */
  #forgotten = -1;
  /** Whether it is known which logs there are to begin with. */
  hasBegun = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** What has been received. A log that is over goes unnamed once none of its events is kept, or others
   * came after it. */
  get received(): Place {
    const isNamed = ({ state, kept }: Log) => state === "known" || (state === "over" && kept > 0);
    const rest = new Set([...this.#logs.values()].filter(isNamed).slice(-NAMED));
    const named = [...this.#logs].filter(([, log]) => log.state === "open" || rest.has(log));
    return new Map(named.map(([epoch, { last }]) => [epoch, last]));
  }

  /** What comes behind `position` is received, from now on. */
  meet({ epoch, sequence }: Position, order: number, state: Log["state"] = "known"): Log {
    const known = this.#logs.get(epoch);
    const begun = { floor: sequence, last: sequence, kept: 0, gone: -1, met: order, state };
    const log = known ?? begun;
    if (state !== "known") log.state = state;
    this.#logs.delete(epoch);
    this.#logs.set(epoch, log);
    if (!known) this.#forget();
    return log;
  }

  /** Nothing more comes of a log. */
  end(epoch: string): void {
    const log = this.#logs.get(epoch);
    if (log) log.state = "over";
    this.#forget();
  }

  add(entry: Entry<T>): void {
    this.hasBegun = true;
    const { epoch, sequence } = entry.position;
    const log = this.meet({ epoch, sequence: Math.max(0, sequence - 1) }, entry.order);
    log.last = Math.max(log.last, sequence);
    log.kept += 1;
    this.#entries.push(entry);
    if (this.#entries.length > this.#limit) this.#drop();
  }

  /** What is kept and was not received at `place`; at none, all. */
  behind(place: Place | undefined): readonly Entry<T>[] {
    if (!place) return this.#entries;
    const after = this.#orderOf(place);
    return this.#entries.filter(({ position, order }) => {
      if (place.has(position.epoch)) return !covers(place, position);
      // Whoever names the logs that it receives, and not this one: it is newer, or it was over.
      return order >= after || this.#logs.get(position.epoch)?.state === "open";
    });
  }

  /** Whether something that comes behind `place` is not kept. A source that has not begun is judged
   * when it begins. */
  misses(place: Place): boolean {
    if (!this.hasBegun) return false;
    for (const [epoch, last] of place) {
      const log = this.#logs.get(epoch);
      if (!log || last < log.floor) return true;
    }
    const after = this.#orderOf(place);
    if (this.#forgotten >= after) return true;
    return [...this.#logs].some(([epoch, { state, floor, gone }]) => {
      if (place.has(epoch)) return false;
      return state === "open" ? floor > 0 : gone >= after;
    });
  }

  /** `place` as far as its logs are known here, moved to where the kept events begin in those of
   * which some are missed. */
  floors(place: Place): Place {
    if (!this.hasBegun) return place;
    const floors = new Map<string, number>();
    for (const epoch of this.received.keys()) {
      const log = this.#logs.get(epoch);
      const last = place.get(epoch);
      if (log && (last !== undefined || log.state === "open")) {
        floors.set(epoch, Math.max(last ?? 0, log.floor));
      }
    }
    return floors;
  }

  /** What of `place` lies in logs that are not known here and may still come: a broker delivers them one
   * after the other, open ones are all there. */
  awaited(place: Place): Place {
    const logs = [...this.#logs.values()];
    if (!this.hasBegun || logs.some(({ state }) => state === "open")) return new Map();
    return new Map([...place].filter(([epoch]) => !this.#logs.has(epoch)));
  }

  /** From which order on nothing was received by who is at `place`, as far as its logs report. */
  #orderOf(place: Place): number {
    const last = this.#entries.findLast(({ position }) => covers(place, position));
    const met = [...place.keys()].map((epoch) => this.#logs.get(epoch)?.met ?? 0);
    return Math.max(last ? last.order + 1 : 0, ...met);
  }

  #drop(): void {
    const entry = this.#entries.shift();
    const log = entry && this.#logs.get(entry.position.epoch);
    if (!log) return;
    log.floor = Math.max(log.floor, entry.position.sequence);
    log.gone = entry.order;
    log.kept -= 1;
  }

  #forget(): void {
    const closed = [...this.#logs].filter(([, { state }]) => state !== "open");
    for (const [epoch, log] of closed.slice(0, -REMEMBERED)) {
      while (log.kept > 0) this.#drop();
      this.#forgotten = Math.max(this.#forgotten, log.gone);
      this.#logs.delete(epoch);
    }
  }
}
