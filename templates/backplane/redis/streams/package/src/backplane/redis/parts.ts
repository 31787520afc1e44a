import pRetry from "p-retry";
import { Problem } from "../../calls/problem.ts";
import type { Json } from "../../contract.ts";
import type { Job } from "../../jobs/board.ts";
import type { RunStep } from "../../jobs/interface.ts";
import { RedisJobs, type RedisJobsOptions } from "./jobs.ts";
import { fieldsOf } from "./record.ts";
import type { Fields } from "./scripts.ts";

/** Parts of all jobs that Redis keeps: they stand between the steps of jobs, and push out few of them. */
const MOST = { parts: 5000, bytes: 33_554_432 };

/**
 * Puts a part, or that a run begins, behind what was reported before, and lets the oldest parts go. Gives 0
 * when the job is over, or another gateway runs it. Beside the keys of the other scripts:
 *
 *   <prefix>:parts        list: of each part that is kept, its entry in `steps` and its size
 *   <prefix>:parts-bytes  the sum of the sizes
 */
const REPORT = `
local function at(name) return KEYS[1] .. ':' .. name end
local most, bytes, size = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local id, owner = ARGV[4], ARGV[5]
if (redis.call('HGET', at('open'), id) or owner) ~= owner then return 0 end
if redis.call('HEXISTS', at('job:' .. id), 'finished') == 1 then return 0 end
local entry = redis.call('XADD', at('steps'), '*', 'id', id, unpack(ARGV, 6))
if size == 0 then return 1 end
local count = redis.call('RPUSH', at('parts'), entry .. ' ' .. size)
if count == 1 then redis.call('DEL', at('parts-bytes')) end
local sum = redis.call('INCRBY', at('parts-bytes'), size)
while count > 1 and (count > most or sum > bytes) do
  local oldest, gone = string.match(redis.call('LPOP', at('parts')), '(%S+) (%S+)')
  redis.call('XDEL', at('steps'), oldest)
  count, sum = count - 1, redis.call('DECRBY', at('parts-bytes'), gone)
end
return 1`;

/** Milliseconds between two attempts to report a part. */
const PAUSES = { minTimeout: 50, maxTimeout: 2000, randomize: true };

/** Jobs in Redis whose parts every gateway receives. */
export class RedisPartJobs extends RedisJobs {
  readonly #parts: RedisJobsOptions;

  constructor(options: RedisJobsOptions) {
    super(options);
    this.#parts = options;
  }

  readonly part = async (job: Job, signal: AbortSignal, step: RunStep): Promise<void> => {
    const { connection, namespace } = this.#parts;
    const text = step.part === undefined ? "" : JSON.stringify(step.part);
    const fields = fieldsOf({ ...job, status: "running" });
    const { run, number } = step;
    const words = Object.entries({ ...fields, run, number: String(number), part: text }).flat();
    const size = Buffer.byteLength(text);
    const options = {
      keys: [`{${namespace}}`],
      arguments: [...[MOST.parts, MOST.bytes, size].map(String), job.id, this.owner, ...words],
    };
    // One that arrives twice is taken once.
    const taken = await pRetry(() => connection.ask((client) => client.eval(REPORT, options)), {
      ...{ retries: Infinity, signal },
      ...PAUSES,
    });
    if (taken === 0) throw new Problem("unavailable", "Another gateway runs the job");
  };

  protected override take(job: Job, fields: Fields): void {
    super.take(job, fields);
    const { run, number, part } = fields;
    if (run === undefined) return;
    this.#parts.takePart(job, {
      ...{ run, number: Number(number) },
      ...(part && { part: JSON.parse(part) as Json }),
    });
  }
}
