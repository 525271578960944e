-- Appends a message to a channel and publishes it, or returns what the same idempotency key returned before.
-- KEYS: as in channel.lua, and the idempotency key if there is one.
-- ARGV: as in channel.lua, and body, most messages, most bytes, maximum age, time to live, time to live of keys (times in ms),
-- attributes.
-- Returns the id, the time, and about how much memory the channel takes; without the last if the key was used before.
local key = KEYS[3]
local body = ARGV[4]
local most, bytes, age = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local attributes = ARGV[10]
-- With attributes it begins with an `@`, which JSON does not.
local content = attributes == '' and body or '@' .. attributes .. ' ' .. body

-- Returns what a message with these fields takes: time, body and perhaps attributes, each behind its name.
local function size_of(fields)
  return #fields[4] + #(fields[6] or '')
end

local first = key and call('GET', key)
if first then
  -- The result, then the digest of the content.
  local accepted, digest = first:match('^(%S+ %S+) (%S+)$')
  if digest == redis.sha1hex(content) then return accepted end
  return redis.error_reply('KEYREUSED the key was used with another message')
end

-- `ended` is the time of the latest message if that is the end. The channel has ended while a history holds it.
if ended and now - ended <= age and call('XLEN', log) > 0 then
  return redis.error_reply('ENDED the channel has ended')
end

offset = format('%.0f', offset + 1)
local id, stamp = epoch .. '-' .. offset, format('%.0f', now)
local fields = { 't', stamp, 'b', body }
if attributes ~= '' then fields[5], fields[6] = 'a', attributes end
call('XADD', log, id, unpack(fields))

-- Trims the oldest messages, but never the newest.
local count = call('XLEN', log)
held = count == 1 and size_of(fields) or (held or 0) + size_of(fields)
local oldest, gone = call('XRANGE', log, '-', '+', 'COUNT', 1)[1], nil
while oldest[1] ~= id and (count > most or held > bytes or now - oldest[2][2] > age) do
  count, held, gone = count - 1, held - size_of(oldest[2]), oldest
  oldest = call('XRANGE', log, '(' .. oldest[1], '+', 'COUNT', 1)[1]
end
local changed = { 'offset', offset, 'bytes', held, 'time', stamp }
if gone then
  call('XTRIM', log, 'MINID', oldest[1])
  changed[7], changed[8] = 'trimmed', gone[1]:match('%d+$') .. ' ' .. gone[2][2]
elseif count == 1 then
  -- All messages before were forgotten, if there were any.
  changed[7], changed[8] = 'trimmed', format('%.0f ', offset - 1) .. (call('HGET', head, 'time') or '')
end
if attributes == 'end' or attributes:match(',end$') then
  changed[#changed + 1], changed[#changed + 2] = 'end', stamp
elseif ended then
  call('HDEL', head, 'end')
end
call('HSET', head, unpack(changed))

local accepted = id .. ' ' .. stamp
call('PEXPIRE', head, ARGV[8])
call('PEXPIRE', log, ARGV[8])
if key then call('SET', key, accepted .. ' ' .. redis.sha1hex(content), 'PX', ARGV[9]) end
-- PUBLISH is last: if Redis refuses it, the message is stored, and a retry with the key does not store it twice.
call('PUBLISH', pubsub, accepted .. ' ' .. content)
-- Adds what the keys, the first node of the stream (4 KiB) and each entry take beside the messages.
return accepted .. ' ' .. (5120 + held + 64 * count)
