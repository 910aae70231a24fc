-- One POST for every turn, made once: `sized` or `chunked` (chunks of 1 KiB), of so many bytes.
function init(args)
  local framing, size = args[1], tonumber(args[2])
  local body = string.rep("x", size)
  local head = "POST " .. wrk.path .. " HTTP/1.1\r\nHost: " .. wrk.headers["Host"]
    .. "\r\nContent-Type: application/json\r\n"
  local message
  if framing == "chunked" then
    local chunk = "400\r\n" .. string.rep("x", 1024) .. "\r\n"
    message = head .. "Transfer-Encoding: chunked\r\n\r\n" .. string.rep(chunk, size / 1024) .. "0\r\n\r\n"
  else
    message = head .. "Content-Length: " .. size .. "\r\n\r\n" .. body
  end
  -- What wrk sends over and over, without asking Lua again.
  wrk.format = function() return message end
end
