-- Records how much memory each channel takes, and returns the channels whose messages must be forgotten so that all together
-- stay within the limit: the least recently used ones.
-- KEYS: the size of each channel (a hash; `*` is the sum), when each was last used (a sorted set).
-- ARGV: the limit, the time to live of a channel (ms), how long a channel that is read counts as used (ms); then for each
-- channel, from the least recently used on: its name, and its size: 0 if it was forgotten, empty to report that it is read.
local sizes, used = KEYS[1], KEYS[2]
local limit, ttl, read = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
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
  -- Channels of one call keep their order.
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

-- Both keys go when the last channel has: a process with a shorter time must not shorten that of others.
for _, key in ipairs({sizes, used}) do
  if redis.call('PTTL', key) < ttl + read then redis.call('PEXPIRE', key, ttl + read) end
end

local left, doomed = tonumber(redis.call('HGET', sizes, '*') or 0), {}
for _, channel in ipairs(left > limit and redis.call('ZRANGE', used, 0, 63) or {}) do
  if left <= limit then break end
  doomed[#doomed + 1] = channel
  left = left - (redis.call('HGET', sizes, channel) or 0)
end
return doomed
