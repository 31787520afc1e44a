import type { Json } from "../contract.ts";

/** What the channel of a job begins with. */
export const JOB_CHANNEL = "jobs.";

/** How far a client has received what happens to a job: the run, and in it 0 for its beginning, then the
 * number of the part. The end has a number of its own. */
export interface Place {
  readonly run: string;
  readonly number: number;
}

/** What happened to a job; of a `gap` only that parts before this place are not kept. */
export interface JobEvent {
  readonly place: Place;
  readonly kind: "step" | "part" | "gap";
  /** RFC 3339. */
  readonly time: string;
  readonly data: Json;
}

interface Step {
  readonly time: string;
  readonly data: Json;
}

interface Part extends Step {
  readonly bytes: number;
}

/** Bytes that a part takes beside its JSON. */
const PART_BYTES = 256;
/** The run of a job that has not begun to run. */
const WAITING = "0";
/** The number of the end: a gateway that has none of the parts gives the same one. */
const END = 999_999_999_999_999;

/** What became of one job that gives parts: its steps, and the last parts of its last run. */
export class JobLog {
  /** Whose the job is; `undefined` of an anonymous client's. */
  readonly owner: string | undefined;
  readonly #queued: Step | undefined;
  readonly #runs = new Set([WAITING]);
  #run = WAITING;
  #begin: Step | undefined;
  /** By number, none missing up to the last one. */
  readonly #parts = new Map<number, Part>();
  /** The number of the last part that has come. */
  #last: number;
  #end: Step | undefined;
  #bytes = 0;

  /** @param queued Left out where it is not kept any more. */
  constructor(owner: string | undefined, queued?: Step) {
    this.owner = owner;
    this.#queued = queued;
    // What came before counts as a part that is not kept.
    this.#last = queued ? 0 : 1;
  }

  /** Bytes of the parts that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A run begins: what an earlier one gave is not kept. False when it is known, or the job has ended. */
  begin(run: string, step: Step): boolean {
    if (this.#end || this.#runs.has(run)) return false;
    this.#runs.add(run);
    this.#run = run;
    this.#begin = step;
    this.#last = 0;
    this.clear();
    return true;
  }

  /** Takes a part. False when it is of another run, has come already, or is behind the end. */
  add({ run, number }: Place, step: Step): boolean {
    if (this.#end || run !== this.#run || number <= this.#last) return false;
    // One is missing: who waits for it is notified of a gap.
    if (number !== this.#last + 1) this.clear();
    const bytes = Buffer.byteLength(JSON.stringify(step.data)) + PART_BYTES;
    this.#parts.set(number, { ...step, bytes });
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
    const first = this.#first;
    this.#bytes -= this.#parts.get(first)?.bytes ?? 0;
    this.#parts.delete(first);
  }

  /** Lets all parts go. */
  clear(): void {
    this.#parts.clear();
    this.#bytes = 0;
  }

  /** What comes behind `place`; of a run that is not the last one, the beginning of that. */
  after(place: Place | undefined): JobEvent | undefined {
    if (place?.number === END) return undefined;
    if (!place && this.#queued) return eventOf("step", WAITING, 0, this.#queued);
    const run = this.#run;
    // Another gateway gave it: this one has not read as far.
    if (place && !this.#runs.has(place.run) && !this.#end) return undefined;
    if (place?.run !== run && this.#begin) return eventOf("step", run, 0, this.#begin);
    const next = place?.run === run ? place.number + 1 : 0;
    const part = this.#parts.get(next);
    if (part) return eventOf("part", run, next, part);
    const first = this.#first;
    const kept = this.#parts.get(first) ?? this.#end;
    if (kept && next < first) return eventOf("gap", run, first - 1, kept);
    if (!this.#end) return undefined;
    // The client has parts that did not come here, and there may have been more.
    if (next > this.#last + 1) return eventOf("gap", run, this.#last, this.#end);
    return eventOf("step", run, END, this.#end);
  }

  /** The number of the first part that is kept. */
  get #first(): number {
    return this.#last - this.#parts.size + 1;
  }
}

function eventOf(
  kind: JobEvent["kind"],
  run: string,
  number: number,
  { time, data }: Step,
): JobEvent {
  return { place: { run, number }, kind, time, data };
}
