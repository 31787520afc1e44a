import { Problem } from "../calls/problem.ts";
import {
  type Cursor,
  covers,
  furthest,
  isWithin,
  type Place,
  type Position,
  writeCursor,
} from "./cursor.ts";
import type { ChannelEvent, Subscription } from "./hub.ts";

/** Channels of one client. */
const CHANNELS = 100;

/** An event with what subscriptions are matched against. */
export interface Reported {
  readonly event: ChannelEvent;
  /** The channel, or for a gap `<service>.`. */
  readonly topic: string;
  /** Whose it is; `undefined` for everybody's. */
  readonly owner: string | undefined;
  /** How far every source has been received with it. */
  readonly received: Cursor;
}

/** What a channel stands for. */
export interface Pattern {
  readonly topic: string | undefined;
  readonly prefix: string | undefined;
}

export interface SubscriberOptions {
  readonly queue: number;
  /** How far every source has been received. */
  received(): Cursor;
  check(channel: string): Pattern;
  begin(channel: string): ChannelEvent | undefined;
  /** Whether the client may receive what is reported there, and what `owner` asked for. */
  sees(topic: string, owner: string | undefined): boolean;
  onLag(): void;
  onEnd(): void;
}

/** The one implementation of `Subscription`. */
export class Subscriber implements Subscription {
  readonly begun: string;
  readonly #options: SubscriberOptions;
  readonly #patterns = new Map<string, Pattern>();
  /** What a client that came back has received, until the gateway has received all of that, too. */
  readonly #own = new Map<string, Place>();
  readonly #lagging = new AbortController();
  readonly #queue: Queue<ChannelEvent>;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.#queue = new Queue(options.queue);
    this.begun = writeCursor(options.received());
  }

  get lagging(): AbortSignal {
    return this.#lagging.signal;
  }

  add(channel: string): void {
    this.listen(channel);
    this.begin(channel);
  }

  listen(channel: string): void {
    if (this.#patterns.size >= CHANNELS && !this.#patterns.has(channel)) {
      throw new Problem("invalid_argument", `No more than ${CHANNELS} channels at once`);
    }
    this.#patterns.set(channel, this.#options.check(channel));
  }

  begin(channel: string): void {
    const event = this.#options.begin(channel);
    if (event) this.#take(this.#placed(event, this.#options.received()));
  }

  remove(channel: string): void {
    this.#patterns.delete(channel);
  }

  close(): void {
    this.#queue.end();
    this.#options.onEnd();
  }

  [Symbol.asyncIterator](): AsyncIterator<ChannelEvent> {
    return this.#queue[Symbol.asyncIterator]();
  }

  /** Whether one of the channels matches, and the client may see it. A gap's topic is `<service>.`: who
   * listens to any event of the service receives it. */
  wants(topic: string, owner?: string): boolean {
    if (!this.#options.sees(topic, owner)) return false;
    for (const pattern of this.#patterns.values()) {
      if (pattern.topic === topic) return true;
      if (pattern.prefix !== undefined && topic.startsWith(pattern.prefix)) return true;
      if (topic.endsWith(".") && pattern.topic?.startsWith(topic)) return true;
    }
    return false;
  }

  /** Goes on in a source behind where the client was, in several of its logs. */
  resumeIn(source: string, ...places: readonly Place[]): void {
    this.#own.set(source, new Map(places.flatMap((place) => [...place])));
  }

  /** Where the client was in a source when it came back. */
  placeIn(source: string): Place | undefined {
    return this.#own.get(source);
  }

  /** Whether the client received this before it came back, perhaps from another gateway. */
  knows(source: string, position: Position): boolean {
    const place = this.placeIn(source);
    return place !== undefined && covers(place, position);
  }

  /** Takes an event that happened before: the buffer bounds these, not the queue. */
  replay(event: ChannelEvent): void {
    this.#queue.force(event);
  }

  offer({ topic, owner, event, received }: Reported): void {
    if (this.wants(topic, owner)) this.#take(this.#placed(event, received));
  }

  /** The event with an id that does not fall behind what the client has received, perhaps elsewhere. */
  #placed(event: ChannelEvent, received: Cursor): ChannelEvent {
    if (this.#own.size === 0) return event;
    if (!isWithin(this.#own, received)) {
      return { ...event, id: writeCursor(furthest(received, this.#own)) };
    }
    this.#own.clear();
    return event;
  }

  #take(event: ChannelEvent): void {
    if (this.#queue.push(event)) return;
    this.#options.onLag();
    this.#lagging.abort();
    this.close();
  }
}

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
