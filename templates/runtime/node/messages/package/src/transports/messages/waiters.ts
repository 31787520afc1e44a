import { randomUUID } from "node:crypto";
import { Problem } from "../../calls/problem.ts";
import type { Json } from "../../contract.ts";
import type { CallContext } from "../client.ts";

interface Waiter {
  resolve(answer: Json): void;
  reject(problem: unknown): void;
}

/**
 * Calls that wait for an answer which comes as a message of its own, found by its correlation id.
 * How many wait is bounded by the link's concurrency, before they come here.
 */
export class Waiters {
  readonly #waiting = new Map<string, Waiter>();

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Sends a request and waits for its answer, until the signal of the call aborts.
   *
   * @param send Resolves when the broker has the request; gets the correlation id.
   * @throws Problem What `send` throws, what the answer says, or why the call was given up
   */
  async wait(
    { signal }: CallContext,
    send: (correlationId: string) => Promise<void>,
  ): Promise<Json> {
    if (signal.aborted) throw reasonOf(signal);
    const id = randomUUID();
    const answer = Promise.withResolvers<Json>();
    const giveUp = () => answer.reject(reasonOf(signal));
    signal.addEventListener("abort", giveUp, { once: true });
    this.#waiting.set(id, answer);
    // It may come while the request is still being confirmed, or the call be given up.
    answer.promise.catch(() => {});
    try {
      await Promise.race([send(id), answer.promise]);
      return await answer.promise;
    } finally {
      signal.removeEventListener("abort", giveUp);
      this.#waiting.delete(id);
    }
  }

  /** Hands an answer to who waits for it: what `read` gives or throws; `undefined` is no answer. False
   * when nobody waits any more: it came too late, or is for another gateway. */
  settle(correlationId: string, read: () => Json | undefined): boolean {
    const waiter = this.#waiting.get(correlationId);
    if (!waiter) return false;
    try {
      const answer = read();
      if (answer !== undefined) waiter.resolve(answer);
    } catch (problem) {
      waiter.reject(problem);
    }
    return true;
  }

  /** Ends all waiting. */
  rejectAll(problem: Problem): void {
    for (const waiter of this.#waiting.values()) waiter.reject(problem);
  }
}

function reasonOf({ reason }: AbortSignal): unknown {
  if (reason instanceof Problem) return reason;
  return new Problem("deadline_exceeded", "No answer in time", { cause: reason });
}
