import {
  type BaseOptions,
  compatibilityPartitioner,
  type MessageToProduce,
  Producer,
  stringSerializer,
} from "@platformatic/kafka";

/** A message as it is sent; texts, as everything that the bridge sends. */
export type Outgoing = MessageToProduce<string, string, string, string>;

interface Waiting {
  readonly message: Outgoing;
  readonly signal: AbortSignal | undefined;
  resolve(): void;
  reject(error: unknown): void;
}

/** Characters in one batch: far below what topics take at once. */
const BATCH_LIMIT = 512 * 1024;
/** Tries after the first, some seconds in all: as long as a leader's election takes. */
const RETRIES = 8;
const RETRY_MS = 250;

/**
 * Sends messages in the order in which they come, in batches that make themselves: what comes while
 * one is under way goes with the next. An idempotent producer may have one request under way anyhow.
 */
export class Sender {
  readonly #producer: Producer<string, string, string, string>;
  #waiting: Waiting[] = [];
  #sending = false;

  constructor(client: BaseOptions) {
    this.#producer = new Producer({
      ...client,
      idempotent: true,
      retries: RETRIES,
      retryDelay: RETRY_MS,
      // The partitioner of the Java client and of aiokafka: a key has one partition, whoever sends.
      partitioner: compatibilityPartitioner,
      serializers: {
        key: stringSerializer,
        value: stringSerializer,
        headerKey: stringSerializer,
        headerValue: stringSerializer,
      },
    });
  }

  /**
   * Resolves when all replicas in sync have the message.
   *
   * @param signal Aborted before it is its turn: the message is not sent.
   * @throws NotSent when nothing of it can have reached the broker
   */
  send(message: Outgoing, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ message, signal, resolve, reject });
      if (!this.#sending) void this.#drain();
    });
  }

  async close(): Promise<void> {
    for (const { reject } of this.#waiting.splice(0)) reject(new NotSent("closing"));
    await this.#producer.close(true);
  }

  async #drain(): Promise<void> {
    this.#sending = true;
    // Calls that come in the same turn of the event loop go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#next();
      if (batch.length === 0) continue;
      try {
        await this.#producer.send({ messages: batch.map(({ message }) => message) });
        for (const { resolve } of batch) resolve();
      } catch (error) {
        const reported = neverLeft(error) ? new NotSent("no broker", { cause: error }) : error;
        for (const { reject } of batch) reject(reported);
      }
    }
    this.#sending = false;
  }

  #next(): Waiting[] {
    const batch: Waiting[] = [];
    let size = 0;
    while (this.#waiting.length > 0 && size < BATCH_LIMIT) {
      const next = this.#waiting[0];
      const length = next?.message.value?.length ?? 0;
      if (!next || (batch.length > 0 && size + length > BATCH_LIMIT)) break;
      this.#waiting.shift();
      if (next.signal?.aborted) {
        next.reject(new NotSent("given up", { cause: next.signal.reason }));
      } else {
        size += length;
        batch.push(next);
      }
    }
    return batch;
  }
}

/** Nothing of a message has left this process. */
export class NotSent extends Error {
  override readonly name = "NotSent";
}

/** What comes up before a byte of a request is sent. */
const BEFORE_SENDING = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH"]);

/** Whether every try failed for want of a connection. */
function neverLeft(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(neverLeft);
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  return BEFORE_SENDING.has(code) || neverLeft(error.cause);
}
