-- Instances: who is there, and until when.

local INSTANCE = '>I4I4I8I8I4I8'

-- The registration of an incarnation: owner number, pid, process start, seen, slots, expires, and where its texts (id, host, version) begin; nil = none.
local function instanceOf(incarnation)
  local record = call('HGET', K.instances, incarnation)
  if not record then return nil end
  local i = { incarnation = incarnation, record = record }
  i.owner, i.pid, i.start, i.seen, i.slots, i.expires, i.at = unpk(INSTANCE, record)
  i.id = unpk('>Hc0', record, i.at)
  return i
end

-- Its number; nil when it is not registered. Looked up once for all the reports of a call.
local owners = {}
local function ownerOf(incarnation)
  if owners[incarnation] == nil then
    local i = instanceOf(incarnation)
    owners[incarnation] = i and i.owner or false
  end
  return owners[incarnation]
end

local function instanceByOwner(owner)
  local incarnation = call('HGET', K.instances, 'o' .. owner)
  return incarnation and instanceOf(incarnation) or nil
end

local function saveInstance(i)
  call('HSET', K.instances, i.incarnation, pack(INSTANCE, i.owner, i.pid, i.start, i.seen, i.slots, i.expires) .. sub(i.record, i.at), 'o' .. i.owner, i.incarnation)
  call('ZADD', K.expiry, i.expires, i.owner)
  call('ZREM', K.gone, i.owner)
end

local function forgetInstance(owner)
  local i = instanceByOwner(owner)
  call('ZREM', K.gone, owner)
  if not i then return end
  call('HDEL', K.instances, i.incarnation, 'o' .. i.owner)
  if call('HGET', K.names, i.id) == i.incarnation then call('HDEL', K.names, i.id) end
  call('ZREM', K.expiry, i.owner)
  call('HDEL', K.held, i.owner)
  call('HDEL', K.alone, i.owner)
  call('HDEL', K.claims, i.incarnation, 't' .. i.owner)
  call('HDEL', K.reports, i.incarnation)
  call('HDEL', K.drains, i.incarnation)
end
