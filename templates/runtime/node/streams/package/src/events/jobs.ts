import type { Json, ServiceContract } from "../contract.ts";
import {
  type EventHub,
  isVisible,
  type JobState,
  type SubscribeOptions,
  type Subscription,
} from "./hub.ts";
import { JobSubscription, readPlaces } from "./job-subscription.ts";
import { JOB_CHANNEL, JobLog, type Place } from "./log.ts";

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
  /** Those that have parts. */
  readonly #filled = new Set<JobLog>();
  readonly #followers = new Map<string, Set<(log: JobLog) => void>>();
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
    const follow = (channel: string, onChange: (log: JobLog) => void) =>
      this.#follow(channel, onChange);
    return new JobSubscription({ inner, sees, follow }, channels ?? [], places, rest);
  }

  publish(channel: string, data: Json, owner?: string): void {
    const step = stepOf(channel, data);
    if (!step || !this.#operations.get(step.service)?.has(step.operation)) {
      this.#hub.publish(channel, data, owner);
      return;
    }
    const reported = { time: now(), data };
    let log = this.#logs.get(channel);
    if (!log) {
      log = new JobLog(owner, step.status === "queued" ? reported : undefined);
      this.#logs.set(channel, log);
    }
    // That it runs is reported with its run.
    if (step.finished !== undefined) log.end(reported);
    this.#wake(channel, log);
  }

  /** A job runs, perhaps again. */
  begin(id: string, run: string, data: Json): void {
    this.#change(id, (log) => log.begin(run, { time: now(), data }));
  }

  /** Takes a part of a run; the first has the number 1. */
  part(id: string, place: Place, part: Json): void {
    this.#change(id, (log) => {
      if (!log.add(place, { time: now(), data: { id, number: place.number, part } })) return false;
      while (log.bytes > this.#kept.each) log.drop();
      return true;
    });
  }

  /** Who follows it receives its end all the same. */
  forgetJob(id: string): void {
    this.#change(id, (log, channel) => {
      log.clear();
      return this.#logs.delete(channel);
    });
  }

  beginJobsWith(state: (id: string) => JobState | undefined): void {
    this.#hub.beginJobsWith(state);
  }

  close(): Promise<void> {
    return this.#hub.close();
  }

  /** Changes what is kept of a job, where anything is; its followers are told unless `change` gives false. */
  #change(id: string, change: (log: JobLog, channel: string) => boolean): void {
    const channel = `${JOB_CHANNEL}${id}`;
    const log = this.#logs.get(channel);
    if (!log) return;
    const { bytes } = log;
    if (!change(log, channel)) return;
    this.#count(log, bytes);
    this.#shrink();
    this.#wake(channel, log);
  }

  /** @param before The bytes that the log had. */
  #count(log: JobLog, before: number): void {
    this.#bytes += log.bytes - before;
    if (log.bytes > 0) this.#filled.add(log);
    else this.#filled.delete(log);
  }

  /** At the limit, parts of the jobs go that began first to give some. */
  #shrink(): void {
    for (const log of this.#filled) {
      while (this.#bytes > this.#kept.all && log.bytes > 0) {
        const { bytes } = log;
        log.drop();
        this.#count(log, bytes);
      }
      if (this.#bytes <= this.#kept.all) return;
    }
  }

  #wake(channel: string, log: JobLog): void {
    for (const onChange of this.#followers.get(channel) ?? []) onChange(log);
  }

  /** Calls `onChange` when something happens to a job, and now when something has; gives what ends that. */
  #follow(channel: string, onChange: (log: JobLog) => void): () => void {
    const followers = this.#followers.get(channel) ?? new Set();
    this.#followers.set(channel, followers.add(onChange));
    const log = this.#logs.get(channel);
    if (log) onChange(log);
    return () => {
      followers.delete(onChange);
      if (followers.size === 0) this.#followers.delete(channel);
    };
  }
}

/** A step of a job as the board reports it. */
function stepOf(channel: string, data: Json) {
  if (typeof data !== "object" || data === null || Array.isArray(data)) return undefined;
  const { id, service, operation, status, finished } = data;
  if (typeof service !== "string" || typeof operation !== "string") return undefined;
  return channel === `${JOB_CHANNEL}${id}` ? { service, operation, status, finished } : undefined;
}

function now(): string {
  return new Date().toISOString();
}
