import { type Job, type JobBoard, sizeOf } from "../jobs/board.ts";
import type { Backplane, JobRequest, JobStore } from "./interface.ts";

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
