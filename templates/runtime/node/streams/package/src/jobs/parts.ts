import { randomBytes } from "node:crypto";
import { AbortError } from "p-retry";
import { Problem } from "../calls/problem.ts";
import { JobHub } from "../events/jobs.ts";
import { whole } from "../server/settings.ts";
import { type Job, progressOf } from "./board.ts";
import type { OpenJobParts, RunStep } from "./interface.ts";

/** Jobs of operations that answer in parts: each part is an event on the job's channel, the output its
 * result. */
export const openJobParts: OpenJobParts = (options) => {
  const { dispatch, services, environment, bytes } = options;
  const env = environment.read({ JOB_PARTS_BYTES: whole(0)({ default: 4_194_304 }) });
  environment.check();
  const hub = new JobHub(options.hub, services, { each: env.JOB_PARTS_BYTES, all: bytes });
  const put = (job: Job, { run, number, part = null }: RunStep) => {
    // Where its beginning is not kept any more, it begins with a part.
    hub.begin(job.id, run, progressOf({ ...job, status: "running" }));
    if (number > 0) hub.part(job.id, { run, number }, part);
  };
  return {
    hub,
    put,
    async begin(job, report = async (step) => put(job, step)) {
      const run = randomBytes(4).toString("hex");
      let number = 0;
      await report({ run, number });
      return async (input, asked) => {
        const items = dispatch.streamPublic?.(job.service, job.operation, input, asked);
        if (!items) throw new Error("the wiring has no `dispatch` for answers in parts");
        try {
          for await (const item of items) {
            if ("output" in item) return item.output;
            number += 1;
            await report({ run, number, part: item.part });
          }
        } catch (error) {
          // Who follows the job has seen parts of this run.
          throw number > 0 ? new AbortError(Problem.from(error)) : error;
        }
        throw new Error("an answer in parts ends with its output");
      };
    },
    take(operation, job, step) {
      const part = step.part === undefined ? undefined : dispatch.part?.(operation, step.part);
      put(job, part === undefined ? step : { ...step, part });
    },
  };
};
