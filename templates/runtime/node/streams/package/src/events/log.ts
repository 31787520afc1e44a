import type { Json } from "../contract.ts";

/** How far somebody has received what happens to a job: the run, and in it 0 for its beginning, then the
 * number of the part. The end stands behind the last part. */
export interface Place {
  readonly run: string;
  readonly number: number;
}

/** What happened to a job; of a `gap` only that parts before this place are not kept. */
export interface Happened {
  readonly place: Place;
  readonly kind: "step" | "part" | "gap";
  /** RFC 3339. */
  readonly time: string;
  readonly data: Json;
}

interface Part {
  readonly number: number;
  readonly time: string;
  readonly data: Json;
  readonly bytes: number;
}

interface Step {
  readonly time: string;
  readonly data: Json;
}

/** Bytes that a part takes beside its JSON. */
const PART_BYTES = 256;
/** The run of a job that has not begun to run. */
const WAITING = "0";

/** What became of one job that gives parts: its steps, and the last parts of its last run. */
export class JobLog {
  /** Whose the job is; `undefined` of an anonymous client's. */
  readonly owner: string | undefined;
  readonly #first: Step;
  #run = WAITING;
  #begin: Step;
  readonly #parts: Part[] = [];
  /** The number of the last part that has come. */
  #last = 0;
  #end: Step | undefined;
  #bytes = 0;

  constructor(owner: string | undefined, queued: Step) {
    this.owner = owner;
    this.#first = queued;
    this.#begin = queued;
  }

  /** Bytes of the parts that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A run begins: what an earlier one gave is not kept. False when it has ended, or is known. */
  begin(run: string, step: Step): boolean {
    if (this.#end || run === this.#run) return false;
    this.#run = run;
    this.#begin = step;
    this.#last = 0;
    while (this.#parts.length > 0) this.drop();
    return true;
  }

  /** Takes a part. False when it is of another run, has come already, or is behind the end. */
  add({ run, number }: Place, time: string, data: Json): boolean {
    if (this.#end || run !== this.#run || number <= this.#last) return false;
    // One is missing: who waits for it is notified of a gap.
    if (number !== this.#last + 1) while (this.#parts.length > 0) this.drop();
    const bytes = Buffer.byteLength(JSON.stringify(data)) + PART_BYTES;
    this.#parts.push({ number, time, data, bytes });
    this.#bytes += bytes;
    this.#last = number;
    return true;
  }

  /** The first end counts. */
  end(step: Step): void {
    this.#end ??= step;
  }

  /** Lets the oldest part go. */
  drop(): void {
    this.#bytes -= this.#parts.shift()?.bytes ?? 0;
  }

  /** What comes behind `place`; of a run that is not the last one, the beginning of that. */
  after(place: Place | undefined): Happened | undefined {
    if (!place) return { place: { run: WAITING, number: 0 }, kind: "step", ...this.#first };
    const run = this.#run;
    if (place.run !== run) return { place: { run, number: 0 }, kind: "step", ...this.#begin };
    const next = place.number + 1;
    const first = this.#parts[0]?.number ?? this.#last + 1;
    if (next < first) {
      const { time } = this.#parts[0] ?? this.#end ?? this.#begin;
      return { place: { run, number: first - 1 }, kind: "gap", time, data: {} };
    }
    const part = this.#parts[next - first];
    if (part) {
      const { number, time, data } = part;
      return { place: { run, number }, kind: "part", time, data };
    }
    if (!this.#end || next !== this.#last + 1) return undefined;
    return { place: { run, number: next }, kind: "step", ...this.#end };
  }
}
