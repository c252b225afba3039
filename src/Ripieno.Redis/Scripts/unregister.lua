--!keys store instances names expiry gone held alone claims permits limits reports drains
--!uses session instances limits
-- Ends a registration that holds nothing any more; its permits are free. An unknown one is no error.
--
-- Own ARGV: incarnation. Answers gone | held.
local me = instanceOf(ARGV[AT])
if not me then return { 'ok', store.ok, '0', 'gone' } end
if tonumber(call('HGET', K.held, me.owner) or 0) > 0 then return { 'ok', store.ok, '0', 'held' } end
local permits, mine = call('HGETALL', K.permits), {}
for i = 1, #permits, 2 do
  local _, owner = unpk('>I4I4', permits[i + 1])
  if owner == me.owner then mine[#mine + 1] = permitOf(permits[i]) end
end
dirty = true
local reply = commit()
for i = 1, #mine do removePermit(mine[i]) end
forgetInstance(me.owner)
reply[4] = 'gone'
return reply
