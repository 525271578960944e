-- The beginning of append.lua and history.lua: finds the channel or creates it, and makes sure that no id is given twice.
-- KEYS: the channel's hash, its stream. ARGV: its pub/sub name; the incarnation of Redis: its run id, with a `+` if it loses
-- nothing in a restart; the newest epoch of the channel that the caller knows, or 0.
local call, format = redis.call, string.format
local head, log = KEYS[1], KEYS[2]
local pubsub, incarnation = ARGV[1], ARGV[2]
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local epoch, offset, held, stored, ended = unpack(call('HMGET', head, 'epoch', 'offset', 'bytes', 'life', 'end'))

-- Continues the channel in a new epoch, so that no id ever means two messages.
local function renew()
  local left = call('XRANGE', log, epoch .. '-1', epoch .. '-' .. offset)
  local last = call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  epoch = format('%.0f', math.max(now, epoch + 1, last and last[1]:match('%d+') + 1 or 0))
  -- HSET is first, since Redis refuses it when its memory is full: after another write, a script may exceed the limit.
  call('HSET', head, 'epoch', epoch, 'life', incarnation)
  -- The stream must not be missing for a moment: while a cluster moves its slot, it could not be written again.
  for _, entry in ipairs(left) do
    call('XADD', log, epoch .. entry[1]:match('%-.*'), unpack(entry[2]))
  end
  if last then call('XTRIM', log, 'MINID', epoch .. '-1') end
  call('PUBLISH', pubsub, epoch .. '-' .. offset)
end

if not epoch then
  local last = call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  epoch = format('%.0f', math.max(now, ARGV[3] + 1, last and last[1]:match('%d+') + 1 or 0))
  offset, held = '0', 0
  call('HSET', head, 'epoch', epoch, 'offset', 0, 'bytes', 0, 'life', incarnation)
  call('DEL', log)
elseif stored ~= incarnation then
  local former, durable = (stored or ''):match('^(.-)(%+?)$')
  if former == incarnation:match('^[^+]*') then
    -- Processes may judge the durability of one run differently: the weaker judgement counts.
    if durable == '+' then call('HSET', head, 'life', incarnation) end
  elseif durable == '+' then
    call('HSET', head, 'life', incarnation)
  else
    renew()
  end
end
