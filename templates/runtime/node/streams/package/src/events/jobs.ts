import type { Json, ServiceContract } from "../contract.ts";
import {
  type ChannelEvent,
  type EventHub,
  isVisible,
  type SubscribeOptions,
  type Subscription,
} from "./hub.ts";
import { JobLog, type Place } from "./log.ts";

const CHANNEL = "jobs.";
const GAP = "stream.gap";

/** Bytes of parts that are kept, as JSON, with what each takes beside. */
export interface KeptParts {
  /** Of one job. */
  readonly each: number;
  /** Of all jobs. */
  readonly all: number;
}

/**
 * A hub whose channels `jobs.<id>` have the parts of jobs. What happens to a job that gives parts is kept once,
 * and read by each subscription as its client takes it: who is slow is behind, and misses parts when they are
 * not kept any more, but nothing waits for him.
 */
export class JobHub implements EventHub {
  readonly #hub: EventHub;
  readonly #kept: KeptParts;
  /** By service, the operations that answer in parts. */
  readonly #operations: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #logs = new Map<string, JobLog>();
  readonly #followers = new Map<string, Set<() => void>>();
  #bytes = 0;

  constructor(hub: EventHub, services: readonly ServiceContract[], kept: KeptParts) {
    this.#hub = hub;
    this.#kept = kept;
    this.#operations = new Map(
      services.map(({ name, operations }) => {
        const streams = Object.values(operations).filter(({ stream }) => stream);
        return [name, new Set(streams.map((operation) => operation.name))];
      }),
    );
  }

  subscribe(options: SubscribeOptions = {}): Subscription {
    const { channels, after, caller } = options;
    const { places, rest } = readPlaces(after);
    const { after: _, ...others } = options;
    const inner = this.#hub.subscribe({ ...others, ...(rest !== "" && { after: rest }) });
    const sees = ({ owner }: JobLog) => isVisible(owner, caller);
    const follow = (channel: string, wake: () => void) => this.#follow(channel, wake);
    const log = (channel: string) => this.#logs.get(channel);
    return new JobSubscription({ inner, log, sees, follow }, channels ?? [], places, rest);
  }

  publish(channel: string, data: Json, owner?: string): void {
    const step = stepOf(data);
    if (!step || !this.#operations.get(step.service)?.has(step.operation)) {
      this.#hub.publish(channel, data, owner);
      return;
    }
    const happened = { time: new Date().toISOString(), data };
    let log = this.#logs.get(channel);
    if (!log) {
      log = new JobLog(owner, happened);
      this.#logs.set(channel, log);
    }
    // That it runs is reported with its run.
    if (step.finished !== undefined) log.end(happened);
    this.#wake(channel);
  }

  /** A job runs, perhaps again. */
  begin(id: string, run: string, data: Json): void {
    const channel = `${CHANNEL}${id}`;
    const log = this.#logs.get(channel);
    const bytes = log?.bytes ?? 0;
    if (!log?.begin(run, { time: new Date().toISOString(), data })) return;
    this.#bytes += log.bytes - bytes;
    this.#wake(channel);
  }

  /** Takes a part of a run; the first has the number 1. */
  part(id: string, place: Place, part: Json): void {
    const channel = `${CHANNEL}${id}`;
    const log = this.#logs.get(channel);
    const bytes = log?.bytes ?? 0;
    const data = { id, number: place.number, part };
    if (!log?.add(place, new Date().toISOString(), data)) return;
    while (log.bytes > this.#kept.each) log.drop();
    this.#bytes += log.bytes - bytes;
    this.#shrink();
    this.#wake(channel);
  }

  forgetJob(id: string): void {
    const channel = `${CHANNEL}${id}`;
    this.#bytes -= this.#logs.get(channel)?.bytes ?? 0;
    this.#logs.delete(channel);
  }

  beginJobsWith(...[state]: Parameters<EventHub["beginJobsWith"]>): void {
    this.#hub.beginJobsWith(state);
  }

  close(): Promise<void> {
    return this.#hub.close();
  }

  /** At the limit, parts of the jobs go that were asked for first. */
  #shrink(): void {
    for (const log of this.#logs.values()) {
      while (this.#bytes > this.#kept.all && log.bytes > 0) {
        const { bytes } = log;
        log.drop();
        this.#bytes += log.bytes - bytes;
      }
      if (this.#bytes <= this.#kept.all) return;
    }
  }

  #wake(channel: string): void {
    for (const wake of this.#followers.get(channel) ?? []) wake();
  }

  /** Calls `wake` when something happens to a job; gives what ends that. */
  #follow(channel: string, wake: () => void): () => void {
    const followers = this.#followers.get(channel) ?? new Set();
    this.#followers.set(channel, followers.add(wake));
    return () => {
      followers.delete(wake);
      if (followers.size === 0) this.#followers.delete(channel);
    };
  }
}

interface Source {
  readonly inner: Subscription;
  readonly log: (channel: string) => JobLog | undefined;
  readonly sees: (log: JobLog) => boolean;
  readonly follow: (channel: string, wake: () => void) => () => void;
}

/** The events of the hub, and between them those of the jobs that are followed. */
class JobSubscription implements Subscription {
  readonly #source: Source;
  /** By channel, how to end following it. */
  readonly #following = new Map<string, () => void>();
  readonly #places = new Map<string, Place>();
  /** How far the hub's events have been given. */
  #received: string;
  #wake: () => void = () => undefined;

  constructor(
    source: Source,
    channels: readonly string[],
    places: ReadonlyMap<string, Place>,
    received: string,
  ) {
    this.#source = source;
    this.#received = received || source.inner.begun;
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
    this.#wake();
  }

  remove(channel: string): void {
    this.#source.inner.remove(channel);
    this.#following.get(channel)?.();
    this.#following.delete(channel);
    this.#places.delete(channel);
  }

  close(): void {
    for (const leave of this.#following.values()) leave();
    this.#source.inner.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ChannelEvent, void, undefined> {
    const events = this.#source.inner[Symbol.asyncIterator]();
    let came: IteratorResult<ChannelEvent> | undefined;
    const ask = async () => {
      came = await events.next();
      this.#wake();
    };
    let more = Promise.withResolvers<void>();
    this.#wake = () => more.resolve();
    let asking = ask();
    for (;;) {
      more = Promise.withResolvers();
      const event = came;
      if (event) {
        await asking;
        if (event.done) return;
        came = undefined;
        asking = ask();
        this.#received = event.value.id;
        // How far a job is that gives parts stands in its log.
        if (!this.#source.log(event.value.channel)) yield this.#placed(event.value);
      }
      const happened = this.#next();
      if (happened) yield happened;
      else if (!event) await more.promise;
    }
  }

  #follow(channel: string, place: Place | undefined): void {
    if (!channel.startsWith(CHANNEL) || this.#following.has(channel)) return;
    this.#following.set(
      channel,
      this.#source.follow(channel, () => this.#wake()),
    );
    if (place) this.#places.set(channel, place);
  }

  /** What comes next of the jobs, in turn. */
  #next(): ChannelEvent | undefined {
    for (const [channel, leave] of this.#following) {
      const log = this.#source.log(channel);
      const happened = log && this.#source.sees(log) && log.after(this.#places.get(channel));
      if (!happened) continue;
      this.#following.delete(channel);
      this.#following.set(channel, leave);
      this.#places.set(channel, happened.place);
      const { kind, time, data } = happened;
      if (kind !== "gap") return { id: this.#id(), channel, time, data };
      return { id: this.#id(), channel: GAP, time, data: { job: channel.slice(CHANNEL.length) } };
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
function readPlaces(id = ""): { readonly places: Map<string, Place>; readonly rest: string } {
  const places = new Map<string, Place>();
  const rest = id.split(",").filter((text) => {
    const [, channel, run, number] = PLACE.exec(text) ?? [];
    if (!channel || !run) return true;
    places.set(channel, { run, number: Number(number) });
    return false;
  });
  return { places, rest: rest.join(",") };
}

/** A step of a job as the board reports it. */
function stepOf(data: Json) {
  if (typeof data !== "object" || data === null || Array.isArray(data)) return undefined;
  const { service, operation, finished } = data;
  if (typeof service !== "string" || typeof operation !== "string") return undefined;
  return { service, operation, finished };
}
