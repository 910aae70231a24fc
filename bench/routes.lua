-- Requests over `routes` routes; a route's share is 1 / its rank ^ `exponent` (0: all alike, 1: Zipf's law), and which route
-- has which rank is dealt. Seeded, and all made before the first is sent, always as many, so that wrk does the same work
-- whatever the number of routes. With `users`, each request carries one of so many ids.
local requests = {}
local total = 100000
local next = 0

function init(args)
  local routes = tonumber(args[1])
  local exponent = tonumber(args[2])
  local users = tonumber(args[3])
  math.randomseed(1)
  local dealt, up_to, sum = {}, {}, 0
  for rank = 1, routes do
    sum = sum + rank ^ -exponent
    up_to[rank] = sum
    local place = math.random(rank)
    dealt[rank] = dealt[place]
    dealt[place] = rank - 1
  end
  for i = 1, total do
    local draw = math.random() * sum
    local low, high = 1, routes
    while low < high do
      local middle = math.floor((low + high) / 2)
      if up_to[middle] < draw then low = middle + 1 else high = middle end
    end
    if users then wrk.headers["X-User-Id"] = "user-" .. math.random(users) end
    requests[i] = wrk.format("GET", string.format("/api/resource-%05d/%d", dealt[low], 100000 + i))
  end
end

function request()
  next = next % total + 1
  return requests[next]
end
