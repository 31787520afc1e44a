import { setTimeout as sleep } from "node:timers/promises";
import pRetry from "p-retry";
import type { Logger } from "pino";
import { OncePerEvent, type Position, readPosition } from "../../events/cursor.ts";
import { type ServiceEvent, STREAM } from "../client.ts";
import type { Addresses } from "./addresses.ts";

export interface ReplicasOptions {
  readonly addresses: Addresses;
  readonly open: OpenStream;
  readonly after?: string | undefined;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly service: string;
}

/** Milliseconds between two looks at the addresses; spread over half of it and half as much again. */
const LOOK_MS = 2000;
/** Milliseconds that the replicas of the first look have to begin together. */
const BEGIN_MS = 2000;

/**
 * The events of all replicas of a service as one stream, each event once: as `TransportClient.events`
 * promises. A replica that comes is found within seconds and received from its beginning.
 */
export async function* followReplicas(
  options: ReplicasOptions,
): AsyncGenerator<ServiceEvent, void, undefined> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const { readable, writable } = new TransformStream<ServiceEvent, ServiceEvent>();
  void new Replicas({ ...options, signal }, writable.getWriter()).follow();
  try {
    yield* readable;
  } finally {
    stop.abort();
  }
}

/** What is known of the replica at an address. */
interface Follower {
  /** Of its log. */
  epoch: string | undefined;
  /** Of the last event that it reported. */
  sequence: number;
  /** Whether its last stream came to its end. */
  isWhole: boolean;
}

class Replicas {
  readonly #options: ReplicasOptions;
  readonly #out: WritableStreamDefaultWriter<ServiceEvent>;
  /** A name may lead to one replica by two addresses, of IPv4 and of IPv6. */
  readonly #once = new OncePerEvent();
  readonly #followers = new Map<string, Follower>();
  readonly #following = new Set<Promise<void>>();
  #listed: ReadonlySet<string> = new Set();
  #isLooking = false;
  /** Of the first look, the addresses that have neither been received nor failed. */
  #awaited: Set<string> | undefined;
  /** Where the logs begin with which the stream begins. */
  readonly #first: ServiceEvent[] = [];
  readonly #begun = Promise.withResolvers<void>();
  #hasBegun = false;

  constructor(options: ReplicasOptions, out: WritableStreamDefaultWriter<ServiceEvent>) {
    this.#options = options;
    this.#out = out;
    if (options.after !== undefined) this.#once.isNew(options.after);
  }

  /** Looks where the replicas are, again and again; never rejects. */
  async follow(): Promise<void> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      // Not waited for: nothing stops a system that is slow to resolve a name.
      void this.#look();
      await sleep(LOOK_MS * (0.5 + Math.random()), undefined, { signal }).catch(() => {});
    }
    this.#begun.resolve();
    await Promise.all(this.#following);
    await this.#out.close().catch(() => {});
  }

  async #look(): Promise<void> {
    const { addresses, signal, log, service } = this.#options;
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      this.#listed = new Set(await addresses());
    } catch (error) {
      // A name may go with the last replica, or its server be away: nothing is known to be gone.
      log.debug({ err: error, service }, "no address of the service is known");
      return;
    } finally {
      this.#isLooking = false;
    }
    if (signal.aborted) return;
    if (!this.#awaited) {
      this.#awaited = new Set(this.#listed);
      setTimeout(() => {
        this.#awaited?.clear();
        this.#begin();
      }, BEGIN_MS).unref();
    }
    for (const address of this.#listed) {
      if (!this.#followers.has(address)) this.#start(address);
    }
  }

  #start(address: string): void {
    const follower: Follower = { epoch: undefined, sequence: 0, isWhole: true };
    this.#followers.set(address, follower);
    const following = followReplica({
      ...this.#options,
      address,
      isListed: () => this.#listed.has(address),
      receive: (event) => this.#receive(address, follower, event),
      onEnd: (isWhole) => {
        follower.isWhole = isWhole;
      },
      onAbsent: () => this.#arrive(address),
    })
      .then(() => this.#leave(address, follower))
      .catch((error: unknown) => this.#out.abort(error))
      .finally(() => this.#following.delete(following));
    this.#following.add(following);
  }

  async #receive(address: string, follower: Follower, event: ServiceEvent): Promise<void> {
    const position = readPosition(event.id);
    if (position && position.epoch !== follower.epoch) {
      await this.#enter(address, follower, event, position);
    }
    if (position) follower.sequence = position.sequence;
    if (this.#once.isNew(event.id)) await this.#report(event);
  }

  /** The log that is received at an address is not the one that was received there before. */
  async #enter(
    address: string,
    follower: Follower,
    event: ServiceEvent,
    { epoch, sequence }: Position,
  ): Promise<void> {
    const begin = event.name === STREAM.gap ? sequence : Math.max(0, sequence - 1);
    const gap = gapAt(epoch, begin, event.time);
    const isKnown = this.#once.knows(epoch);
    const isNew = this.#once.isNew(gap.id);
    const { epoch: former, isWhole } = follower;
    const isBroken = former !== undefined && !isWhole;
    follower.epoch = epoch;
    if (!this.#hasBegun) {
      this.#first.push(gap);
      this.#arrive(address);
      await this.#begun.promise;
      return;
    }
    if (former !== undefined) await this.#end(former);
    // What a process reported last that broke off, or first that was found late.
    if (isNew && (isBroken || isKnown || begin > 0)) await this.#report(gap);
    await this.#report({ ...gap, name: STREAM.open });
  }

  /** An address is given up. */
  async #leave(address: string, { epoch, sequence, isWhole }: Follower): Promise<void> {
    this.#followers.delete(address);
    if (epoch === undefined || this.#options.signal.aborted) return;
    const gap = gapAt(epoch, sequence + 1, new Date().toISOString());
    const isLost = !isWhole && !this.#isFollowed(epoch) && this.#once.isNew(gap.id);
    if (isLost) await this.#report(gap);
    await this.#end(epoch);
  }

  async #end(epoch: string): Promise<void> {
    if (this.#isFollowed(epoch)) return;
    await this.#report({ ...gapAt(epoch, 0, new Date().toISOString()), name: STREAM.end });
  }

  #isFollowed(epoch: string): boolean {
    return [...this.#followers.values()].some((follower) => follower.epoch === epoch);
  }

  #arrive(address: string): void {
    this.#awaited?.delete(address);
    this.#begin();
  }

  /** The stream begins with all replicas that are there: who comes back with a place in their logs
   * is judged by all of them at once. */
  #begin(): void {
    const last = this.#first.at(-1);
    if (this.#hasBegun || this.#awaited?.size !== 0 || !last) return;
    this.#hasBegun = true;
    for (const gap of this.#first) void this.#report({ ...gap, name: STREAM.open });
    if (this.#options.after === undefined) void this.#report(last);
    this.#begun.resolve();
  }

  /** Resolves when the reader takes more, or has left. */
  async #report(event: ServiceEvent): Promise<void> {
    await this.#out.write(event).catch(() => {});
  }
}

function gapAt(epoch: string, sequence: number, time: string): ServiceEvent {
  return { id: `${epoch}-${sequence}`, name: STREAM.gap, time, data: {} };
}

/**
 * Opens one stream of the events at an address, behind the event with the id `after`; without it
 * everything that is kept comes, behind a `stream.gap`. Resolves when the stream stands. It ends when
 * the other side says so, and throws when it breaks.
 */
export type OpenStream = (
  address: string,
  after: string | undefined,
  signal: AbortSignal,
) => Promise<AsyncIterable<ServiceEvent>>;

export interface ReplicaOptions extends Omit<ReplicasOptions, "addresses"> {
  readonly address: string;
  /** Whether the address still belongs to the service. */
  readonly isListed: () => boolean;
  readonly receive: (event: ServiceEvent) => Promise<void>;
  /** Called at the end of each stream; `isWhole` when the replica ended it: it had reported all. */
  readonly onEnd: (isWhole: boolean) => void;
  /** Called when there is no stream at the first attempt. */
  readonly onAbsent: () => void;
}

/** Milliseconds between the end of a stream and the next; spread, so that gateways do not come
 * back all at once. */
const PAUSE_MS = 250;

/**
 * Follows the events at one address, over as many streams as it takes. An address that is not listed
 * any more is left when its stream has ended and there is no other: a replica that stops reports until
 * its end.
 */
export async function followReplica(options: ReplicaOptions): Promise<void> {
  const { address, receive, onEnd, signal, log, service } = options;
  let { after } = options;
  while (!signal.aborted) {
    const stream = await open(options, after);
    if (!stream) break;
    try {
      for await (const event of stream) {
        after = event.id;
        await receive(event);
      }
      onEnd(true);
    } catch (error) {
      if (signal.aborted) break;
      onEnd(false);
      log.warn({ err: error, service, address }, "stream of events broke");
    }
    await sleep(PAUSE_MS * (1 + Math.random()), undefined, { signal }).catch(() => {});
  }
}

/** One stream, opened however long that takes; `undefined` when the address is given up. */
async function open(
  { address, open, isListed, onAbsent, signal, log, service }: ReplicaOptions,
  after: string | undefined,
): Promise<AsyncIterable<ServiceEvent> | undefined> {
  try {
    return await pRetry(() => open(address, after, signal), {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 250,
      maxTimeout: 10_000,
      randomize: true,
      signal,
      shouldRetry: isListed,
      onFailedAttempt: ({ error, attemptNumber }) => {
        onAbsent();
        const level = attemptNumber === 3 ? "warn" : "debug";
        log[level]({ err: error, service, address, attemptNumber }, "no stream of events yet");
      },
    });
  } catch (error) {
    if (signal.aborted || !isListed()) return undefined;
    throw error;
  }
}
