import { type CommandParser, defineScript } from "@redis/client";

/*
 * What gateways may do at the same moment, each in one step. `KEYS[1]` is what all keys begin with:
 *
 *   <prefix>:job:<id>       hash: the job, what was asked, its outcome; expires after its end
 *   <prefix>:key:<key>   string: the job that an idempotency key stands for
 *   <prefix>:open           hash: jobs that have not finished -> the gateway that runs them
 *   <prefix>:finished       sorted set: the others by the time of their end
 *   <prefix>:gateway:<id>   string with a time to live: the gateway's sign of life
 *   <prefix>:steps          stream: what became of jobs, for all gateways; without the outcome
 */
const FUNCTIONS = `
local function at(name) return KEYS[1] .. ':' .. name end

local function report(id, status)
  local job = redis.call('HMGET', at('job:' .. id),
    'service', 'operation', 'status', 'created', 'finished', 'subject')
  redis.call('XADD', at('steps'), 'MAXLEN', '~', 10000, '*', 'id', id,
    'service', job[1] or '', 'operation', job[2] or '', 'status', status or job[3] or '',
    'created', job[4] or '', 'finished', job[5] or '', 'subject', job[6] or '')
end

local function keyOf(id)
  local key = redis.call('HGET', at('job:' .. id), 'key')
  return key and key ~= '' and at('key:' .. key)
end

local function forget(id)
  report(id, 'forgotten')
  local key = keyOf(id)
  if key and redis.call('GET', key) == id then redis.call('DEL', key) end
  redis.call('HDEL', at('open'), id)
  redis.call('ZREM', at('finished'), id)
  redis.call('DEL', at('job:' .. id))
end

local function save(id, owner, fields, now, keep)
  redis.call('HSET', at('job:' .. id), unpack(fields))
  local key = keyOf(id)
  if key then redis.call('SET', key, id, 'NX') end
  if redis.call('HEXISTS', at('job:' .. id), 'finished') == 0 then
    redis.call('HSET', at('open'), id, owner)
  else
    redis.call('HDEL', at('job:' .. id), 'input', 'caller')
    redis.call('HDEL', at('open'), id)
    redis.call('ZADD', at('finished'), now, id)
    redis.call('PEXPIRE', at('job:' .. id), keep)
    redis.call('PEXPIRE', at('finished'), keep)
    if key then redis.call('PEXPIRE', key, keep) end
  end
  report(id)
end

local function list(from, to)
  local words = {}
  for i = from, to or #ARGV do words[#words + 1] = ARGV[i] end
  return words
end
`;

/** A job as it stands in Redis. */
export type Fields = Readonly<Record<string, string>>;

export interface AddOptions {
  readonly id: string;
  readonly owner: string;
  readonly fields: Fields;
  readonly limit: number;
  readonly keepMs: number;
}

/** Takes on a job. Gives the id of the job that its key stands for, `conflict`, `full` or `added`. */
export const addJob = defineScript({
  SCRIPT: `${FUNCTIONS}
local id, owner, now, keep = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local limit, name, call = tonumber(ARGV[5]), ARGV[6], ARGV[7]
local known = name ~= '' and redis.call('GET', at('key:' .. name))
local asked = known and redis.call('HGET', at('job:' .. known), 'call')
if asked then return asked == call and known or 'conflict' end
redis.call('ZREMRANGEBYSCORE', at('finished'), '-inf', now - keep)
if redis.call('HLEN', at('open')) + redis.call('ZCARD', at('finished')) >= limit then
  local oldest = redis.call('ZRANGE', at('finished'), 0, 0)[1]
  if not oldest then return 'full' end
  forget(oldest)
end
if known then redis.call('DEL', at('key:' .. name)) end
save(id, owner, list(8), now, keep)
return 'added'`,
  NUMBER_OF_KEYS: 1,
  parseCommand(parser: CommandParser, prefix: string, options: AddOptions) {
    const { id, owner, fields, limit, keepMs } = options;
    const { key = "", call = "" } = fields;
    parser.pushKey(prefix);
    parser.push(id, owner, String(Date.now()), String(keepMs), String(limit), key, call);
    parser.push(...Object.entries(fields).flat());
  },
  transformReply: undefined as unknown as () => string,
});

/** Takes a step of a job, unless it is further already, or another gateway runs it: it never goes back, and
 * its first end is its end. A job that Redis has lost is there again. */
export const stepJob = defineScript({
  SCRIPT: `${FUNCTIONS}
local order = { queued = 1, running = 2, succeeded = 3, failed = 3 }
local id, owner, now, keep, status = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local before = redis.call('HGET', at('job:' .. id), 'status')
if before and order[before] >= order[status] then return 0 end
if (redis.call('HGET', at('open'), id) or owner) ~= owner then return 0 end
save(id, owner, list(6), now, keep)
return 1`,
  NUMBER_OF_KEYS: 1,
  parseCommand(parser: CommandParser, prefix: string, options: Omit<AddOptions, "limit">) {
    const { id, owner, fields, keepMs } = options;
    parser.pushKey(prefix);
    parser.push(id, owner, String(Date.now()), String(keepMs), fields.status ?? "");
    parser.push(...Object.entries(fields).flat());
  },
  transformReply: undefined as unknown as () => number,
});

/** Takes a job back that its client did not receive. */
export const forgetJob = defineScript({
  SCRIPT: `${FUNCTIONS}
if redis.call('EXISTS', at('job:' .. ARGV[1])) == 1 then forget(ARGV[1]) end
return 0`,
  NUMBER_OF_KEYS: 1,
  parseCommand(parser: CommandParser, prefix: string, id: string) {
    parser.pushKey(prefix);
    parser.push(id);
  },
  transformReply: undefined as unknown as () => number,
});

/** How often a job is begun: one that no gateway survives would go round for ever. */
const TRIES = 3;
/** Jobs that are taken over at once. */
const BATCH = 20;

export interface TakeOptions {
  readonly owner: string;
  /** The jobs that the owner knows to be its own. */
  readonly own: readonly string[];
  readonly keepMs: number;
  /** What is said of a job that was begun too often. */
  readonly fields: Fields;
}

/** Takes over the jobs of gateways that give no sign of life, and of the owner itself what it was not
 * notified of. Gives each as its id and the fields of its record in turn. */
export const takeJobs = defineScript({
  SCRIPT: `${FUNCTIONS}
local owner, now, keep = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local tries, batch, size = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local failed, own, alive, taken = list(7, 6 + size), {}, {}, {}
for i = 7 + size, #ARGV do own[ARGV[i]] = true end
local open = redis.call('HGETALL', at('open'))
for i = 1, #open, 2 do
  local id, of = open[i], open[i + 1]
  if alive[of] == nil then alive[of] = redis.call('EXISTS', at('gateway:' .. of)) == 1 end
  local left = of == owner and not own[id] or of ~= owner and not alive[of]
  if left and redis.call('EXISTS', at('job:' .. id)) == 0 then
    redis.call('HDEL', at('open'), id)
  elseif left and #taken < batch then
    if redis.call('HINCRBY', at('job:' .. id), 'tries', 1) < tries then
      redis.call('HSET', at('open'), id, owner)
      taken[#taken + 1] = { id, redis.call('HGETALL', at('job:' .. id)) }
    else
      save(id, owner, failed, now, keep)
    end
  end
end
return taken`,
  NUMBER_OF_KEYS: 1,
  parseCommand(parser: CommandParser, prefix: string, options: TakeOptions) {
    const { owner, own, keepMs, fields } = options;
    const failed = Object.entries(fields).flat();
    parser.pushKey(prefix);
    parser.push(owner, String(Date.now()), String(keepMs), String(TRIES), String(BATCH));
    parser.push(String(failed.length), ...failed, ...own);
  },
  transformReply: (taken: readonly (readonly [string, readonly string[]])[]) =>
    taken.map(([id, words]) => ({ id, fields: fieldsIn(words) })),
});

function fieldsIn(words: readonly string[]): Fields {
  const names = words.filter((_, index) => index % 2 === 0);
  return Object.fromEntries(names.map((name, index) => [name, words[2 * index + 1] ?? ""]));
}
