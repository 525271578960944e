-- Gives a channel's head and its messages: those after the last one that the caller has, or all of them if it wants all, has
-- none or has one that they do not continue. Begins the channel if it is not there.
-- KEYS: head, log. ARGV: topic, time to live in ms, all or nothing, and of the last message that the caller has: epoch,
-- offset, time.
local head, log = KEYS[1], KEYS[2]
local topic, ttl, all, known_epoch, known_offset, known_time = unpack(ARGV)

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local epoch, offset = unpack(redis.call('HMGET', head, 'epoch', 'offset'))
if not epoch then
  epoch, offset = string.format('%.0f', now), '0'
  redis.call('DEL', log)
  redis.call('HSET', head, 'epoch', epoch, 'offset', offset, 'bytes', 0)
end

-- Whether messages that the caller has were lost here, and perhaps replaced by others of the same ids: then Redis came back
-- without its latest data.
local function diverged()
  if epoch ~= known_epoch or known_offset == '0' then return false end
  if tonumber(offset) < tonumber(known_offset) then return true end
  local last = redis.call('XRANGE', log, epoch .. '-' .. known_offset, epoch .. '-' .. known_offset)[1]
  if last then return last[2][2] ~= known_time end
  -- Not there to be compared: that matters only if the next one is.
  local next = epoch .. '-' .. string.format('%.0f', known_offset + 1)
  return #redis.call('XRANGE', log, next, next) > 0
end

-- What is left goes on under an epoch that nobody has seen, so that no id ever means two messages.
if diverged() then
  local left = redis.call('XRANGE', log, epoch .. '-1', '+')
  epoch = string.format('%.0f', math.max(now, epoch + 1))
  redis.call('DEL', log)
  for _, entry in ipairs(left) do
    redis.call('XADD', log, epoch .. entry[1]:match('%-.*'), unpack(entry[2]))
  end
  redis.call('HSET', head, 'epoch', epoch)
  redis.call('PUBLISH', topic, epoch .. '-' .. offset)
end

redis.call('PEXPIRE', head, ttl)
redis.call('PEXPIRE', log, ttl)
local from = epoch .. '-1'
if epoch == known_epoch and all == '' then
  local next = epoch .. '-' .. string.format('%.0f', known_offset + 1)
  if tonumber(offset) == tonumber(known_offset) then return { epoch .. '-' .. offset, {} } end
  if #redis.call('XRANGE', log, next, next) > 0 then from = next end
end
return { epoch .. '-' .. offset, redis.call('XRANGE', log, from, epoch .. '-' .. offset) }
