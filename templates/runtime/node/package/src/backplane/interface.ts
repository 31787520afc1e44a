import type { Logger } from "pino";
import type { Caller } from "../auth/interface.ts";
import type { Json } from "../contract.ts";
import { type Job, type JobBoard, sizeOf } from "../jobs/board.ts";
import type { RunStep } from "../jobs/interface.ts";
import type { Config, Environment } from "../server/settings.ts";
import type { Identity } from "../transports/client.ts";

/** What the gateways of a system have in common, so that it does not matter which of them is asked. */
export interface Backplane {
  /** Where jobs are kept that no transport keeps. What becomes of them, whichever gateway runs them,
   * is put on `board`. */
  openJobs(options: JobStoreOptions): JobStore;
  /** Counts requests over all gateways; left out where each counts its own. */
  readonly rates?: Rates;
  /** Resolves when the gateways reach each other; rejects with the reason why not. Left out where
   * nothing can come between them. */
  readonly health?: (signal: AbortSignal) => Promise<void>;
  /** Lets go of everything; after the jobs are closed. */
  close(): Promise<void>;
}

/** What a backplane module exports as `openBackplane`. Waits for nothing, and fails for nothing that
 * can come right by itself: the environment is judged after everybody has read theirs. */
export type OpenBackplane = (settings: BackplaneSettings) => Backplane;

export interface BackplaneSettings {
  readonly environment: Environment;
  readonly identity: Identity;
  readonly log: Logger;
}

export interface JobStoreOptions extends Readonly<Pick<Config["jobs"], "limit" | "keepMs">> {
  readonly board: JobBoard;
  /** Runs a job that another gateway has left; asked for only while `accepts` says so. */
  run(job: Job, asked: JobRequest): void;
  accepts(): boolean;
  /** Takes what `JobStore.part` of any gateway reports. */
  takePart(job: Job, step: RunStep): void;
}

/** What a job is to do. */
export interface JobRequest {
  /** As it was found valid. */
  readonly input: Json;
  /** Digest of what is asked. */
  readonly call: string;
  /** The client's idempotency key, `""` where it gave none. */
  readonly key: string;
  /** Who asked: it runs for him, wherever it runs. */
  readonly caller: Caller | undefined;
}

export interface JobStore {
  /**
   * Takes on a new job, which the caller then runs.
   *
   * @returns The job that the key stands for already; then nothing is taken on.
   * @throws Problem `conflict` when the key stands for another call, `resource_exhausted` when as
   *   many jobs as are kept have not finished, `unavailable` when the others cannot be notified
   */
  add(job: Job, asked: JobRequest): Promise<Job | undefined>;
  /** Reports a step of a job that was added here. Never rejects: the end of a job is reported as soon as it
   * can be, until `signal` aborts; the steps before it are reported when that is possible at once. */
  step(job: Job, signal: AbortSignal): Promise<void>;
  /** Reports to all gateways how far a run of a job is. Rejects when `signal` aborts first. Left out where
   * there is one gateway. */
  readonly part?: (job: Job, signal: AbortSignal, step: RunStep) => Promise<void>;
  /** Leaves a job unfinished to another gateway. Never rejects. Left out where there is none. */
  readonly leave?: (job: Job) => Promise<void>;
  /** @throws Problem `unavailable` while it is not known */
  find(id: string): Promise<Job | undefined>;
}

export interface Rates {
  /**
   * Counts one more request of `key`.
   *
   * @param windowMs Milliseconds, from the first request on.
   * @returns How many there were in the window, and the milliseconds that are left of it.
   */
  count(
    key: string,
    windowMs: number,
  ): Promise<{ readonly count: number; readonly leftMs: number }>;
}

/** For a gateway that runs once: everything lives in this process. */
export function openLocalBackplane(): Backplane {
  return {
    openJobs: ({ board }) => new LocalJobs(board),
    close: async () => {},
  };
}

/** The board itself is the store. */
class LocalJobs implements JobStore {
  readonly #board: JobBoard;

  constructor(board: JobBoard) {
    this.#board = board;
  }

  async add(job: Job, { input, key, call }: JobRequest): Promise<Job | undefined> {
    const known = key === "" ? undefined : this.#board.findByKey(key, call);
    if (known) return known;
    const bytes = sizeOf(input);
    this.#board.makeRoom(bytes);
    this.#board.put(job, bytes);
    if (key !== "") this.#board.name(job.id, key, call);
    return undefined;
  }

  async step(job: Job): Promise<void> {
    this.#board.put(job);
  }

  async find(id: string): Promise<Job | undefined> {
    return this.#board.find(id);
  }
}
