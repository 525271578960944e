-- What both scripts begin with: finds the channel, or begins it, and makes sure that no id is given twice.
-- KEYS: head, log. ARGV: topic, life: the run id of Redis, with a `+` if it loses nothing when it is restarted; the newest
-- epoch of the channel that the caller knows, or 0.
local call, format = redis.call, string.format
local head, log = KEYS[1], KEYS[2]
local topic, life = ARGV[1], ARGV[2]
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local epoch, offset, held, stored = unpack(call('HMGET', head, 'epoch', 'offset', 'bytes', 'life'))

-- The channel goes on under an epoch that nobody has seen, so that no id ever means two messages.
local function renew()
  local left = call('XRANGE', log, epoch .. '-1', epoch .. '-' .. offset)
  epoch = format('%.0f', math.max(now, epoch + 1))
  -- First what Redis refuses when its memory is full: after any other write it would let all of this pass.
  call('HSET', head, 'epoch', epoch, 'life', life)
  call('DEL', log)
  for _, entry in ipairs(left) do
    call('XADD', log, epoch .. entry[1]:match('%-.*'), unpack(entry[2]))
  end
  call('PUBLISH', topic, epoch .. '-' .. offset)
end

if not epoch then
  local last = call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  epoch = format('%.0f', math.max(now, ARGV[3] + 1, last and last[1]:match('%d+') + 1 or 0))
  offset, held = '0', 0
  call('HSET', head, 'epoch', epoch, 'offset', 0, 'bytes', 0, 'life', life)
  call('DEL', log)
elseif stored ~= life then
  local former, durable = (stored or ''):match('^(.-)(%+?)$')
  if former == life:match('^[^+]*') then
    -- Processes that judge the same start of Redis differently: the weaker promise counts.
    if durable == '+' then call('HSET', head, 'life', life) end
  elseif durable == '+' then
    call('HSET', head, 'life', life)
  else
    renew()
  end
end
