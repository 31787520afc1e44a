import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { Dispatch } from "../calls/dispatch.ts";
import { Problem } from "../calls/problem.ts";
import type { OperationContract } from "../contract.ts";
import type { Metrics } from "./metrics.ts";

/** Something that happened, as observers take it. */
export interface Observation {
  readonly name: string;
  /** RFC 3339. */
  readonly time: string;
  /** Milliseconds, where the observation is of something that took time. */
  readonly value?: number;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Takes observations. Never waits, never fails: an answer is never held up by it. */
export interface Reporter {
  record(observation: Observation): void;
  /** Sends what is left, within `timeoutMs`; what does not get through is dropped. */
  close(timeoutMs: number): Promise<void>;
}

export interface ReportingOptions {
  /** Operations that take `{ events: Observation[] }`. */
  readonly observers: readonly OperationContract[];
  readonly dispatch: Pick<Dispatch, "call">;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Milliseconds between two batches. */
  readonly intervalMs?: number;
  /** Observations that wait for one observer; the oldest is dropped for one more. */
  readonly limit?: number;
}

/** Observations in one call; a full batch is sent at once. */
const BATCH = 500;
/** Bytes of one call, as JSON: below what any transport and any service takes by default. */
const BATCH_BYTES = 256 * 1024;
/** Bytes that wait for one observer, beside their number. */
const WAITING_BYTES = 4 * 1024 * 1024;
/** Refusals one after another that say that it is not for one observation among many. */
const REFUSALS = 20;
/** Milliseconds for one call. */
const TIMEOUT_MS = 2000;

/** Reports to every observer, each at its own pace. */
export function createReporter(options: ReportingOptions): Reporter {
  const outboxes = options.observers.map((observer) => new Outbox(observer, options));
  return {
    record(observation) {
      for (const outbox of outboxes) outbox.add(observation);
    },
    async close(timeoutMs) {
      await Promise.all(outboxes.map((outbox) => outbox.close(timeoutMs)));
    },
  };
}

/** An observation with its size as JSON. */
interface Waiting {
  readonly observation: Observation;
  readonly bytes: number;
}

/** Sent again until it is taken, under one key: the observer counts it once. */
interface Batch {
  readonly events: readonly Observation[];
  readonly key: string;
}

/** What waits for one observer: a bounded queue, and one batch under way at most. */
class Outbox {
  readonly #observer: OperationContract;
  readonly #options: ReportingOptions;
  readonly #limit: number;
  readonly #timer: NodeJS.Timeout;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** The first is under way, or the next; more of them are parts of one that was refused. */
  #batches: Batch[] = [];
  #refusals = 0;
  #sending: Promise<void> | undefined;
  #closing = false;

  constructor(observer: OperationContract, options: ReportingOptions) {
    this.#observer = observer;
    this.#options = options;
    this.#limit = options.limit ?? 5000;
    this.#timer = setInterval(() => void this.#drain(), options.intervalMs ?? 1000);
    this.#timer.unref();
  }

  add(observation: Observation): void {
    const bytes = Buffer.byteLength(JSON.stringify(observation));
    const isFull = () => this.#waiting.length >= this.#limit;
    while (this.#waiting.length > 0 && (isFull() || this.#waitingBytes + bytes > WAITING_BYTES)) {
      this.#takeFirst(1);
      this.#dropped(1);
    }
    const before = this.#hasFullBatch();
    this.#waiting.push({ observation, bytes });
    this.#waitingBytes += bytes;
    if (!before && this.#hasFullBatch()) void this.#drain();
  }

  async close(timeoutMs: number): Promise<void> {
    clearInterval(this.#timer);
    this.#closing = true;
    const deadline = Date.now() + timeoutMs;
    await this.#sending;
    while (this.#batches.length > 0 || this.#waiting.length > 0) {
      const left = deadline - Date.now();
      if (left <= 0 || !(await this.#send(left))) break;
    }
    const underWay = this.#batches.reduce((sum, { events }) => sum + events.length, 0);
    this.#dropped(this.#waiting.length + underWay);
  }

  /** Sends what waits, and goes on while there are full batches, or parts of one. */
  async #drain(): Promise<void> {
    while (await this.#send(TIMEOUT_MS)) {
      const hasMore = this.#batches.length > 0 || this.#hasFullBatch();
      if (!hasMore || this.#closing) return;
    }
  }

  /** Sends one batch, unless one is under way. True when it has been dealt with. */
  async #send(timeoutMs: number): Promise<boolean> {
    if (this.#sending) return false;
    if (this.#batches.length === 0 && this.#waiting.length > 0) {
      this.#batches.push(batchOf(this.#takeFirst(this.#fitting())));
    }
    const [batch] = this.#batches;
    if (!batch) return true;
    const sending = this.#options.dispatch
      .call(this.#observer, { events: batch.events }, { timeoutMs, idempotencyKey: batch.key })
      .then(
        () => this.#taken(),
        (error: unknown) => this.#failed(error, batch),
      );
    this.#sending = sending;
    await sending;
    this.#sending = undefined;
    return this.#batches[0] !== batch;
  }

  #hasFullBatch(): boolean {
    return this.#waiting.length >= BATCH || this.#waitingBytes >= BATCH_BYTES;
  }

  /** How many of the first ones go into one call: one at least. */
  #fitting(): number {
    let bytes = 0;
    const count = this.#waiting.findIndex((next, index) => {
      bytes += next.bytes;
      return index === BATCH || (index > 0 && bytes > BATCH_BYTES);
    });
    return count === -1 ? this.#waiting.length : count;
  }

  #takeFirst(count: number): Observation[] {
    const first = this.#waiting.splice(0, count);
    for (const { bytes } of first) this.#waitingBytes -= bytes;
    return first.map(({ observation }) => observation);
  }

  #taken(): void {
    this.#batches.shift();
    this.#refusals = 0;
  }

  #failed(error: unknown, { events }: Batch): void {
    const { code } = Problem.from(error);
    const level = code === "unavailable" ? "debug" : "warn";
    this.#options.log[level]({ err: error, observer: this.#observer.service }, "report not taken");
    if (code === "unavailable" || code === "deadline_exceeded" || code === "resource_exhausted") {
      return;
    }
    // What the observer refuses it will refuse again: all of it, or what stands beside the others.
    this.#refusals += 1;
    this.#batches.shift();
    if (events.length > 1 && this.#refusals < REFUSALS) {
      const middle = Math.ceil(events.length / 2);
      this.#batches.unshift(batchOf(events.slice(0, middle)), batchOf(events.slice(middle)));
    } else {
      this.#dropped(events.length);
    }
  }

  #dropped(count: number): void {
    if (count === 0) return;
    this.#options.metrics.observationsDropped.inc({ service: this.#observer.service }, count);
  }
}

function batchOf(events: readonly Observation[]): Batch {
  return { events, key: randomUUID() };
}
