--!keys store instances names drains
--!uses session instances
-- Asks an instance to drain; it hears of it when it next tells of itself. The mark ends with the registration.
--
-- Own ARGV: instance id. Answers none | asked: incarnation, record.
local named = call('HGET', K.names, ARGV[AT])
local it = named and instanceOf(named)
if not it or it.expires <= NOW then return { 'ok', store.ok, '0', 'none' } end
dirty = true
local reply = commit()
call('HSET', K.drains, named, 1)
reply[4], reply[5], reply[6] = 'asked', named, it.record
return reply
