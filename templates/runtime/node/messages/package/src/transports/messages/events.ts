import { isProblemCode, type ProblemBody } from "../../calls/problem.ts";
import type { Json } from "../../contract.ts";
import type { JobStatus } from "../../jobs/board.ts";
import type { JobChange } from "../../jobs/durable.ts";
import type { RunStep } from "../../jobs/interface.ts";
import type { ServiceEvent } from "../client.ts";

/** The attributes of a CloudEvent (1.0), without the prefix that the protocol's binding gives. */
export interface EventAttributes {
  readonly id: string | undefined;
  readonly type: string | undefined;
  readonly time: string | undefined;
}

/**
 * An event as a broker sends it; `undefined` for what is none of ours.
 *
 * @param place Where it stands on the broker, `<epoch>-<sequence>`.
 */
export function readEvent(
  { type, time }: EventAttributes,
  body: Uint8Array,
  place: string,
): ServiceEvent | undefined {
  const data = parse(body);
  if (type === undefined || data === undefined) return undefined;
  return { id: place, name: type, time: time ?? new Date().toISOString(), data };
}

const STATUSES: readonly string[] = [
  "queued",
  "running",
  "succeeded",
  "failed",
] satisfies JobStatus[];

/** A step of a job as a broker sends it; `undefined` for what is none. */
export function readChange(body: Uint8Array): JobChange | undefined {
  const reported = parse(body);
  if (typeof reported !== "object" || reported === null || Array.isArray(reported))
    return undefined;
  const { id, operation, status, created, time, result, problem, step, key, call, subject } =
    reported;
  if (![id, operation, status, created, time].every((text) => typeof text === "string")) {
    return undefined;
  }
  if (!STATUSES.includes(String(status))) return undefined;
  // Without a readable owner everybody would see it.
  if (subject !== undefined && typeof subject !== "string") return undefined;
  return {
    id: String(id),
    operation: String(operation),
    status: status as JobStatus,
    created: String(created),
    time: String(time),
    ...(result !== undefined && { result }),
    ...(isProblem(problem) && { problem }),
    ...(isRunStep(step) && { step }),
    ...(typeof key === "string" && typeof call === "string" && { key, call }),
    ...(subject !== undefined && { subject }),
  };
}

function isProblem(value: unknown): value is ProblemBody {
  return (
    typeof value === "object" && value !== null && "code" in value && isProblemCode(value.code)
  );
}

/** Whether it is one that the id of an event can name. */
function isRunStep(value: unknown): value is RunStep {
  if (typeof value !== "object" || value === null) return false;
  const { run, number } = value as Partial<RunStep>;
  if (typeof run !== "string" || !/^[0-9a-z]{1,32}$/.test(run)) return false;
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0;
}

function parse(body: Uint8Array): Json | undefined {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) as Json;
  } catch {
    return undefined;
  }
}
