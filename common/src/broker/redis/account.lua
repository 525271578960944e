-- Keeps account of how much memory each channel takes, and says whose messages are to be forgotten so that all together take
-- no more than they may: those that were published to, or read, the longest ago.
-- KEYS: size of each channel (a hash; `*` is the sum), when each was last used (a sorted set).
-- ARGV: how much all may take, time to live of a channel (ms), for how long one that is read counts as used (ms), then for
-- each channel, from the least recently used on: its name, and its size, 0 if it was forgotten, or nothing if it is read.
local sizes, used = KEYS[1], KEYS[2]
local most, ttl, read = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function forget(channel)
  local size = redis.call('HGET', sizes, channel)
  if not size then return end
  redis.call('HDEL', sizes, channel)
  redis.call('ZREM', used, channel)
  redis.call('HINCRBY', sizes, '*', '-' .. size)
end

local function record(channel, size, order)
  local before = redis.call('HGET', sizes, channel) or 0
  redis.call('HSET', sizes, channel, size)
  redis.call('HINCRBY', sizes, '*', string.format('%.0f', size - before))
  -- Those that come together keep their order.
  redis.call('ZADD', used, 'GT', now + order / 1000, channel)
end

for at = 4, #ARGV, 2 do
  local channel, size = ARGV[at], ARGV[at + 1]
  if size == '' then
    redis.call('ZADD', used, 'XX', 'GT', now + read, channel)
  elseif size == '0' then
    forget(channel)
  else
    record(channel, size, at)
  end
end

for _, channel in ipairs(redis.call('ZRANGE', used, '-inf', now - ttl, 'BYSCORE', 'LIMIT', 0, 100)) do
  forget(channel)
end

local left, doomed = tonumber(redis.call('HGET', sizes, '*') or 0), {}
for _, channel in ipairs(left > most and redis.call('ZRANGE', used, 0, 63) or {}) do
  if left <= most then break end
  doomed[#doomed + 1] = channel
  left = left - (redis.call('HGET', sizes, channel) or 0)
end
return doomed
