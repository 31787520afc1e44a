import assert from "node:assert/strict";
import pRetry from "p-retry";
import { assertIs, type Problem } from "./assertions.ts";
import { get, type Json, type Operation, post } from "./gateway.ts";

/** A call that is answered later. */
export interface Job {
  readonly id: string;
  readonly service: string;
  readonly operation: string;
  readonly status: "queued" | "running" | "succeeded" | "failed";
  readonly finished?: string;
  readonly result?: Json;
  readonly problem?: Problem;
}

/** Sends the example of `operation` with `Prefer: respond-async` (RFC 7240). */
export async function startJob(
  { path, example }: Operation,
  headers: Readonly<Record<string, string>> = {},
): Promise<Job> {
  const response = await post(path, example, { prefer: "respond-async", ...headers });
  assert.equal(response.status, 202, await response.clone().text());
  assert.equal(response.headers.get("preference-applied"), "respond-async");
  const job = await read(response);
  assert.equal(response.headers.get("location"), `/api/jobs/${job.id}`);
  return job;
}

/** The job as it is in the end. */
export function finished({ id }: Job): Promise<Job> {
  return pRetry(
    async () => {
      const job = await read(await get(`/api/jobs/${id}`));
      if (!job.finished) throw new Error(`the job is still ${job.status}`);
      return job;
    },
    { retries: 300, factor: 1, minTimeout: 100 },
  );
}

async function read(response: Response): Promise<Job> {
  const job = await response.json();
  assertIs("Job", job);
  return job as Job;
}
