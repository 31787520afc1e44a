import CircuitBreaker from "opossum";
import pRetry from "p-retry";
import type { Metrics } from "../observability/metrics.ts";
import type { CallContext } from "../transports/client.ts";
import { CLIENT_LEFT } from "./dispatch.ts";
import { Problem } from "./problem.ts";

export interface ResilienceSettings {
  /** Calls at once; one more is refused. */
  readonly concurrency: number;
  /** Milliseconds that the circuit stays open before one call is let through to try. */
  readonly circuitResetMs: number;
}

/** Tries after the first. */
const RETRIES = 2;
/** Below this many calls in the window, no share of failures opens the circuit. */
const VOLUME = 10;
const WINDOW_MS = 10_000;
const FAILURES_PERCENT = 50;

/**
 * Keeps one service's trouble its own: bounded concurrency, a circuit breaker, and bounded retries
 * with jitter that end at the deadline. A call is stopped by the signal in its context, which the
 * breaker leaves in charge, so that nothing runs on behind a given answer.
 */
export class Resilience {
  readonly #service: string;
  readonly #settings: ResilienceSettings;
  readonly #metrics: Metrics;
  readonly #breaker: CircuitBreaker<[() => Promise<unknown>]>;

  constructor(service: string, settings: ResilienceSettings, metrics: Metrics) {
    this.#service = service;
    this.#settings = settings;
    this.#metrics = metrics;
    this.#breaker = new CircuitBreaker((attempt: () => Promise<unknown>) => attempt(), {
      name: service,
      timeout: false,
      capacity: settings.concurrency,
      volumeThreshold: VOLUME,
      errorThresholdPercentage: FAILURES_PERCENT,
      rollingCountTimeout: WINDOW_MS,
      resetTimeout: settings.circuitResetMs,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      errorFilter: (error) => !this.#countsAgainst(error),
    });
    const open = metrics.circuitOpen.labels(service);
    open.set(0);
    this.#breaker.on("open", () => open.set(1));
    this.#breaker.on("close", () => open.set(0));
  }

  /**
   * Runs `attempt`, again where that is safe: when the operation changes nothing, or when nothing
   * of the call can have reached the service.
   */
  async run<T>(
    attempt: () => Promise<T>,
    { safe, context }: { safe: boolean; context: CallContext },
  ): Promise<T> {
    try {
      return await this.#fire(attempt);
    } catch (error) {
      if (!isRepeatable(error, safe)) throw error;
      return this.#again(error, attempt, safe, context);
    }
  }

  /** Ends the breaker's timers. */
  close(): void {
    this.#breaker.shutdown();
  }

  /** The first attempt is over when this is reached: calls that succeed never pay for retries. */
  #again<T>(
    first: unknown,
    attempt: () => Promise<T>,
    safe: boolean,
    context: CallContext,
  ): Promise<T> {
    return pRetry(
      async (number) => {
        if (number === 1) throw first;
        this.#metrics.retries.inc({ service: this.#service });
        return this.#fire(attempt);
      },
      {
        retries: RETRIES,
        minTimeout: 50,
        maxTimeout: 1000,
        randomize: true,
        signal: context.signal,
        shouldRetry: ({ error, retryDelay }) =>
          isRepeatable(error, safe) && Date.now() + retryDelay < context.deadline,
      },
    );
  }

  async #fire<T>(attempt: () => Promise<T>): Promise<T> {
    try {
      return (await this.#breaker.fire(attempt)) as T;
    } catch (error) {
      throw this.#translate(error);
    }
  }

  #translate(error: unknown): unknown {
    if (!(error instanceof Error) || !CircuitBreaker.isOurError(error)) return error;
    if (codeOf(error) === "ESEMLOCKED") {
      return new Problem(
        "resource_exhausted",
        `${this.#settings.concurrency} calls to ${this.#service} are under way: no more at once`,
        { retryAfter: 1 },
      );
    }
    const retryAfter = Math.ceil(this.#settings.circuitResetMs / 1000);
    return new Problem("unavailable", `${this.#service} has stopped answering`, { retryAfter });
  }

  /** Trouble of the service, not of the call; a client that leaves says nothing about either. */
  #countsAgainst(error: unknown): boolean {
    if (codeOf(error) === "ESEMLOCKED") return false;
    if (!(error instanceof Problem)) return true;
    // The one call that is let through must not close the circuit by being given up.
    if (error.status === CLIENT_LEFT) return this.#breaker.halfOpen;
    // `internal` does not count: the service answers, and one bad input must not shut it for all.
    return error.code === "unavailable" || error.code === "deadline_exceeded";
  }
}

function isRepeatable(error: unknown, safe: boolean): boolean {
  if (!(error instanceof Problem) || error.code !== "unavailable") return false;
  return error.sent ? safe && error.retryAfter === undefined && error.status !== CLIENT_LEFT : true;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
