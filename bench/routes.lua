-- Requests spread evenly over `routes` routes, in an order that is random and fixed. All are made before the first is
-- sent, and always as many, so that wrk does the same work whatever the number of routes. With `users`, each request
-- carries one of so many ids.
local requests = {}
local total = 10000
local next = 0

function init(args)
  local routes = tonumber(args[1])
  local users = tonumber(args[2])
  math.randomseed(1)
  local order = {}
  for i = 1, total do order[i] = i end
  for i = total, 2, -1 do
    local j = math.random(i)
    order[i], order[j] = order[j], order[i]
  end
  for i = 1, total do
    if users then wrk.headers["X-User-Id"] = "user-" .. math.random(users) end
    requests[i] = wrk.format("GET", string.format("/api/resource-%05d/%d", order[i] % routes, 10000 + order[i]))
  end
end

function request()
  next = next % total + 1
  return requests[next]
end
