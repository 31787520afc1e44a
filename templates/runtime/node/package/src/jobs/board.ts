import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { Problem, type ProblemBody } from "../calls/problem.ts";
import type { Json } from "../contract.ts";
import type { EventHub } from "../events/hub.ts";
import type { Metrics } from "../observability/metrics.ts";
import type { Config } from "../server/settings.ts";
import type { JobForgetting } from "./interface.ts";

export type JobStatus = "queued" | "running" | "succeeded" | "failed";

/** A job as its client sees it. */
export interface Job {
  /** 122 random bits: who can name it has been given it. */
  readonly id: string;
  readonly service: string;
  readonly operation: string;
  readonly status: JobStatus;
  /** RFC 3339, as all times. */
  readonly created: string;
  readonly finished?: string;
  readonly result?: Json;
  readonly problem?: ProblemBody;
  /** Whose it is: nobody else sees it. Absent of an anonymous client's, which is seen by who can name
   * it. Not shown. */
  readonly subject?: string;
}

export interface JobBoardOptions
  extends Readonly<Omit<Config["jobs"], "timeoutMs" | "concurrency">> {
  readonly hub: Pick<EventHub, "publish" | "beginJobsWith"> & JobForgetting;
  readonly metrics: Metrics;
}

const ORDER: readonly JobStatus[] = ["queued", "running", "succeeded", "failed"];

/** All jobs that this gateway knows of. Each step is reported on the job's channel. */
export class JobBoard {
  readonly #options: JobBoardOptions;
  readonly #jobs = new Map<string, Job>();
  readonly #keys = new JobKeys();
  readonly #sizes = new Map<string, number>();
  #bytes = 0;

  constructor(options: JobBoardOptions) {
    this.#options = options;
    options.hub.beginJobsWith((id) => {
      const job = this.#jobs.get(id);
      return job && { data: progressOf(job), owner: job.subject };
    });
  }

  find(id: string): Job | undefined {
    return this.#jobs.get(id);
  }

  /**
   * The job that `key` stands for.
   *
   * @param call Digest of what is asked now.
   * @throws Problem `conflict` when the key stands for something else
   */
  findByKey(key: string, call: string): Job | undefined {
    const id = this.#keys.find(key, call);
    return id === undefined ? undefined : this.#jobs.get(id);
  }

  /**
   * @param bytes What is to be kept of the job.
   * @throws Problem `resource_exhausted` when as many jobs, or bytes, as are kept have not finished
   */
  makeRoom(bytes = 0): void {
    const { limit, bytes: most } = this.#options;
    if (!this.#shrink(() => this.#jobs.size < limit && this.#bytes + bytes <= most)) {
      throw new Problem("resource_exhausted", "Too many jobs are under way", { retryAfter: 5 });
    }
  }

  /** At a limit the oldest finished jobs go early; jobs under way are never dropped. */
  #shrink(fits: () => boolean, except?: string): boolean {
    for (const { id, finished } of this.#jobs.values()) {
      if (fits()) return true;
      if (finished && id !== except) this.forget(id);
    }
    return fits();
  }

  /** Has `key` stand for a job, as long as the job is kept. */
  name(id: string, key: string, call: string): void {
    this.#keys.add(key, call, id);
  }

  /**
   * Takes a step of a job, new or known. False when it changes nothing: a job never goes back, its
   * first end is its end, and it stays whose it is.
   *
   * @param bytes What is kept to run it.
   */
  put(step: Job, bytes = 0): boolean {
    const before = this.#jobs.get(step.id);
    const job = before?.subject === undefined ? step : { ...step, subject: before.subject };
    if (before?.finished || (before && rank(before) >= rank(job))) return false;
    const kept = job.finished ? Date.parse(job.finished) + this.#options.keepMs - Date.now() : 0;
    if (job.finished && kept <= 0) {
      this.forget(job.id);
      return false;
    }
    if (before) this.#options.metrics.jobs.dec({ status: before.status });
    this.#options.metrics.jobs.inc({ status: job.status });
    this.#jobs.set(job.id, job);
    // What it is run with is let go when it ends; until then it counts as it was counted first.
    if (!before || job.finished) this.#count(job.id, job.finished ? sizeOf(job.result) : bytes);
    this.#shrink(() => this.#bytes <= this.#options.bytes, job.id);
    this.#options.hub.publish(`jobs.${job.id}`, progressOf(job), job.subject);
    if (job.finished) setTimeout(() => this.forget(job.id), kept).unref();
    return true;
  }

  #count(id: string, bytes: number): void {
    this.#bytes += bytes - (this.#sizes.get(id) ?? 0);
    if (bytes > 0) this.#sizes.set(id, bytes);
    else this.#sizes.delete(id);
  }

  forget(id: string): void {
    const job = this.#jobs.get(id);
    if (!job) return;
    this.#jobs.delete(id);
    this.#count(id, 0);
    this.#keys.forget(id);
    this.#options.hub.forgetJob?.(id);
    this.#options.metrics.jobs.dec({ status: job.status });
  }
}

/** Bytes of a value as JSON. */
export function sizeOf(value: Json | undefined): number {
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
}

/** What a call is compared by under its key: the order of members says nothing (RFC 8785). */
export function digestOf(service: string, operation: string, input: Json): string {
  const call = canonicalize([service, operation, input]) ?? "";
  return createHash("sha256").update(call).digest("base64url");
}

/** How far a job is; not the result, which may be large and is asked for by who wants it. */
export function progressOf({ id, service, operation, status, created, finished }: Job): Json {
  return { id, service, operation, status, created, ...(finished && { finished }) };
}

function rank(job: Job): number {
  return ORDER.indexOf(job.status);
}

/** Which job an idempotency key stands for, as long as the job is kept. */
class JobKeys {
  readonly #jobs = new Map<string, { readonly call: string; readonly id: string }>();
  readonly #keys = new Map<string, string>();

  find(key: string, call: string): string | undefined {
    const known = this.#jobs.get(key);
    if (known && known.call !== call) {
      throw new Problem("conflict", "The Idempotency-Key was used for another call");
    }
    return known?.id;
  }

  add(key: string, call: string, id: string): void {
    if (this.#jobs.has(key)) return;
    this.#jobs.set(key, { call, id });
    this.#keys.set(id, key);
  }

  forget(id: string): void {
    const key = this.#keys.get(id);
    if (key === undefined) return;
    this.#keys.delete(id);
    this.#jobs.delete(key);
  }
}
