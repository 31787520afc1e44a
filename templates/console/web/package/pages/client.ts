/** What the pages ask of the gateway. */

import type { FieldError } from "./form/form.ts";
import { openFeed } from "./live.ts";
import { authorization, type Json, type Operation } from "./openapi.ts";

/** Problem details (RFC 9457) as this gateway sends them. */
export interface Problem {
  title: string;
  status: number;
  detail: string;
  code: string;
  errors?: FieldError[];
  trace_id?: string;
}

/** Work that goes on after its request was answered. */
interface Job {
  id: string;
  status: "queued" | "running" | "succeeded" | "failed";
  result?: Json;
  problem?: Problem;
}

/** The gateway said no, or could not be reached. */
export class CallError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/**
 * Calls an operation and waits for its output.
 *
 * @throws CallError
 */
export async function call(operation: Operation, input: Json): Promise<Json> {
  const response = await send(operation.path, input, {});
  return response.json();
}

/**
 * Has an operation done later (RFC 7240, `respond-async`).
 *
 * @returns the address of the job
 * @throws CallError
 */
export async function callLater(operation: Operation, input: Json): Promise<string> {
  const response = await send(operation.path, input, { prefer: "respond-async" });
  return response.headers.get("location") ?? "";
}

/**
 * @param location of the job
 * @throws CallError
 */
async function readJob(location: string): Promise<Job> {
  const response = await request(location, { headers: { accept: "application/json" } });
  return response.json();
}

/** Milliseconds between two requests for a job, without and with a feed of its changes. */
const POLL = { withoutFeed: 1000, withFeed: 5000 };

/**
 * Reports every change of a job until it is finished: as events arrive, where the page can
 * listen, and by asking again and again where it cannot.
 *
 * @param location `/api/jobs/<id>`
 * @param way how the gateway lets this page listen
 * @returns the finished job
 * @throws CallError when the gateway does not know it any more
 */
export function followJob(
  location: string,
  way: string | undefined,
  onChange: (job: Job) => void,
): Promise<Job> {
  return new Promise((resolve, reject) => {
    let feed: { close: () => void } | undefined;
    let finished = false;
    const stop = () => {
      finished = true;
      feed?.close();
      window.clearInterval(timer);
    };
    const look = async () => {
      try {
        const job = await readJob(location);
        if (finished) return;
        onChange(job);
        if (job.status !== "succeeded" && job.status !== "failed") return;
        stop();
        resolve(job);
      } catch (error) {
        stop();
        reject(error);
      }
    };
    const timer = window.setInterval(look, way === undefined ? POLL.withoutFeed : POLL.withFeed);
    if (way !== undefined) {
      const id = location.slice(location.lastIndexOf("/") + 1);
      feed = openFeed(way, {
        channels: [`jobs.${id}`],
        onEvent: look,
        // Changes from before the connection are not sent again: ask once it is open.
        onState: (state) => {
          if (state === "open") void look();
        },
      });
    }
    void look();
  });
}

function send(path: string, input: Json, headers: Record<string, string>) {
  return request(path, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(input),
  });
}

/**
 * Asks the gateway, with the token of this visitor.
 *
 * @throws CallError when it says no, or cannot be reached
 */
export async function request(
  path: string,
  init: RequestInit & { headers: Record<string, string> },
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers: { ...init.headers, ...authorization() } });
  } catch {
    throw new CallError({
      title: "No answer",
      status: 0,
      code: "unreachable",
      detail: "The gateway could not be reached.",
    });
  }
  if (!response.ok) throw new CallError(await problemOf(response));
  return response;
}

async function problemOf(response: Response): Promise<Problem> {
  const { status, statusText } = response;
  const fallback = { title: statusText || "Error", status, code: `http_${status}`, detail: "" };
  try {
    return { ...fallback, ...(await response.json()) };
  } catch {
    return fallback;
  }
}
