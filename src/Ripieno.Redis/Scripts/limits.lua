-- Limits that all instances share. A permit: weight, owner, expires, capacity (0 = none), second in which it was given, tokens reserved; then the limit's name.

local PERMIT, PERMITHEAD = '>I4I4I8I4I4I4', 28
-- A limit's use: capacity, requests and tokens a minute (0 = not limited), when it was used last; then for each second in which it was: second, requests, tokens.
local ALLOWANCE, USE, WINDOW, SETTLING = '>I4I4I4I8', '>I4I4I4', 62, 5000

-- Whether an owner's registration holds. Looked up once.
local liveOwners = {}
local function isLive(owner)
  if liveOwners[owner] == nil then
    local i = instanceByOwner(owner)
    liveOwners[owner] = i and i.expires > NOW or false
  end
  return liveOwners[owner]
end

local function permitOf(name)
  local record = call('HGET', K.permits, name)
  if not record then return nil end
  local p = { name = name }
  p.weight, p.owner, p.expires, p.capacity, p.second, p.tokens = unpk(PERMIT, record)
  p.limit = sub(record, PERMITHEAD + 1)
  return p
end

local function permitsOf(limit) return call('ZRANGEBYLEX', K.limits, '[' .. limit .. '\0', '(' .. limit .. '\1') end

local function removePermit(p)
  call('HDEL', K.permits, p.name)
  call('ZREM', K.limits, p.limit .. '\0' .. p.name)
end
