-- Appends one message to a channel and tells every follower, or gives what the same key gave before.
-- KEYS: head, log, and the idempotency key if there is one.
-- ARGV: topic, body, most messages, most bytes, greatest age, time to live, how long keys are kept (times in ms).
local head, log, key = KEYS[1], KEYS[2], KEYS[3]
local topic, body = ARGV[1], ARGV[2]
local most, bytes, age = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])

local first = key and redis.call('GET', key)
if first then
  -- What was accepted, then the digest of its body.
  local accepted, digest = first:match('^(%S+ %S+) (%S+)$')
  if digest == redis.sha1hex(body) then return accepted end
  return redis.error_reply('KEYREUSED the key was used with another body')
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local epoch = redis.call('HGET', head, 'epoch')
if not epoch then
  epoch = string.format('%.0f', now)
  -- First what Redis refuses when its memory is full: after any other write it would let all of this pass.
  redis.call('HSET', head, 'epoch', epoch, 'offset', 0, 'bytes', 0)
  redis.call('DEL', log)
end
local id = epoch .. '-' .. string.format('%.0f', redis.call('HINCRBY', head, 'offset', 1))
redis.call('XADD', log, id, 't', string.format('%.0f', now), 'b', body)

-- Forgets the oldest, but never the newest.
local held = redis.call('HINCRBY', head, 'bytes', #body)
local count = redis.call('XLEN', log)
if count == 1 and held > #body then
  held = #body
  redis.call('HSET', head, 'bytes', held)
end
local oldest = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
local forgotten = 0
while oldest[1] ~= id and (count > most or held - forgotten > bytes or now - oldest[2][2] > age) do
  count, forgotten = count - 1, forgotten + #oldest[2][4]
  oldest = redis.call('XRANGE', log, '(' .. oldest[1], '+', 'COUNT', 1)[1]
end
if forgotten > 0 then
  redis.call('XTRIM', log, 'MINID', oldest[1])
  redis.call('HINCRBY', head, 'bytes', -forgotten)
end

local accepted = id .. ' ' .. string.format('%.0f', now)
redis.call('PUBLISH', topic, accepted .. ' ' .. body)
redis.call('PEXPIRE', head, ARGV[6])
redis.call('PEXPIRE', log, ARGV[6])
if key then redis.call('SET', key, accepted .. ' ' .. redis.sha1hex(body), 'PX', ARGV[7]) end
return accepted
