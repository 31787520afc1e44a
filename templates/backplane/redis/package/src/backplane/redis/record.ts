import type { Caller } from "../../auth/interface.ts";
import type { Json } from "../../contract.ts";
import type { Job, JobStatus } from "../../jobs/board.ts";
import type { JobRequest } from "../interface.ts";
import type { Fields } from "./scripts.ts";

const STATUSES: readonly string[] = ["queued", "running", "succeeded", "failed"];

/** A job as the fields of its record; `asked` is what somebody else would need to run it. */
export function fieldsOf({ id: _, ...job }: Job, asked?: JobRequest): Fields {
  const { result, problem, ...progress } = job;
  const outcome = result === undefined && problem === undefined ? undefined : { result, problem };
  return {
    ...progress,
    ...(outcome && { outcome: JSON.stringify(outcome) }),
    ...(asked && requestFields(asked)),
  };
}

function requestFields({ input, caller, ...names }: JobRequest): Fields {
  return {
    ...names,
    input: JSON.stringify(input),
    ...(caller && { caller: JSON.stringify(caller) }),
  };
}

/** What the job of a record is to do. */
export function askedOf({ input = "null", call = "", key = "", caller }: Fields): JobRequest {
  return {
    ...{ call, key, input: JSON.parse(input) as Json },
    caller: caller === undefined ? undefined : (JSON.parse(caller) as Caller),
  };
}

/** The job that fields of a record, or of a step, describe; `undefined` when they describe none. */
export function jobOf(id: string, fields: Fields): Job | undefined {
  const { service = "", operation = "", status, created = "" } = fields;
  const { finished, subject, outcome } = fields;
  if (!isStatus(status)) return undefined;
  return {
    ...{ id, service, operation, status, created },
    ...(finished && { finished }),
    ...(subject && { subject }),
    ...(outcome && (JSON.parse(outcome) as Pick<Job, "result" | "problem">)),
  };
}

function isStatus(word: string | undefined): word is JobStatus {
  return word !== undefined && STATUSES.includes(word);
}
