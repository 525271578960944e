-- Returns a channel's latest id and a page of its messages: of those after the last one that the caller has, or of all if it
-- wants all, has none, or has one that they do not continue. Creates the channel if it does not exist.
-- ARGV: as in channel.lua, and time to live, that of a channel without messages (in ms), page size in bytes, `fit` or empty,
-- `all` or empty, and offset and time of the last message that the caller has. A page is not larger than its size if it must
-- `fit`: a nil in place of the messages says that not even the first one does. Otherwise it has at least one message.
local _, _, known_epoch, ttl, empty_ttl, page, fit, all, known_offset, known_time = unpack(ARGV)

-- Returns whether messages that the caller has were lost here, and perhaps replaced by others with the same ids: then Redis
-- restarted without its latest data.
local function diverged()
  if epoch ~= known_epoch or known_offset == '0' then return false end
  if tonumber(offset) < tonumber(known_offset) then return true end
  local last = call('XRANGE', log, epoch .. '-' .. known_offset, epoch .. '-' .. known_offset)[1]
  if last then return last[2][2] ~= known_time end
  -- The newest trimmed message can still be compared. Another missing one matters only if the next one exists.
  if call('HGET', head, 'trimmed') == known_offset .. ' ' .. known_time then return false end
  local next = epoch .. '-' .. format('%.0f', known_offset + 1)
  return #call('XRANGE', log, next, next) > 0
end

if diverged() then renew() end
call('PEXPIRE', head, offset == '0' and empty_ttl or ttl)
call('PEXPIRE', log, ttl)

local from, newest = epoch .. '-1', epoch .. '-' .. offset
if epoch == known_epoch and all == '' then
  local next = epoch .. '-' .. format('%.0f', known_offset + 1)
  if tonumber(offset) == tonumber(known_offset) then return { newest, {} } end
  if #call('XRANGE', log, next, next) > 0 then from = next end
end

-- Reads messages up to the page size. It begins with few, since their size is not known.
local entries, size, count = {}, 0, 8
page = tonumber(page)
repeat
  local some = call('XRANGE', log, from, newest, 'COUNT', count)
  for _, entry in ipairs(some) do
    local after = size + #entry[2][4] + #(entry[2][6] or '') + 64
    if size >= page or (fit ~= '' and after > page) then
      size = page
      break
    end
    entries[#entries + 1], size = entry, after
  end
  if #some < count or size >= page then break end
  from = '(' .. some[#some][1]
  count = math.max(1, math.min(1000, math.ceil((page - size) * #entries / size)))
until false
return { newest, (#entries > 0 or size == 0) and entries }
