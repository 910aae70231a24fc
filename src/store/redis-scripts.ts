import { createHash } from "node:crypto";
import { PACKED_KINDS } from "./packed-counts.ts";

/** A script as Redis knows it: by the SHA-1 of its text. */
export interface RedisScript {
  readonly text: string;
  readonly sha: string;
}

export function redisScript(text: string): RedisScript {
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}

/** Entry at an id of the ledger stream: its JSON and token. */
const LEDGER = `
local function at(entry, name)
  for i = 1, #entry[2], 2 do if entry[2][i] == name then return entry[2][i + 1] end end
end
local function revisionOf(entry) return tonumber(string.match(entry[1], '^%d+')) end
local function newest() return redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1] end
local function one(revision)
  local id = string.format('%.0f-0', revision)
  return redis.call('XRANGE', KEYS[2], id, id)[1]
end
`;

/**
 * KEYS id ledger. ARGV the revision known. Gives the state's id, the newest revision and its token, and the token that the
 * known revision has now.
 */
export const HEAD = redisScript(`${LEDGER}
local known = tonumber(ARGV[1])
local last = newest()
local then_ = known > 0 and one(known) or nil
return {
  redis.call('GET', KEYS[1]) or '',
  last and revisionOf(last) or 0, last and at(last, 't') or '', then_ and at(then_, 't') or ''
}
`);

/**
 * KEYS id ledger routes. ARGV id, draft as JSON, time, guard revision, token, the newest revision the caller knows, channel,
 * number of guarded routes, guarded routes ..., changed routes ...
 * One that was sent before (its token stands after the revision known then) is the one asked for, and nothing is written.
 */
export const APPEND = redisScript(`${LEDGER}
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {'lost', ''} end
for _, entry in ipairs(redis.call('XRANGE', KEYS[2], string.format('(%.0f-0', tonumber(ARGV[6])), '+')) do
  if at(entry, 't') == ARGV[5] then return {'ok', at(entry, 'e')} end
end
local guard, count, newestOf = tonumber(ARGV[4]), tonumber(ARGV[8]), 0
for i = 9, 8 + count do
  local revision = tonumber(redis.call('HGET', KEYS[3], ARGV[i]) or 0)
  if revision > newestOf then newestOf = revision end
end
if newestOf > guard then return {'conflict', at(one(newestOf), 'e')} end
local last = newest()
local revision = string.format('%.0f', (last and revisionOf(last) or 0) + 1)
local entry = string.sub(ARGV[2], 1, -2) .. ',"revision":' .. revision .. ',"at":"' .. ARGV[3] .. '"}'
redis.call('XADD', KEYS[2], revision .. '-0', 'e', entry, 't', ARGV[5])
for i = 9 + count, #ARGV do redis.call('HSET', KEYS[3], ARGV[i], revision) end
redis.call('PUBLISH', ARGV[7], revision .. ' ' .. ARGV[5])
return {'ok', entry}
`);

/** KEYS id. ARGV what it has to be (empty: nothing), what it becomes (empty: nothing). 1: it was. */
export const SWAP_ID = redisScript(`
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2]) end
return 1
`);

/** KEYS definitions. ARGV now, then route and hash in turn. Gives \`epoch since\` of each route. */
export const NOTE_DEFINITIONS = redisScript(`
local given = {}
for i = 2, #ARGV, 2 do
  local known = redis.call('HGET', KEYS[1], ARGV[i])
  local epoch, since, hash = string.match(known or '', '^(%d+) (%d+) (.*)$')
  if hash ~= ARGV[i + 1] then
    epoch, since = string.format('%.0f', tonumber(epoch or 0) + 1), ARGV[1]
    redis.call('HSET', KEYS[1], ARGV[i], epoch .. ' ' .. since .. ' ' .. ARGV[i + 1])
  end
  given[#given + 1] = epoch .. ' ' .. since
end
return given
`);

/** KEYS id records. ARGV id, name, version it has to have (0: none), text. 1: replaced; 0: it has another version; -1: another state. */
export const SWAP_RECORD = redisScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
local known = redis.call('HGET', KEYS[2], ARGV[2])
local version = known and tonumber(string.match(known, '^%d+')) or 0
if version ~= tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[2], ARGV[2], string.format('%.0f', version + 1) .. ' ' .. ARGV[4])
return 1
`);

/**
 * KEYS counts mismatches windows unsafe. ARGV door, window, counts, mismatch rows, unsafe requests, windows kept. Gives the
 * number of doors in the window and the windows that are too old to be kept; -1: this door was added to the folded ones.
 */
export const PUT_COUNTS = redisScript(`
local mine = redis.call('HGET', KEYS[1], ARGV[1])
if mine and string.sub(mine, 1, 1) ~= '{' then return {-1} end
local unsafe = ARGV[2] .. ' ' .. ARGV[1]
if ARGV[5] ~= '0' then redis.call('HSET', KEYS[4], unsafe, ARGV[5]) else redis.call('HDEL', KEYS[4], unsafe) end
local kept = tonumber(ARGV[6])
local oldest = redis.call('ZREVRANGE', KEYS[3], kept - 1, kept - 1)[1]
if oldest and ARGV[2] < oldest then return {0} end
redis.call('ZADD', KEYS[3], 0, ARGV[2])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
if ARGV[4] ~= '[]' and redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[4] then
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[4])
end
return {redis.call('HLEN', KEYS[1]), unpack(redis.call('ZREVRANGE', KEYS[3], kept, -1))}
`);

/** KEYS windows counts mismatches. ARGV the window: its counts and rows go; what modern did unsafely stays. */
export const DROP_WINDOW = redisScript(`
redis.call('ZREM', KEYS[1], ARGV[1])
return redis.call('DEL', KEYS[2], KEYS[3])
`);

/**
 * KEYS counts mismatches unsafe. ARGV window, the folded door's name, sum of counts, sum of rows, sum of unsafe requests, now,
 * then door and its counts as they were read, in turn. Nothing happens if one of them has changed since.
 */
export const FOLD_DOORS = redisScript(`
for i = 7, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) ~= ARGV[i + 1] then return 0 end
end
for i = 7, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[6])
  redis.call('HDEL', KEYS[2], ARGV[i])
  redis.call('HDEL', KEYS[3], ARGV[1] .. ' ' .. ARGV[i])
end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
redis.call('HSET', KEYS[2], ARGV[2], ARGV[4])
if ARGV[5] ~= '0' then redis.call('HSET', KEYS[3], ARGV[1] .. ' ' .. ARGV[2], ARGV[5]) end
return 1
`);

/**
 * KEYS minute hour door. ARGV the minute's name in the door's hash, packed counts (packed-counts.ts), ms until minute, hour and the
 * door's hash are forgotten. Adds to minute and hour what this door's minute gained since it was put last.
 */
export const PUT_ROLLUP = redisScript(`
local function addRecord(sum, more, sign)
  if more == 0 then return sum end
  if sum == 0 then sum = {} end
  for name, count in pairs(more) do sum[name] = (sum[name] or 0) + sign * count end
  for name, count in pairs(sum) do if count == 0 then sum[name] = nil end end
  return next(sum) and sum or 0
end
local function addHistogram(sum, more, sign)
  local buckets, names, flat = {}, {}, {}
  for i = 1, #sum, 2 do buckets[sum[i]] = sum[i + 1] end
  for i = 1, #more, 2 do buckets[more[i]] = (buckets[more[i]] or 0) + sign * more[i + 1] end
  for name in pairs(buckets) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    if buckets[name] ~= 0 then flat[#flat + 1] = name; flat[#flat + 1] = buckets[name] end
  end
  return flat
end
local function addSide(sum, more, sign)
  if more == 0 then return sum end
  if sum == 0 then sum = {0, 0, 0, 0, {}, {}} end
  for i = 1, 4 do sum[i] = sum[i] + sign * more[i] end
  sum[5] = addHistogram(sum[5], more[5], sign)
  local codes = addRecord(sum[6], more[6], sign)
  sum[6] = codes == 0 and {} or codes
  return (sum[1] ~= 0 or sum[3] ~= 0) and sum or 0
end
-- Of several figs: what one did not count yet is missing, what this one does not know stays as it is.
local function add(kind, sum, more, sign)
  if more == nil then return sum end
  if kind == 'count' then return (sum or 0) + sign * more end
  if kind == 'record' then return addRecord(sum or 0, more, sign) end
  if kind == 'answers' then return addSide(sum or 0, more, sign) end
  sum = sum or {}
  for i, part in ipairs(kind) do sum[i] = add(part, sum[i], more[i], sign) end
  return sum
end
local kinds = cjson.decode('${PACKED_KINDS}')
local before = redis.call('HGET', KEYS[3], ARGV[1])
if before == ARGV[2] then return 0 end
for i = 1, 2 do
  local kept = redis.call('GET', KEYS[i])
  local sum = kept and cjson.decode(kept) or {}
  if before then add(kinds, sum, cjson.decode(before), -1) end
  add(kinds, sum, cjson.decode(ARGV[2]), 1)
  redis.call('SET', KEYS[i], cjson.encode(sum), 'PX', ARGV[2 + i])
end
redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[3], ARGV[5])
return 1
`);
