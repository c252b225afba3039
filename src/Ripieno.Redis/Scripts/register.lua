--!keys store instances names expiry gone held alone claims reports drains
--!uses session instances
-- Announces an instance, or again. Refused while another live one has its id. Registrations that have held nothing for a day are forgotten.
--
-- Own ARGV: incarnation, lease (ms), id, pid, process start, slots, texts (id, host, version).
-- Answers registered | conflict: pid, texts of the other.
local incarnation, lease, id = ARGV[AT], tonumber(ARGV[AT + 1]), ARGV[AT + 2]
local named = call('HGET', K.names, id)
if named and named ~= incarnation then
  local other = instanceOf(named)
  if other and other.expires > NOW then return { 'ok', store.ok, '0', 'conflict', tostring(other.pid), sub(other.record, other.at) } end
end

local old = call('ZRANGEBYSCORE', K.gone, '-inf', NOW - 86400000, 'LIMIT', 0, 20)
local me = instanceOf(incarnation)
dirty = true
local reply = commit()
if not me then
  me = { incarnation = incarnation, owner = call('HINCRBY', K.store, 'owner', 1), pid = tonumber(ARGV[AT + 3]), start = tonumber(ARGV[AT + 4]), slots = tonumber(ARGV[AT + 5]), record = ARGV[AT + 6], at = 1 }
end
me.seen, me.expires = NOW, NOW + lease
saveInstance(me)
call('HSET', K.names, id, incarnation)
for i = 1, #old do forgetInstance(old[i]) end
reply[4] = 'registered'
return reply
