import { redisScript } from "./redis-scripts.ts";

/**
 * KEYS id keys changes hashes. ARGV id, keys that may be, token, then id, revision that it has to have (0: none), hash (`-`: it goes)
 * and JSON of each. All or none. Gives `ok` and the newest revision, or why not and the id of the first that cannot be.
 */
export const PUT_API_KEYS = redisScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {'lost'} end
local function known(id)
  local revision, hash = string.match(redis.call('HGET', KEYS[2], id) or '', '^(%d+) %S+ (%S+) ')
  return tonumber(revision or 0), hash or '-'
end
local count, added, given = redis.call('HLEN', KEYS[4]), 0, {}
for i = 4, #ARGV, 4 do
  local id, hash = ARGV[i], ARGV[i + 2]
  local revision, before = known(id)
  if revision ~= tonumber(ARGV[i + 1]) then return {'changed', id} end
  if hash ~= '-' then
    local owner = given[hash] or redis.call('HGET', KEYS[4], hash) or id
    if owner ~= id then return {'same_hash', id} end
    given[hash] = id
    if before == '-' then added = added + 1 end
  elseif before ~= '-' then count = count - 1 end
end
if added > 0 and count + added > tonumber(ARGV[2]) then return {'full', ARGV[4]} end
local head = tonumber(redis.call('ZREVRANGE', KEYS[3], 0, 0, 'WITHSCORES')[2] or 0)
for i = 4, #ARGV, 4 do
  local id, hash = ARGV[i], ARGV[i + 2]
  local _, before = known(id)
  head = head + 1
  local revision = string.format('%.0f', head)
  if before ~= '-' and before ~= hash then redis.call('HDEL', KEYS[4], before) end
  redis.call('HSET', KEYS[2], id, revision .. ' ' .. ARGV[3] .. ' ' .. hash .. ' ' .. ARGV[i + 3])
  redis.call('ZADD', KEYS[3], revision, id)
  if hash ~= '-' then redis.call('HSET', KEYS[4], hash, id) end
end
return {'ok', string.format('%.0f', head)}
`);

/** KEYS id keys changes. ARGV id, revision, keys of a page. Gives \`ok\`, the newest revision and its token, then id and record of each. */
export const READ_API_KEYS = redisScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {'lost'} end
local newest = redis.call('ZREVRANGE', KEYS[3], 0, 0, 'WITHSCORES')
if not newest[1] then return {'ok', '0', ''} end
local token = string.match(redis.call('HGET', KEYS[2], newest[1]) or '', '^%d+ (%S+) ')
local page = {'ok', string.format('%.0f', tonumber(newest[2])), token or ''}
for _, id in ipairs(redis.call('ZRANGE', KEYS[3], '(' .. ARGV[2], '+inf', 'BYSCORE', 'LIMIT', 0, ARGV[3])) do
  page[#page + 1] = id
  page[#page + 1] = redis.call('HGET', KEYS[2], id)
end
return page
`);
