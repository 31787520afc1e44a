import {
  BrokenCircuitError,
  CircuitState,
  circuitBreaker,
  handleWhen,
  SamplingBreaker,
} from "cockatiel";
import pRetry from "p-retry";
import type { Metrics } from "../observability/metrics.ts";
import type { Config } from "../server/settings.ts";
import type { CallContext } from "../transports/client.ts";
import { CLIENT_LEFT } from "./dispatch.ts";
import { Problem } from "./problem.ts";

/** What is run. */
interface Run {
  readonly safe: boolean;
  readonly context: CallContext;
  /** It has places elsewhere, and takes none of those of calls. */
  readonly isUncounted?: boolean;
}

/** Tries after the first. */
const RETRIES = 2;
/** Below this many calls a second, over the window, no share of failures opens the circuit. */
const LEAST_PER_SECOND = 1;
const WINDOW_MS = 10_000;
const FAILURES = 0.5;

/**
 * Keeps one service's trouble its own: bounded concurrency, a circuit breaker, and bounded retries
 * with jitter that end at the deadline. A call is stopped by the signal in its context, which the
 * breaker leaves in charge, so that nothing runs on behind a given answer.
 */
export class Resilience {
  readonly #service: string;
  readonly #settings: Config["services"];
  readonly #metrics: Metrics;
  readonly #breaker;
  #underWay = 0;
  /** How often the circuit has opened, been tried or closed. */
  #turns = 0;

  constructor(service: string, settings: Config["services"], metrics: Metrics) {
    this.#service = service;
    this.#settings = settings;
    this.#metrics = metrics;
    this.#breaker = circuitBreaker(
      handleWhen((error) => this.#countsAgainst(error)),
      {
        halfOpenAfter: settings.circuitResetMs,
        breaker: new SamplingBreaker({
          threshold: FAILURES,
          duration: WINDOW_MS,
          minimumRps: LEAST_PER_SECOND,
        }),
      },
    );
    const open = metrics.circuitOpen.labels(service);
    open.set(0);
    this.#breaker.onBreak(() => open.set(1));
    this.#breaker.onReset(() => open.set(0));
    this.#breaker.onStateChange(() => {
      this.#turns += 1;
    });
  }

  /**
   * Runs `attempt`, again where that is safe: when the operation changes nothing, or when nothing
   * of the call can have reached the service.
   */
  async run<T>(attempt: () => Promise<T>, how: Run): Promise<T> {
    try {
      return await this.#fire(attempt, how);
    } catch (error) {
      if (!isRepeatable(error, how.safe)) throw error;
      return this.#again(error, attempt, how);
    }
  }

  /** The first attempt is over when this is reached: calls that succeed never pay for retries. */
  #again<T>(first: unknown, attempt: () => Promise<T>, how: Run): Promise<T> {
    const { safe, context } = how;
    return pRetry(
      async (number) => {
        if (number === 1) throw first;
        this.#metrics.retries.inc({ service: this.#service });
        return this.#fire(attempt, how);
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

  /** One attempt. What is refused here never reaches the breaker: it says nothing of the service. */
  async #fire<T>(attempt: () => Promise<T>, { isUncounted = false }: Run): Promise<T> {
    const { state } = this.#breaker;
    // The breaker would have them wait for the one that is let through.
    if (state === CircuitState.HalfOpen) throw this.#stopped();
    if (!isUncounted && this.#underWay >= this.#settings.concurrency) {
      throw state === CircuitState.Closed ? this.#full() : this.#stopped();
    }
    const place = isUncounted ? 0 : 1;
    this.#underWay += place;
    try {
      const outcome = await this.#breaker.execute(() => this.#settle(attempt));
      if ("answer" in outcome) return outcome.answer;
      throw outcome.problem;
    } catch (error) {
      if (error instanceof Late) throw error.cause;
      throw error instanceof BrokenCircuitError ? this.#stopped() : error;
    } finally {
      this.#underWay -= place;
    }
  }

  /** Resolves also to a problem where that is an answer of the service. @throws Late */
  async #settle<T>(attempt: () => Promise<T>): Promise<Outcome<T>> {
    const begun = this.#turns;
    try {
      return { answer: await attempt() };
    } catch (problem) {
      if (verdictOn(problem) === "answered") return { problem };
      throw begun === this.#turns ? problem : new Late({ cause: problem });
    }
  }

  #full(): Problem {
    return new Problem(
      "resource_exhausted",
      `${this.#settings.concurrency} calls to ${this.#service} are under way: no more at once`,
      { retryAfter: 1 },
    );
  }

  #stopped(): Problem {
    const retryAfter = Math.ceil(this.#settings.circuitResetMs / 1000);
    return new Problem("unavailable", `${this.#service} has stopped answering`, { retryAfter });
  }

  /** Only an answer closes the circuit: not a call that was given up, or refused for want of room. */
  #countsAgainst(error: unknown): boolean {
    if (error instanceof Late) return false;
    return verdictOn(error) === "failed" || this.#breaker.state === CircuitState.HalfOpen;
  }
}

type Outcome<T> = { readonly answer: T } | { readonly problem: unknown };

/** A failure of a call that began before the circuit last changed: it says nothing of the service as it is
 * now, and would undo a trial, or open again what was just closed. */
class Late extends Error {
  constructor(options: { readonly cause: unknown }) {
    super("late", options);
  }
}

/**
 * What the end of a call says of the service. A service that hangs refuses calls too, once it is
 * full, and clients leave: neither may stand for an answer.
 */
function verdictOn(error: unknown): "answered" | "failed" | "unknown" {
  if (!(error instanceof Problem)) return "failed";
  const { code, status, sent } = error;
  if (status === CLIENT_LEFT || code === "resource_exhausted") return "unknown";
  if (code === "deadline_exceeded") return sent ? "failed" : "unknown";
  // `internal` is an answer: one bad input must not shut the service for all.
  return code === "unavailable" ? "failed" : "answered";
}

function isRepeatable(error: unknown, safe: boolean): boolean {
  if (!(error instanceof Problem) || error.code !== "unavailable") return false;
  return error.sent ? safe && error.retryAfter === undefined && error.status !== CLIENT_LEFT : true;
}
