import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import { type Authorize, holds, type Scopes } from "../auth/caller.ts";
import type { Caller } from "../auth/interface.ts";
import { Problem } from "../calls/problem.ts";
import type { Json, ServiceContract } from "../contract.ts";
import type { Metrics } from "../observability/metrics.ts";
import type { Config } from "../server/settings.ts";
import { type ServiceEvent, STREAM, type TransportClient } from "../transports/client.ts";
import { type Cursor, type Position, readCursor, readPosition, writeCursor } from "./cursor.ts";
import { ReplayBuffer } from "./history.ts";
import { type Pattern, type Reported, Subscriber } from "./subscriber.ts";

/** An event as clients see it. */
export interface ChannelEvent {
  /** How far every source has been received: a client that comes back with it goes on behind it, at
   * this gateway or at another. */
  readonly id: string;
  /** `<service>.<event>`, `jobs.<id>`, or `stream.gap`: events were missed before this one. */
  readonly channel: string;
  /** RFC 3339 with an offset. */
  readonly time: string;
  readonly data: Json;
}

/** Makes of an event what goes to its clients, once for all of them; it is forgotten with the event. */
export function oncePerEvent<T>(make: (event: ChannelEvent) => T): (event: ChannelEvent) => T {
  const made = new WeakMap<ChannelEvent, T>();
  return (event) => {
    const known = made.get(event);
    if (known !== undefined) return known;
    const fresh = make(event);
    made.set(event, fresh);
    return fresh;
  };
}

export interface SubscribeOptions {
  /**
   * `<service>.<event>`, `<service>.*` or `jobs.<id>`, the id in full. Left out: every event of every
   * service, and no job. Where no event is named, those that the client may receive are meant. The
   * channel of a job begins with how far it is: who subscribes after it has finished receives that
   * all the same.
   */
  readonly channels?: readonly string[] | undefined;
  /** Id of the last event that the client has: what came after it is replayed first. When the
   * buffer no longer holds all of it, a `stream.gap` event comes before what is left. */
  readonly after?: string | undefined;
  /** Who is asking: of jobs, his own are seen, and those of anonymous clients. */
  readonly caller?: Caller | undefined;
}

/** How far a job is. */
export interface JobState {
  readonly data: Json;
  /** The subject of who asked; `undefined` of an anonymous client's. */
  readonly owner: string | undefined;
}

/** Whether who is asking may see what `owner` asked for. */
export function isVisible(owner: string | undefined, caller: Caller | undefined): boolean {
  return owner === undefined || owner === caller?.subject;
}

/**
 * One client's view of the events. Iterate it once; the loop ends after `close()` or when the
 * client lags. An event waits in a bounded queue until the loop asks for it, so a loop that awaits
 * the client's socket passes its back-pressure on.
 */
export interface Subscription extends AsyncIterable<ChannelEvent> {
  /** Aborts when the queue was full: the client is too slow and has lost events. */
  readonly lagging: AbortSignal;
  /** How far every source had been received when it began. */
  readonly begun: string;
  /** Adds a channel; from now on, and of a job how far it is already. @throws Problem as `subscribe` */
  add(channel: string): void;
  /** Takes a channel away; events of it that already wait in the queue are still delivered. */
  remove(channel: string): void;
  /** Ends the loop and frees the queue. */
  close(): void;
}

/** The events of all services and jobs, fanned out to clients. */
export interface EventHub {
  /** @throws Problem `invalid_argument` for a malformed channel or too many, `not_found` for one
   * that no service has, or for somebody else's job, `permission_denied` for an event that the client
   * may not receive */
  subscribe(options?: SubscribeOptions): Subscription;
  /** Sends an event of the gateway's own to those who subscribed to exactly `channel`, and may see what
   * `owner` asked for. */
  publish(channel: string, data: Json, owner?: string): void;
  /** Sets from where a subscription to a job's channel learns how far the job is; `undefined` for
   * an id that is not known. */
  beginJobsWith(state: (id: string) => JobState | undefined): void;
  /** Stops listening to the services and ends every subscription. */
  close(): Promise<void>;
}

export interface HubOptions extends Readonly<Config["events"]> {
  readonly sources: readonly {
    readonly contract: ServiceContract;
    readonly client: TransportClient;
  }[];
  readonly metrics: Metrics;
  readonly authorize: Authorize;
  readonly log: Logger;
}

/** An event before it has an id: that is for each client the end of what it has received. */
type Happening = Omit<ChannelEvent, "id"> & Pick<Reported, "topic" | "owner">;

/** What clients receive when events before this one are lost to them. */
const GAP = STREAM.gap;
const JOBS = "jobs";

/** Begins to listen to every service that has events, one subscription each. */
export function createHub(options: HubOptions): EventHub {
  const hub = new Hub(options);
  hub.listen();
  return hub;
}

class Hub implements EventHub {
  readonly #options: HubOptions;
  readonly #events: ReadonlyMap<string, ReadonlySet<string>>;
  /** What clients need to receive the events of a channel. */
  readonly #scopes: ReadonlyMap<string, Scopes>;
  readonly #buffer: ReplayBuffer<Happening>;
  /** Which of all jobs' steps the last one was. What happens to jobs is reported anew by each process. */
  #step: Position = { epoch: randomBytes(4).toString("hex"), sequence: 0 };
  readonly #subscribers = new Set<Subscriber>();
  readonly #stop = new AbortController();
  readonly #listening: Promise<void>[] = [];
  #jobState: (id: string) => JobState | undefined = () => undefined;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#events = new Map(
      options.sources.map(({ contract }) => [contract.name, new Set(contract.events)]),
    );
    this.#scopes = new Map(
      options.sources.flatMap(({ contract: { name, scopes = {} } }) =>
        Object.entries(scopes).map(([event, needed]) => [`${name}.${event}`, needed] as const),
      ),
    );
    this.#buffer = new ReplayBuffer(options.replay);
    this.#buffer.begin(JOBS, this.#step);
  }

  listen(): void {
    for (const { contract, client } of this.#options.sources) {
      if (contract.events.length > 0) this.#listening.push(this.#follow(contract.name, client));
    }
  }

  subscribe({ channels, after, caller }: SubscribeOptions = {}): Subscription {
    const subscriber: Subscriber = new Subscriber({
      queue: this.#options.queue,
      received: () => this.#buffer.received,
      check: (channel) => this.#checked(channel, caller),
      begin: (channel) => this.#stateOf(channel, caller),
      sees: (topic, owner) => isVisible(owner, caller) && holds(caller, this.#scopes.get(topic)),
      onLag: () => this.#options.metrics.lagging.inc(),
      onEnd: () => {
        this.#subscribers.delete(subscriber);
        this.#options.metrics.subscribers.set(this.#subscribers.size);
      },
    });
    for (const channel of channels ?? [...this.#events.keys()].map((name) => `${name}.*`)) {
      subscriber.listen(channel);
    }
    const cursor = after === undefined ? undefined : readCursor(after);
    // Who goes on in this process receives each step of the jobs, anybody else how far they are by now.
    const goesOn = cursor?.get(JOBS)?.has(this.#step.epoch) ?? false;
    const now = new Map([[this.#step.epoch, this.#step.sequence]]);
    if (cursor) this.#replay(subscriber, goesOn ? cursor : new Map([...cursor, [JOBS, now]]));
    else if (after !== undefined) subscriber.replay(this.#gap({}));
    if (!goesOn) for (const channel of channels ?? []) subscriber.begin(channel);
    if (this.#stop.signal.aborted) subscriber.close();
    else this.#subscribers.add(subscriber);
    this.#options.metrics.subscribers.set(this.#subscribers.size);
    return subscriber;
  }

  publish(channel: string, data: Json, owner?: string): void {
    this.#step = { ...this.#step, sequence: this.#step.sequence + 1 };
    this.#report(JOBS, this.#step, { channel, topic: channel, owner, time: now(), data });
  }

  beginJobsWith(state: (id: string) => JobState | undefined): void {
    this.#jobState = state;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    for (const subscriber of [...this.#subscribers]) subscriber.close();
    await Promise.all(this.#listening);
  }

  /** The client opens lost connections again; that it gives up is a defect worth an error line. */
  async #follow(service: string, client: TransportClient): Promise<void> {
    try {
      for await (const event of client.events({ signal: this.#stop.signal })) {
        this.#receive(service, event);
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) {
        this.#options.log.error({ err: error, service }, "the events of the service have ended");
      }
    }
  }

  #receive(service: string, { id, name, time, data }: ServiceEvent): void {
    const position = readPosition(id);
    if (!position) {
      this.#options.log.warn({ service, id }, "an event without a place was left out");
    } else if (name === STREAM.open) {
      this.#buffer.open(service, position);
    } else if (name === STREAM.end) {
      this.#buffer.end(service, position.epoch);
    } else if (name === GAP) {
      if (this.#buffer.has(service)) {
        const gap = { channel: GAP, topic: `${service}.`, time, data: { service } };
        this.#report(service, position, { ...gap, owner: undefined });
      } else {
        this.#begin(service, position);
      }
    } else if (this.#events.get(service)?.has(name)) {
      const channel = `${service}.${name}`;
      this.#report(service, position, { channel, topic: channel, owner: undefined, time, data });
    }
  }

  /** A source is received from here on: what of it clients that came back miss can be judged now. */
  #begin(service: string, position: Position): void {
    this.#buffer.begin(service, position);
    const gap = {
      topic: `${service}.`,
      owner: undefined,
      event: this.#gap({ service }),
      received: this.#buffer.received,
    };
    for (const subscriber of this.#subscribers) {
      const place = subscriber.placeIn(service);
      if (!place) continue;
      const known = this.#buffer.floorsIn(service, place);
      subscriber.resumeIn(service, known, this.#buffer.awaitedIn(service, place));
      if (this.#buffer.misses(service, place)) subscriber.offer(gap);
    }
  }

  #report(source: string, position: Position, happening: Happening): void {
    this.#buffer.add(source, position, happening);
    const { topic, owner, ...event } = happening;
    const { received } = this.#buffer;
    const id = writeCursor(received);
    const reported: Reported = { topic, owner, event: { id, ...event }, received };
    for (const subscriber of this.#subscribers) {
      if (!subscriber.knows(source, position)) subscriber.offer(reported);
    }
  }

  #replay(subscriber: Subscriber, cursor: Cursor): void {
    const { gaps, events } = this.#buffer.after(cursor);
    const own = this.#buffer.floors(cursor);
    for (const service of gaps) {
      // Jobs begin with how far they are: nothing is lost there.
      if (service !== JOBS && subscriber.wants(`${service}.`)) {
        subscriber.replay(this.#gap({ service }, own));
      }
    }
    for (const { source, position, value } of events) {
      const { topic, owner, ...event } = value;
      own.set(source, new Map(own.get(source)).set(position.epoch, position.sequence));
      if (subscriber.wants(topic, owner)) subscriber.replay({ id: writeCursor(own), ...event });
    }
    for (const [source, place] of own) {
      const awaited = this.#buffer.awaitedIn(source, cursor.get(source) ?? new Map());
      subscriber.resumeIn(source, place, awaited);
    }
  }

  /** Events were missed. Who comes back with its id is not notified of the same gap again: it stands
   * for where the kept events begin, or for now. */
  #gap(data: Json, place: Cursor = this.#buffer.received): ChannelEvent {
    return { id: writeCursor(place), channel: GAP, time: now(), data };
  }

  /** How far the job of a channel is; its id is that of the moment. */
  #stateOf(channel: string, caller: Caller | undefined): ChannelEvent | undefined {
    if (!channel.startsWith(`${JOBS}.`)) return undefined;
    const state = this.#jobState(channel.slice(JOBS.length + 1));
    if (!state || !isVisible(state.owner, caller)) return undefined;
    return { id: writeCursor(this.#buffer.received), channel, time: now(), data: state.data };
  }

  /** The topic, or the beginning of it, that `channel` stands for. */
  #checked(channel: string, caller: Caller | undefined): Pattern {
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
      if (!isVisible(this.#jobState(rest)?.owner, caller)) {
        throw new Problem("not_found", `There is no channel ${channel}`);
      }
      return { topic: channel, prefix: undefined };
    }
    const events = this.#events.get(first);
    if (events && rest === "*") return { topic: undefined, prefix: `${first}.` };
    if (!events?.has(rest)) throw new Problem("not_found", `There is no channel ${channel}`);
    this.#options.authorize(caller, this.#scopes.get(channel));
    return { topic: channel, prefix: undefined };
  }
}

function now(): string {
  return new Date().toISOString();
}
