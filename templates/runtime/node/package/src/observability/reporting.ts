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

/** What waits for one observer: a bounded queue, and one batch under way at most. */
class Outbox {
  readonly #observer: OperationContract;
  readonly #options: ReportingOptions;
  readonly #limit: number;
  readonly #timer: NodeJS.Timeout;
  #waiting: Observation[] = [];
  /** Sent again until it is taken, under one key: the observer counts it once. */
  #batch: { readonly events: Observation[]; readonly key: string } | undefined;
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
    if (this.#waiting.length >= this.#limit) {
      this.#waiting.shift();
      this.#dropped(1);
    }
    this.#waiting.push(observation);
    if (this.#waiting.length === BATCH) void this.#drain();
  }

  async close(timeoutMs: number): Promise<void> {
    clearInterval(this.#timer);
    this.#closing = true;
    const deadline = Date.now() + timeoutMs;
    await this.#sending;
    while (this.#batch || this.#waiting.length > 0) {
      const left = deadline - Date.now();
      if (left <= 0 || !(await this.#send(left))) break;
    }
    this.#dropped(this.#waiting.length + (this.#batch?.events.length ?? 0));
  }

  /** Sends what waits, and goes on while there are full batches. */
  async #drain(): Promise<void> {
    while ((await this.#send(TIMEOUT_MS)) && this.#waiting.length >= BATCH && !this.#closing);
  }

  /** Sends one batch, unless one is under way. True when it has been dealt with. */
  async #send(timeoutMs: number): Promise<boolean> {
    if (this.#sending) return false;
    if (!this.#batch && this.#waiting.length > 0) {
      this.#batch = { events: this.#waiting.splice(0, BATCH), key: randomUUID() };
    }
    const batch = this.#batch;
    if (!batch) return true;
    const sending = this.#options.dispatch
      .call(this.#observer, { events: batch.events }, { timeoutMs, idempotencyKey: batch.key })
      .then(
        () => this.#finish(),
        (error: unknown) => this.#failed(error, batch.events.length),
      );
    this.#sending = sending;
    await sending;
    this.#sending = undefined;
    return this.#batch === undefined;
  }

  #finish(): void {
    this.#batch = undefined;
  }

  #failed(error: unknown, count: number): void {
    const { code } = Problem.from(error);
    const level = code === "unavailable" ? "debug" : "warn";
    this.#options.log[level]({ err: error, observer: this.#observer.service }, "report not taken");
    // What the observer refuses it will refuse again.
    if (code !== "unavailable" && code !== "deadline_exceeded" && code !== "resource_exhausted") {
      this.#dropped(count);
      this.#finish();
    }
  }

  #dropped(count: number): void {
    if (count === 0) return;
    this.#options.metrics.observationsDropped.inc({ service: this.#observer.service }, count);
  }
}
