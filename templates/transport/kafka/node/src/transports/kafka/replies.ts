import { setTimeout as sleep } from "node:timers/promises";
import type { BaseOptions } from "@platformatic/kafka";
import type { Logger } from "pino";
import { type Received, readTopic } from "./reader.ts";
import { NotSent } from "./sender.ts";

export interface RepliesOptions {
  readonly client: BaseOptions;
  readonly topic: string;
  readonly log: Logger;
}

interface Waiter {
  resolve(reply: Received): void;
  reject(reason: unknown): void;
}

/** Headers that lead an answer back (as AMQP's properties of these names). */
export const CORRELATION_ID = "correlation-id";
export const REPLY_TO = "reply-to";
/** Milliseconds that the first call gives the broker to be found. */
const PATIENCE_MS = 2000;

/**
 * The answers to the calls of this process. Every gateway reads all answers and knows its own by
 * their correlation id: no partition belongs to anybody, so gateways come and go freely.
 */
export class Replies {
  readonly #options: RepliesOptions;
  readonly #waiting = new Map<string, Waiter>();
  readonly #stop = new AbortController();
  readonly #listening = Promise.withResolvers<void>();
  #reading: Promise<void> | undefined;
  #unclaimed = 0;

  constructor(options: RepliesOptions) {
    this.#options = options;
  }

  /**
   * Resolves when no answer to what is asked from now on can be missed.
   *
   * @throws NotSent when no broker has been found so far
   */
  async listen(): Promise<void> {
    if (this.#isListening) return;
    this.#reading ??= this.#read();
    await Promise.race([this.#listening.promise, sleep(PATIENCE_MS, undefined, { ref: false })]);
    if (!this.#isListening) throw new NotSent("no broker has been found so far");
  }

  /** Resolves with the answer; rejects with the reason of `signal`, and then waits no longer. */
  wait(id: string, signal: AbortSignal): Promise<Received> {
    return new Promise((resolve, reject) => {
      const leave = () => this.fail(id, signal.reason);
      const end = () => {
        this.#waiting.delete(id);
        signal.removeEventListener("abort", leave);
      };
      this.#waiting.set(id, {
        resolve: (reply) => {
          end();
          resolve(reply);
        },
        reject: (reason) => {
          end();
          reject(reason);
        },
      });
      if (signal.aborted) leave();
      else signal.addEventListener("abort", leave, { once: true });
    });
  }

  /** No answer will come. */
  fail(id: string, reason: unknown): void {
    this.#waiting.get(id)?.reject(reason);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    for (const { reject } of [...this.#waiting.values()]) reject(new NotSent("closing"));
    await this.#reading;
  }

  #isListening = false;

  async #read(): Promise<void> {
    const { client, topic, log } = this.#options;
    const { signal } = this.#stop;
    for await (const reading of readTopic({ client, topic, from: "newest", signal, log })) {
      if (reading.kind === "begin") {
        this.#isListening = true;
        this.#listening.resolve();
      } else if (reading.kind === "messages") {
        for (const message of reading.messages) this.#take(message);
      }
    }
  }

  #take(message: Received): void {
    const id = message.headers.get(CORRELATION_ID) ?? "";
    const waiter = this.#waiting.get(id);
    if (waiter) return waiter.resolve(message);
    // It came too late, or another gateway asked.
    this.#unclaimed += 1;
    this.#options.log.trace({ id, unclaimed: this.#unclaimed }, "nobody here waits for an answer");
  }
}
