-- What both scripts begin with.
-- KEYS: head, log. ARGV: topic, life: the run id of Redis, with a `+` if it loses nothing when it is restarted.
local head, log = KEYS[1], KEYS[2]
local topic, life = ARGV[1], ARGV[2]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function whole(number) return string.format('%.0f', number) end

-- The channel goes on under an epoch that nobody has seen, so that no id ever means two messages.
local function renew(epoch, offset)
  local left = redis.call('XRANGE', log, epoch .. '-1', epoch .. '-' .. offset)
  local fresh = whole(math.max(now, epoch + 1))
  -- First what Redis refuses when its memory is full: after any other write it would let all of this pass.
  redis.call('HSET', head, 'epoch', fresh)
  redis.call('DEL', log)
  for _, entry in ipairs(left) do
    redis.call('XADD', log, fresh .. entry[1]:match('%-.*'), unpack(entry[2]))
  end
  redis.call('PUBLISH', topic, fresh .. '-' .. offset)
  return fresh
end

-- Begins the channel under an epoch above this one.
local function begin(above)
  local last = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  local epoch = whole(math.max(now, above + 1, last and last[1]:match('%d+') + 1 or 0))
  redis.call('HSET', head, 'epoch', epoch, 'offset', 0, 'bytes', 0, 'life', life)
  redis.call('DEL', log)
  return epoch
end

-- Takes note of the life of Redis in which the channel is used. After a life that may have lost its last writes, ids could
-- be given twice.
local function outlive(stored, epoch, offset)
  local former, durable = (stored or ''):match('^(.-)(%+?)$')
  if former == life:match('^[^+]*') then
    if durable == '+' then redis.call('HSET', head, 'life', life) end
    return epoch
  end
  if durable ~= '+' then epoch = renew(epoch, offset) end
  redis.call('HSET', head, 'life', life)
  return epoch
end

-- The channel's epoch, its newest offset and how many bytes it holds. Begins it if it is not there.
local function channel(above)
  local epoch, offset, held, stored = unpack(redis.call('HMGET', head, 'epoch', 'offset', 'bytes', 'life'))
  if not epoch then return begin(above), '0', 0 end
  if stored ~= life then epoch = outlive(stored, epoch, offset) end
  return epoch, offset, tonumber(held or 0)
end
