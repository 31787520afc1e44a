import { setTimeout as sleep } from "node:timers/promises";
import pRetry from "p-retry";
import type { Logger } from "pino";
import type { AsyncMessage, Channel } from "rabbitmq-client";
import { Queue } from "../../events/subscriber.ts";
import type { Broker } from "./broker.ts";
import { declare, type Topology } from "./topology.ts";
import { bodyOf } from "./wire.ts";

export interface FollowOptions {
  readonly broker: Broker;
  readonly topology: Topology;
  /** The stream. */
  readonly queue: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** A message of a stream. */
export interface StreamMessage {
  readonly message: AsyncMessage;
  /** Messages between the one before and this one are gone. */
  readonly behindGap: boolean;
}

/** Messages that are delivered before the first of them is taken. */
const PREFETCH = 200;
/** Milliseconds for a message that must be there. */
const ANCHOR_MS = 5000;
const CONNECT_MS = 5000;
const PAUSE_MS = 250;

/**
 * Reads a stream from the first message that it has, over as many connections as it takes.
 *
 * After a lost connection it begins with the last message that was reported: when that is not there any
 * more, or another one is in its place, the stream was trimmed or made anew.
 */
export async function* follow(options: FollowOptions): AsyncGenerator<StreamMessage, void> {
  const { signal, log, queue } = options;
  let last: AsyncMessage | undefined;
  let behindGap = false;
  while (!signal.aborted) {
    const reading = await open(options, last);
    if (!reading) return;
    let anchored = last === undefined;
    try {
      for await (const message of reading.messages(anchored ? undefined : ANCHOR_MS)) {
        if (!anchored && last) {
          anchored = true;
          if (isSame(message, last)) continue;
          behindGap = true;
          if (offsetOf(message) <= offsetOf(last)) break;
        }
        yield { message, behindGap };
        last = message;
        behindGap = false;
      }
      if (signal.aborted) return;
      if (!anchored && reading.isSilent) {
        log.warn({ queue }, "the stream has begun anew");
        behindGap = true;
        last = undefined;
      } else if (behindGap) {
        last = undefined;
      }
    } finally {
      await reading.close();
    }
    await sleep(PAUSE_MS * (1 + Math.random()), undefined, { signal }).catch(() => {});
  }
}

/** One channel that reads, opened however long that takes; `undefined` when it is given up. */
async function open(
  { broker, topology, queue, signal, log }: FollowOptions,
  last: AsyncMessage | undefined,
): Promise<Reading | undefined> {
  try {
    return await pRetry(
      async () => {
        const connection = await broker.connected(CONNECT_MS);
        const channel = await connection.acquire({ emitErrorsFromChannel: true });
        channel.on("error", (error) => log.warn({ err: error, queue }, "a stream broke"));
        await declare(channel, topology);
        const reading = new Reading(channel, signal);
        await channel.basicQos({ prefetchCount: PREFETCH });
        await channel.basicConsume(
          { queue, arguments: { "x-stream-offset": last ? offsetOf(last) : "first" } },
          (message) => reading.push(message),
        );
        return reading;
      },
      {
        retries: Number.POSITIVE_INFINITY,
        minTimeout: 250,
        maxTimeout: 5000,
        randomize: true,
        signal,
        onFailedAttempt: ({ error, attemptNumber }) => {
          const level = attemptNumber === 3 ? "warn" : "debug";
          log[level]({ err: error, queue, attemptNumber }, "no stream yet");
        },
      },
    );
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

/** What one channel reads. */
class Reading {
  readonly #channel: Channel;
  readonly #queue = new Queue<AsyncMessage>(PREFETCH);
  readonly #signal: AbortSignal;
  readonly #end = () => this.#queue.end();
  #silent = false;

  constructor(channel: Channel, signal: AbortSignal) {
    this.#channel = channel;
    this.#signal = signal;
    channel.once("close", this.#end);
    channel.once("basic.cancel", this.#end);
    signal.addEventListener("abort", this.#end, { once: true });
    if (signal.aborted) this.#end();
  }

  /** It ended because nothing came in time. */
  get isSilent(): boolean {
    return this.#silent;
  }

  push(message: AsyncMessage): void {
    this.#queue.push(message);
  }

  /** What comes, each let go when the next one is asked for.
   * @param milliseconds For the first one. */
  async *messages(milliseconds: number | undefined): AsyncGenerator<AsyncMessage, void> {
    const timer = setTimeout(() => {
      this.#silent = milliseconds !== undefined;
      if (this.#silent) this.#end();
    }, milliseconds ?? 0);
    for await (const message of this.#queue) {
      clearTimeout(timer);
      yield message;
      if (this.#channel.active) this.#channel.basicAck({ deliveryTag: message.deliveryTag });
    }
    clearTimeout(timer);
  }

  async close(): Promise<void> {
    this.#signal.removeEventListener("abort", this.#end);
    this.#end();
    if (this.#channel.active) await this.#channel.close().catch(() => {});
  }
}

function offsetOf({ headers }: AsyncMessage): number {
  return Number(headers?.["x-stream-offset"]);
}

function isSame(one: AsyncMessage, other: AsyncMessage): boolean {
  return offsetOf(one) === offsetOf(other) && Buffer.compare(bodyOf(one), bodyOf(other)) === 0;
}
