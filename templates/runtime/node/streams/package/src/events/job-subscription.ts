import { readCursor } from "./cursor.ts";
import type { ChannelEvent, Subscription } from "./hub.ts";
import { JOB_CHANNEL, type JobLog, type Place } from "./log.ts";

const GAP = "stream.gap";

export interface JobSource {
  readonly inner: Subscription;
  readonly sees: (log: JobLog) => boolean;
  /** Calls `onChange` when something happens to a job, and now when something has; gives what ends that. */
  readonly follow: (channel: string, onChange: (log: JobLog) => void) => () => void;
}

/** The events of the hub, and between them those of the jobs that are followed. */
export class JobSubscription implements Subscription {
  readonly #source: JobSource;
  /** By channel, how to end following it. */
  readonly #following = new Map<string, () => void>();
  readonly #places = new Map<string, Place>();
  /** Kept here, too: a job may be forgotten before its client has taken its end. */
  readonly #logs = new Map<string, JobLog>();
  /** How far the hub's events have been given. */
  #received: string;
  #isClosed = false;
  #wake: () => void = () => undefined;

  /** @param received As the client gave it: it goes back to it in each id. */
  constructor(
    source: JobSource,
    channels: readonly string[],
    places: ReadonlyMap<string, Place>,
    received: string,
  ) {
    this.#source = source;
    this.#received = readCursor(received) ? received : source.inner.begun;
    for (const channel of channels) this.#follow(channel, places.get(channel));
  }

  get lagging(): AbortSignal {
    return this.#source.inner.lagging;
  }

  get begun(): string {
    return this.#source.inner.begun;
  }

  add(channel: string): void {
    this.#source.inner.add(channel);
    this.#follow(channel, undefined);
  }

  remove(channel: string): void {
    this.#source.inner.remove(channel);
    this.#following.get(channel)?.();
    this.#following.delete(channel);
    this.#places.delete(channel);
    this.#logs.delete(channel);
  }

  close(): void {
    this.#isClosed = true;
    for (const leave of this.#following.values()) leave();
    this.#following.clear();
    this.#source.inner.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ChannelEvent, void, undefined> {
    const events = this.#source.inner[Symbol.asyncIterator]();
    let came: Promise<IteratorResult<ChannelEvent>> | undefined;
    let more = Promise.withResolvers<void>();
    this.#wake = () => more.resolve();
    const ask = () => {
      const next = events.next();
      const arrived = () => {
        came = next;
        this.#wake();
      };
      next.then(arrived, arrived);
    };
    ask();
    try {
      for (;;) {
        more = Promise.withResolvers();
        const event = came && (await came);
        if (event) {
          if (event.done) return;
          came = undefined;
          ask();
          this.#received = event.value.id;
          // How far a job is that gives parts stands in its log.
          if (!this.#logs.has(event.value.channel)) yield this.#placed(event.value);
        }
        const next = this.#next();
        if (next) yield next;
        else if (!event) await more.promise;
      }
    } finally {
      this.close();
    }
  }

  #follow(channel: string, place: Place | undefined): void {
    if (this.#isClosed || !channel.startsWith(JOB_CHANNEL) || this.#following.has(channel)) return;
    if (place) this.#places.set(channel, place);
    const leave = this.#source.follow(channel, (log) => {
      this.#logs.set(channel, log);
      this.#wake();
    });
    this.#following.set(channel, leave);
  }

  /** What comes next of the jobs, in turn. */
  #next(): ChannelEvent | undefined {
    for (const [channel, leave] of this.#following) {
      const log = this.#logs.get(channel);
      const event = log && this.#source.sees(log) && log.after(this.#places.get(channel));
      if (!event) continue;
      this.#following.delete(channel);
      this.#following.set(channel, leave);
      this.#places.set(channel, event.place);
      const { kind, time, data } = event;
      if (kind !== "gap") return { id: this.#id(), channel, time, data };
      const job = channel.slice(JOB_CHANNEL.length);
      return { id: this.#id(), channel: GAP, time, data: { job } };
    }
    return undefined;
  }

  /** The event itself, the same for all subscriptions, where its id says all. */
  #placed(event: ChannelEvent): ChannelEvent {
    return this.#places.size === 0 ? event : { ...event, id: this.#id() };
  }

  /** How far all has been given. */
  #id(): string {
    const places = [...this.#places].map(([channel, { run, number }]) => {
      return `${channel}:${run}-${number}`;
    });
    return [this.#received, ...places].join(",");
  }
}

const PLACE = /^(jobs\.[\w-]+):([0-9a-z]{1,32})-(\d{1,15})$/;

/** Takes the places in jobs out of an id; the rest is the hub's. */
export function readPlaces(id = ""): {
  readonly places: Map<string, Place>;
  readonly rest: string;
} {
  const places = new Map<string, Place>();
  const rest = id.split(",").filter((text) => {
    const [, channel, run, number] = PLACE.exec(text) ?? [];
    if (!channel || !run) return true;
    places.set(channel, { run, number: Number(number) });
    return false;
  });
  return { places, rest: rest.join(",") };
}
