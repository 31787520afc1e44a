import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import type { Metrics } from "./metrics.ts";
import type { Json, ServiceContract, ServicePort } from "./ports.ts";
import { Problem } from "./problem.ts";
import { Queue } from "./queue.ts";

/** An event as clients see it. */
export interface ChannelEvent {
  /** Given by this gateway; a client that comes back with it goes on behind it. */
  readonly id: string;
  /** `<service>.<event>`, `jobs.<id>`, or `stream.gap`: events were missed before this one. */
  readonly channel: string;
  /** RFC 3339 with an offset. */
  readonly time: string;
  readonly data: Json;
}

export interface SubscribeOptions {
  /**
   * `<service>.<event>`, `<service>.*` or `jobs.<id>`, the id in full: who can name a job may see
   * it. Left out: every event of every service, and no job. The channel of a job begins with how
   * far it is: who subscribes after it has finished is told so all the same.
   */
  readonly channels?: readonly string[] | undefined;
  /** Id of the last event that the client has: what came after it is replayed first. When the
   * buffer no longer holds all of it, a `stream.gap` event comes before what is left. */
  readonly after?: string | undefined;
}

/**
 * One client's view of the events. Iterate it once; the loop ends after `close()` or when the
 * client lags. An event waits in a bounded queue until the loop asks for it, so a loop that awaits
 * the client's socket passes its back-pressure on.
 */
export interface Subscription extends AsyncIterable<ChannelEvent> {
  /** Aborts when the queue was full: the client is too slow and has lost events. */
  readonly lagging: AbortSignal;
  /** Adds a channel; from now on, and of a job how far it is already. @throws Problem `invalid_argument`, `not_found` */
  add(channel: string): void;
  /** Takes a channel away; events of it that already wait in the queue are still delivered. */
  remove(channel: string): void;
  /** Ends the loop and frees the queue. */
  close(): void;
}

/** The events of all services and jobs, fanned out to clients. */
export interface EventHub {
  /** @throws Problem `invalid_argument` for a malformed channel or too many, `not_found` for one
   * that no service has */
  subscribe(options?: SubscribeOptions): Subscription;
  /** Sends an event of the gateway's own to who subscribed to exactly `channel`. */
  publish(channel: string, data: Json): void;
  /** Tells from where a subscription to a job's channel learns how far the job is; `undefined` for
   * an id that is not known. */
  beginJobsWith(state: (id: string) => Json | undefined): void;
  /** Stops listening to the services and ends every subscription. */
  close(): Promise<void>;
}

export interface HubOptions {
  readonly sources: readonly { readonly contract: ServiceContract; readonly port: ServicePort }[];
  /** Events that are kept for clients that come back. */
  readonly replay: number;
  /** Events that may wait for one client. */
  readonly queue: number;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** What clients are told when events before this one are lost to them. */
const GAP = "stream.gap";
/** Channels of one client. */
const CHANNELS = 100;
const JOBS = "jobs";

/** Begins to listen to every service that has events, one subscription each. */
export function createHub(options: HubOptions): EventHub {
  const hub = new Hub(options);
  hub.listen();
  return hub;
}

interface Kept {
  readonly sequence: number;
  readonly event: ChannelEvent;
  /** What subscriptions are matched against: the channel, or for a gap `<service>.`. */
  readonly topic: string;
}

class Hub implements EventHub {
  readonly #options: HubOptions;
  readonly #events: ReadonlyMap<string, ReadonlySet<string>>;
  /** Ids of another process mean nothing here: its clients are told of a gap. */
  readonly #epoch = randomBytes(4).toString("hex");
  readonly #kept: Kept[] = [];
  readonly #subscribers = new Set<Subscriber>();
  readonly #stop = new AbortController();
  readonly #listening: Promise<void>[] = [];
  #sequence = 0;
  #jobState: (id: string) => Json | undefined = () => undefined;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#events = new Map(
      options.sources.map(({ contract }) => [contract.name, new Set(contract.events)]),
    );
  }

  listen(): void {
    for (const { contract, port } of this.#options.sources) {
      if (contract.events.length > 0) this.#listening.push(this.#follow(contract.name, port));
    }
  }

  subscribe({ channels, after }: SubscribeOptions = {}): Subscription {
    const subscriber: Subscriber = new Subscriber({
      queue: this.#options.queue,
      check: (channel) => this.#checked(channel),
      begin: (channel) => this.#begin(channel),
      onLag: () => this.#options.metrics.lagging.inc(),
      onEnd: () => {
        this.#subscribers.delete(subscriber);
        this.#options.metrics.subscribers.set(this.#subscribers.size);
      },
    });
    for (const channel of channels ?? [...this.#events.keys()].map((name) => `${name}.*`)) {
      subscriber.listen(channel);
    }
    const resumed = after !== undefined && this.#replay(subscriber, after);
    if (!resumed) for (const channel of channels ?? []) subscriber.begin(channel);
    if (this.#stop.signal.aborted) subscriber.close();
    else this.#subscribers.add(subscriber);
    this.#options.metrics.subscribers.set(this.#subscribers.size);
    return subscriber;
  }

  publish(channel: string, data: Json): void {
    this.#keep(channel, channel, new Date().toISOString(), data);
  }

  beginJobsWith(state: (id: string) => Json | undefined): void {
    this.#jobState = state;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    for (const subscriber of [...this.#subscribers]) subscriber.close();
    await Promise.all(this.#listening);
  }

  /** The port opens lost connections again; that it gives up is a defect worth an error line. */
  async #follow(service: string, port: ServicePort): Promise<void> {
    const known = this.#events.get(service);
    try {
      for await (const event of port.events({ signal: this.#stop.signal })) {
        if (event.name === GAP) this.#keep(GAP, `${service}.`, event.time, { service });
        else if (known?.has(event.name)) {
          const channel = `${service}.${event.name}`;
          this.#keep(channel, channel, event.time, event.data);
        }
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) {
        this.#options.log.error({ err: error, service }, "the events of the service have ended");
      }
    }
  }

  #keep(channel: string, topic: string, time: string, data: Json): void {
    this.#sequence += 1;
    const id = `${this.#epoch}-${this.#sequence}`;
    const kept = { sequence: this.#sequence, topic, event: { id, channel, time, data } };
    this.#kept.push(kept);
    if (this.#kept.length > this.#options.replay) this.#kept.shift();
    for (const subscriber of this.#subscribers) subscriber.offer(topic, kept.event);
  }

  /** Whether `after` is an id of this process, behind which the subscriber goes on. */
  #replay(subscriber: Subscriber, after: string): boolean {
    const [epoch, digits = ""] = after.split("-");
    const last = /^\d{1,15}$/.test(digits) ? Number(digits) : Number.NaN;
    const known = epoch === this.#epoch && last <= this.#sequence;
    const first = this.#kept[0]?.sequence ?? this.#sequence + 1;
    if (!known || last + 1 < first) {
      const time = new Date().toISOString();
      // The id of the moment: a client that comes back with it is not told of the same gap again.
      const id = `${this.#epoch}-${known ? first - 1 : this.#sequence}`;
      subscriber.replay({ id, channel: GAP, time, data: {} });
    }
    if (!known) return false;
    for (const { sequence, topic, event } of this.#kept) {
      if (sequence > last && subscriber.wants(topic)) subscriber.replay(event);
    }
    return true;
  }

  /** How far the job of a channel is; its id is that of the moment, as of a gap. */
  #begin(channel: string): ChannelEvent | undefined {
    if (!channel.startsWith(`${JOBS}.`)) return undefined;
    const data = this.#jobState(channel.slice(JOBS.length + 1));
    if (data === undefined) return undefined;
    const id = `${this.#epoch}-${this.#sequence}`;
    return { id, channel, time: new Date().toISOString(), data };
  }

  /** The topic, or the beginning of it, that `channel` stands for. */
  #checked(channel: string): Pattern {
    const dot = channel.indexOf(".");
    const [first, rest] = [channel.slice(0, dot), channel.slice(dot + 1)];
    if (dot < 1 || rest === "") {
      throw new Problem(
        "invalid_argument",
        "A channel is <service>.<event>, <service>.* or jobs.<id>",
      );
    }
    if (first === JOBS) {
      if (rest.includes("*")) {
        throw new Problem("invalid_argument", "The channel of a job names its id in full");
      }
      return { topic: channel, prefix: undefined };
    }
    const events = this.#events.get(first);
    if (events && rest === "*") return { topic: undefined, prefix: `${first}.` };
    if (!events?.has(rest)) throw new Problem("not_found", `There is no channel ${channel}`);
    return { topic: channel, prefix: undefined };
  }
}

interface Pattern {
  readonly topic: string | undefined;
  readonly prefix: string | undefined;
}

interface SubscriberOptions {
  readonly queue: number;
  check(channel: string): Pattern;
  begin(channel: string): ChannelEvent | undefined;
  onLag(): void;
  onEnd(): void;
}

class Subscriber implements Subscription {
  readonly #options: SubscriberOptions;
  readonly #patterns = new Map<string, Pattern>();
  readonly #lagging = new AbortController();
  readonly #queue: Queue<ChannelEvent>;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.#queue = new Queue(options.queue);
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
    if (event) this.#take(event);
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

  /** Whether one of the channels matches. A gap's topic is `<service>.`: who listens to any event
   * of the service is told. */
  wants(topic: string): boolean {
    for (const pattern of this.#patterns.values()) {
      if (pattern.topic === topic) return true;
      if (pattern.prefix !== undefined && topic.startsWith(pattern.prefix)) return true;
      if (topic.endsWith(".") && pattern.topic?.startsWith(topic)) return true;
    }
    return false;
  }

  /** Takes an event that happened before: the buffer bounds these, not the queue. */
  replay(event: ChannelEvent): void {
    this.#queue.force(event);
  }

  offer(topic: string, event: ChannelEvent): void {
    if (this.wants(topic)) this.#take(event);
  }

  #take(event: ChannelEvent): void {
    if (this.#queue.push(event)) return;
    this.#options.onLag();
    this.#lagging.abort();
    this.close();
  }
}
