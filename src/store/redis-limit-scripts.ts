import { type RedisScript, redisScript } from "./redis-scripts.ts";

/**
 * Of both scripts that count: the server's time, one clock for all front doors, so theirs may differ; one that went back is no time at
 * all. Civil dates from days and back are Howard Hinnant's (chrono-compatible low-level date algorithms).
 */
const CLOCK = `
local time = redis.call('TIME')
local seconds = tonumber(time[1])
local micros = seconds * 1000000 + tonumber(time[2])
local day = math.floor(seconds / 86400)
local function month_of(days)
  local z = days + 719468
  local era = math.floor(z / 146097)
  local doe = z - era * 146097
  local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365)
  local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
  local mp = math.floor((5 * doy + 2) / 153)
  local m = mp < 10 and mp + 3 or mp - 9
  return yoe + era * 400 + (m <= 2 and 1 or 0), m
end
local function days_of(y, m)
  if m <= 2 then y = y - 1 end
  local era = math.floor(y / 400)
  local yoe = y - era * 400
  local doy = math.floor((153 * (m > 2 and m - 3 or m + 9) + 2) / 5)
  return era * 146097 + yoe * 365 + math.floor(yoe / 4) - math.floor(yoe / 100) + doy - 719468
end
local function window(period)
  if period == 'day' then return day, day + 1 end
  if period == 'week' then
    local first = day - (day + 3) % 7
    return first, first + 7
  end
  local y, m = month_of(day)
  if m == 12 then return days_of(y, 12), days_of(y + 1, 1) end
  return days_of(y, m), days_of(y, m + 1)
end
local function held(key)
  local text = redis.call('GET', key)
  if not text then return 0, 0 end
  local v, s = string.match(text, '^(%d+) (%d+)$')
  if not v then return nil end
  return tonumber(v), tonumber(s)
end
local function write(key, value, since, expires)
  redis.call('SET', key, string.format('%.0f %.0f', value, since), 'PX', string.format('%.0f', expires))
end
local function other(key) return redis.error_reply('ERR ' .. key .. ' holds something else') end
`;

/** What the user of docs/how-to/run-a-fleet.md may do is enough for all of these scripts. */
const LEASING = `
local function lease(key, door, more, ms)
  local count = (tonumber(redis.call('HGET', key, door)) or 0) + more
  if count > 0 then
    redis.call('HSET', key, door, string.format('%.0f', count))
    redis.call('PEXPIRE', key, ms)
  else redis.call('HDEL', key, door) end
end
`;

/**
 * KEYS one for each meter; behind them, where one counts requests under way, the front doors. ARGV `1` to count, `0` to look; then four
 * for each meter: `rate`, cost, units a microsecond, room (domain/policies/gcra.ts), or `day`, `week`, `month`, amount, 0, 0, or
 * `concurrent`, most, this front door, the ms that a lease is kept. A rate's or a quota's value is `used at`: units and the
 * microsecond they were counted in, or requests and the window's first second. That of requests under way is a hash: how many each
 * front door has; those of one that is not heard of are over. Counts in all or in none. Gives 1 or 0 for passed or not, then of each
 * meter what is used now and the ms until its window is over (else 0).
 *
 * Numbers are whole and below 2^53, as in a front door, so both count the same.
 */
export const TAKE: RedisScript = redisScript(`${CLOCK}${LEASING}
local passes, used, at, ends = 1, {}, {}, {}
local n = math.floor((#ARGV - 1) / 4)
for i = 1, n do
  local kind, a, room = ARGV[4 * i - 2], tonumber(ARGV[4 * i - 1]), tonumber(ARGV[4 * i + 1])
  local value, since = 0, 0
  if kind == 'concurrent' then
    local doors = {}
    for _, door in ipairs(redis.call('ZRANGE', KEYS[n + 1], 0, -1)) do doors[door] = true end
    if not doors[ARGV[4 * i]] then return redis.error_reply('ERR this front door was forgotten') end
    local leases = redis.call('HGETALL', KEYS[i])
    for f = 1, #leases, 2 do
      if doors[leases[f]] then value = value + tonumber(leases[f + 1])
      else redis.call('HDEL', KEYS[i], leases[f]) end
    end
    at[i], ends[i] = 0, 0
    if value + 1 > a then passes = 0 end
  else
    value, since = held(KEYS[i])
    if not value then return other(KEYS[i]) end
    if kind == 'rate' then
      if micros > since then value = math.max(0, value - (micros - since) * tonumber(ARGV[4 * i])) end
      at[i], ends[i] = micros, 0
      if value + a > room then passes = 0 end
    else
      local first, last = window(kind)
      at[i], ends[i] = first * 86400, math.floor((last * 86400000000 - micros) / 1000)
      if since ~= at[i] then value = 0 end
      if value + 1 > a then passes = 0 end
    end
  end
  used[i] = value
end
local said = {passes}
for i = 1, n do
  if passes == 1 and ARGV[1] == '1' then
    local kind = ARGV[4 * i - 2]
    if kind == 'concurrent' then
      used[i] = used[i] + 1
      lease(KEYS[i], ARGV[4 * i], 1, ARGV[4 * i + 1])
    elseif kind == 'rate' then
      used[i] = used[i] + tonumber(ARGV[4 * i - 1])
      write(KEYS[i], used[i], at[i], math.ceil(used[i] / tonumber(ARGV[4 * i]) / 1000) + 1)
    else
      used[i] = used[i] + 1
      write(KEYS[i], used[i], at[i], ends[i] + 1)
    end
  end
  said[2 * i], said[2 * i + 1] = used[i], ends[i]
end
return said
`);

/**
 * What passed where Redis was not asked. KEYS one for each meter, then one that says that it was told this; ARGV four for each meter: `rate`,
 * units that are used now, units a microsecond, room, or `day`, `week`, `month`, requests, the window's first second, 0; then the ms that it
 * remembers it. A bucket is never fuller than full, and what was counted in a window that is over is nothing. All of it or nothing, and
 * once: whoever heard no answer says it again.
 */
export const TELL: RedisScript = redisScript(`${CLOCK}
local n = math.floor(#ARGV / 4)
local values, sinces = {}, {}
for i = 1, n do
  values[i], sinces[i] = held(KEYS[i])
  if not values[i] then return other(KEYS[i]) end
end
if n == 0 or not redis.call('SET', KEYS[n + 1], '1', 'PX', ARGV[4 * n + 1], 'NX') then return 0 end
for i = 1, n do
  local kind, more = ARGV[4 * i - 3], tonumber(ARGV[4 * i - 2])
  local value, since = values[i], sinces[i]
  if kind == 'rate' then
    local pace, room = tonumber(ARGV[4 * i - 1]), tonumber(ARGV[4 * i])
    if micros > since then value = math.max(0, value - (micros - since) * pace) end
    value = math.max(value, math.min(room, value + more))
    if value > 0 then write(KEYS[i], value, micros, math.ceil(value / pace / 1000) + 1) end
  else
    local first, last = window(kind)
    if tonumber(ARGV[4 * i - 1]) == first * 86400 then
      if since ~= first * 86400 then value = 0 end
      write(KEYS[i], value + more, first * 86400, math.floor((last * 86400000000 - micros) / 1000) + 1)
    end
  end
end
return n
`);

/**
 * Requests under way that began or ended. KEYS one for each meter's key; ARGV this front door, the ms that a lease is kept, then how
 * many more there are of each; 0 keeps what there is.
 */
export const LEASE: RedisScript = redisScript(`${LEASING}
for i = 1, #KEYS do lease(KEYS[i], ARGV[1], tonumber(ARGV[i + 2]), ARGV[2]) end
return #KEYS
`);

/**
 * KEYS the front doors that count. ARGV this one, the ms after which one that is not heard of counts no more, and by what name this one
 * was known before (or nothing). Gives how many there are, and 1 if this one was not among them.
 */
export const BEAT: RedisScript = redisScript(`
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
if ARGV[3] ~= '' then redis.call('ZREM', KEYS[1], ARGV[3]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('(%.0f', now - tonumber(ARGV[2])))
local new = redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
return {redis.call('ZCARD', KEYS[1]), new}
`);
