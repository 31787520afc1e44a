/**
 * A bounded queue from one producer, who never waits, to one consumer, who iterates.
 *
 * Node has no such thing: `events.on` has no end to its buffer, and a `ReadableStream` costs several
 * promises for each item of each client.
 */
export class Queue<T> implements AsyncIterable<T> {
  readonly #limit: number;
  #items: T[] = [];
  /** Items that do not count towards the limit. */
  #forced = 0;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False when the queue is full or ended: the item was not taken. */
  push(item: T): boolean {
    if (this.#ended || this.#items.length - this.#forced >= this.#limit) return false;
    this.#items.push(item);
    this.#wake?.();
    return true;
  }

  /** Takes an item beyond the limit; only before the first `push`. */
  force(item: T): void {
    this.#items.push(item);
    this.#forced += 1;
  }

  /** Ends the iteration at once; what waits is let go. */
  end(): void {
    this.#ended = true;
    this.#items = [];
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    while (true) {
      const item = this.#items.shift();
      if (item !== undefined) {
        if (this.#forced > 0) this.#forced -= 1;
        yield item;
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
    }
  }
}
