import { type RedisScript, redisScript } from "./redis-scripts.ts";

/**
 * KEYS one for each meter. ARGV `1` to count, `0` to look; then four for each meter: `rate`, cost, units a microsecond, room
 * (domain/policies/gcra.ts), or `day`, `week`, `month`, amount, 0, 0. A value is `used at`: units and the microsecond they
 * were counted in, or requests and the window's first second. Counts in all or in none. Gives 1 or 0 for passed or not, then of each meter
 * what is used now and the ms until its window is over (a rate: 0).
 *
 * The time is the server's: one clock for all front doors, so theirs may differ. One that went back is no time at all. Numbers are
 * whole and below 2^53, as in a front door, so both count the same.
 */
export const TAKE: RedisScript = redisScript(`
local time = redis.call('TIME')
local seconds = tonumber(time[1])
local micros = seconds * 1000000 + tonumber(time[2])
local day = math.floor(seconds / 86400)
-- Civil dates from days and back (Howard Hinnant, chrono-compatible low-level date algorithms).
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
local passes, used, at, ends = 1, {}, {}, {}
for i = 1, #KEYS do
  local kind, a, room = ARGV[4 * i - 2], tonumber(ARGV[4 * i - 1]), tonumber(ARGV[4 * i + 1])
  local held = redis.call('GET', KEYS[i])
  local value, since = 0, 0
  if held then
    local v, s = string.match(held, '^(%d+) (%d+)$')
    if not v then return redis.error_reply('ERR ' .. KEYS[i] .. ' holds something else') end
    value, since = tonumber(v), tonumber(s)
  end
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
  used[i] = value
end
local said = {passes}
for i = 1, #KEYS do
  if passes == 1 and ARGV[1] == '1' then
    local expires
    if ARGV[4 * i - 2] == 'rate' then
      used[i] = used[i] + tonumber(ARGV[4 * i - 1])
      expires = math.ceil(used[i] / tonumber(ARGV[4 * i]) / 1000) + 1
    else
      used[i] = used[i] + 1
      expires = ends[i] + 1
    end
    redis.call('SET', KEYS[i], string.format('%.0f %.0f', used[i], at[i]), 'PX', string.format('%.0f', expires))
  end
  said[2 * i], said[2 * i + 1] = used[i], ends[i]
end
return said
`);

/** KEYS the front doors that count. ARGV this one, and the ms after which one that is not heard of counts no more. Gives how many there are. */
export const BEAT: RedisScript = redisScript(`
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('(%.0f', now - tonumber(ARGV[2])))
return redis.call('ZCARD', KEYS[1])
`);
