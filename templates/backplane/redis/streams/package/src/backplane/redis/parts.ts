import pRetry from "p-retry";
import type { Json } from "../../contract.ts";
import type { Job } from "../../jobs/board.ts";
import type { RunStep } from "../../jobs/interface.ts";
import { RedisJobs, type RedisJobsOptions } from "./jobs.ts";
import { fieldsOf } from "./record.ts";
import type { Fields } from "./scripts.ts";

/** Parts of all jobs that Redis keeps: they stand between the steps of jobs, and push out few of them. */
const MOST = { parts: 5000, bytes: 33_554_432 };

/**
 * Puts a part, or that a run begins, behind what was reported before, and lets the oldest parts go. Beside the keys of the other
 * scripts:
 *
 *   <prefix>:parts        list: of each part that is kept, its entry in `steps` and its size
 *   <prefix>:parts-bytes  the sum of the sizes
 */
const REPORT = `
local function at(name) return KEYS[1] .. ':' .. name end
local most, bytes, size = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local entry = redis.call('XADD', at('steps'), '*', unpack(ARGV, 4))
if size == 0 then return 0 end
local count = redis.call('RPUSH', at('parts'), entry .. ' ' .. size)
local sum = redis.call('INCRBY', at('parts-bytes'), size)
while count > most or sum > bytes do
  local oldest, gone = string.match(redis.call('LPOP', at('parts')), '(%S+) (%S+)')
  redis.call('XDEL', at('steps'), oldest)
  count, sum = count - 1, redis.call('DECRBY', at('parts-bytes'), gone)
end
return 0`;

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
    const fields = { id: job.id, ...fieldsOf({ ...job, status: "running" }) };
    const { run, number } = step;
    const words = Object.entries({ ...fields, run, number: String(number), part: text }).flat();
    const size = Buffer.byteLength(text);
    const options = {
      keys: [`{${namespace}}`],
      arguments: [...[MOST.parts, MOST.bytes, size].map(String), ...words],
    };
    // One that arrives twice is taken once.
    await pRetry(() => connection.ask((client) => client.eval(REPORT, options)), {
      ...{ retries: Infinity, signal },
      ...PAUSES,
    });
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
