import { type CommandParser, defineScript } from "@redis/client";

/*
 * What gateways may do at the same moment, each in one step. `KEYS[1]` is what all keys begin with:
 *
 *   <prefix>:job:<id>       hash: the job, its owner, its outcome; expires after its end
 *   <prefix>:key:<digest>   string: the job that an idempotency key stands for
 *   <prefix>:open           hash: jobs that have not finished -> the gateway that runs them
 *   <prefix>:finished       sorted set: the others by the time of their end
 *   <prefix>:gateway:<id>   string with a time to live: the gateway's sign of life
 *   <prefix>:steps          stream: what became of jobs, for all gateways; without the outcome
 */
const FUNCTIONS = `
local function at(name) return KEYS[1] .. ':' .. name end

local function tell(id, status)
  local job = redis.call('HMGET', at('job:' .. id),
    'service', 'operation', 'status', 'created', 'finished')
  redis.call('XADD', at('steps'), 'MAXLEN', '~', 10000, '*', 'id', id,
    'service', job[1] or '', 'operation', job[2] or '', 'status', status or job[3] or '',
    'created', job[4] or '', 'finished', job[5] or '')
end

local function keyOf(id)
  local digest = redis.call('HGET', at('job:' .. id), 'key')
  return digest and at('key:' .. digest)
end

local function forget(id)
  tell(id, 'forgotten')
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
    redis.call('HDEL', at('open'), id)
    redis.call('ZADD', at('finished'), now, id)
    redis.call('PEXPIRE', at('job:' .. id), keep)
    redis.call('PEXPIRE', at('finished'), keep)
    if key then redis.call('PEXPIRE', key, keep) end
  end
  tell(id)
end

local function list(from)
  local words = {}
  for i = from, #ARGV do words[#words + 1] = ARGV[i] end
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
local limit, digest, call = tonumber(ARGV[5]), ARGV[6], ARGV[7]
local known = digest ~= '' and redis.call('GET', at('key:' .. digest))
local asked = known and redis.call('HGET', at('job:' .. known), 'call')
if asked then return asked == call and known or 'conflict' end
redis.call('ZREMRANGEBYSCORE', at('finished'), '-inf', now - keep)
if redis.call('HLEN', at('open')) + redis.call('ZCARD', at('finished')) >= limit then
  local oldest = redis.call('ZRANGE', at('finished'), 0, 0)[1]
  if not oldest then return 'full' end
  forget(oldest)
end
if known then redis.call('DEL', at('key:' .. digest)) end
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

/** Takes a step of a job, unless it is further already: it never goes back, and its first end is its
 * end. A job that Redis has lost is there again. */
export const stepJob = defineScript({
  SCRIPT: `${FUNCTIONS}
local order = { queued = 1, running = 2, succeeded = 3, failed = 3 }
local id, owner, now, keep, status = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local before = redis.call('HGET', at('job:' .. id), 'status')
if before and order[before] >= order[status] then return 0 end
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

/** Takes a job back that its client was not told of. */
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

/** Ends the jobs of gateways that give no sign of life: whoever comes first tells it. */
export const endLost = defineScript({
  SCRIPT: `${FUNCTIONS}
local now, keep, lost = tonumber(ARGV[1]), tonumber(ARGV[2]), 0
local open = redis.call('HGETALL', at('open'))
for i = 1, #open, 2 do
  local id, owner = open[i], open[i + 1]
  if redis.call('EXISTS', at('gateway:' .. owner)) == 0 then
    save(id, owner, list(3), now, keep)
    lost = lost + 1
  end
end
return lost`,
  NUMBER_OF_KEYS: 1,
  parseCommand(parser: CommandParser, prefix: string, keepMs: number, fields: Fields) {
    parser.pushKey(prefix);
    parser.push(String(Date.now()), String(keepMs), ...Object.entries(fields).flat());
  },
  transformReply: undefined as unknown as () => number,
});
