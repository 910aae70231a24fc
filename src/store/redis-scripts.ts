import { createHash } from "node:crypto";

/** A script as Redis knows it: by the SHA-1 of its text. */
export interface RedisScript {
  readonly text: string;
  readonly sha: string;
}

function script(text: string): RedisScript {
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
export const HEAD = script(`${LEDGER}
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
export const APPEND = script(`${LEDGER}
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
redis.call('PUBLISH', ARGV[7], revision)
return {'ok', entry}
`);

/** KEYS definitions. ARGV now, then route and hash in turn. Gives \`epoch since\` of each route. */
export const NOTE_DEFINITIONS = script(`
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

/**
 * KEYS counts mismatches windows unsafe. ARGV door, window, counts, mismatch rows, unsafe requests, windows kept. Gives the
 * number of doors in the window and the windows that are too old to be kept.
 */
export const PUT_COUNTS = script(`
if redis.call('HGET', KEYS[1], ARGV[1]) == '' then return {0} end
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
export const DROP_WINDOW = script(`
redis.call('ZREM', KEYS[1], ARGV[1])
return redis.call('DEL', KEYS[2], KEYS[3])
`);

/**
 * KEYS counts mismatches unsafe. ARGV window, the folded door's name, sum of counts, sum of rows, sum of unsafe requests, then
 * door and its counts as they were read, in turn. Nothing happens if one of them has changed since.
 */
export const FOLD_DOORS = script(`
for i = 6, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) ~= ARGV[i + 1] then return 0 end
end
for i = 6, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[i], '')
  redis.call('HDEL', KEYS[2], ARGV[i])
  redis.call('HDEL', KEYS[3], ARGV[1] .. ' ' .. ARGV[i])
end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
redis.call('HSET', KEYS[2], ARGV[2], ARGV[4])
if ARGV[5] ~= '0' then redis.call('HSET', KEYS[3], ARGV[1] .. ' ' .. ARGV[2], ARGV[5]) end
return 1
`);
