import { setTimeout as sleep } from "node:timers/promises";
import type { BaseOptions } from "@platformatic/kafka";
import type { Logger } from "pino";
import { CORRELATION_ID } from "../messages/headers.ts";
import { type Received, readTopic } from "./reader.ts";
import { NotSent } from "./sender.ts";

export interface RepliesOptions {
  readonly client: BaseOptions;
  readonly topic: string;
  readonly log: Logger;
  /** Takes an answer. False when it came too late, or another gateway asked. */
  readonly take: (answer: Received) => boolean;
}

/** Where answers go; named as the property of AMQP. */
export const REPLY_TO = "reply-to";
/** Milliseconds after the first call, until which calls wait for the broker to be found. */
const PATIENCE_MS = 2000;

/**
 * The answers to the calls of this process. Every gateway reads all answers and knows its own by
 * their correlation id: no partition belongs to anybody, so gateways come and go freely.
 */
export class Replies {
  readonly #options: RepliesOptions;
  readonly #stop = new AbortController();
  readonly #found = Promise.withResolvers<void>();
  #isListening = false;
  #reading: Promise<void> | undefined;
  #patience: Promise<void> | undefined;
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
    const patience = () => sleep(PATIENCE_MS, undefined, { ref: false });
    this.#patience ??= Promise.race([this.#found.promise, patience()]);
    await this.#patience;
    if (!this.#isListening) throw new NotSent("no broker has been found so far");
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#reading;
  }

  async #read(): Promise<void> {
    const { client, topic, log, take } = this.#options;
    const { signal } = this.#stop;
    for await (const reading of readTopic({ client, topic, from: "newest", signal, log })) {
      if (reading.kind === "begin") {
        this.#isListening = true;
        this.#found.resolve();
      } else if (reading.kind === "messages") {
        for (const message of reading.messages) {
          if (take(message)) continue;
          this.#unclaimed += 1;
          const id = message.headers[CORRELATION_ID];
          log.trace({ id, unclaimed: this.#unclaimed }, "nobody here waits for an answer");
        }
      }
    }
  }
}
