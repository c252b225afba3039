--!keys store instances permits limits
--!uses session instances
-- Takes part of a limit that all instances share, until a time. Repeatable by the permit's name. Permits whose time is over are cleared away.
--
-- Own ARGV: incarnation, permit, limit, capacity, weight, duration (ms). Answers gone | yes | no.
local me, permit, limit, capacity, weight, duration = instanceOf(ARGV[AT]), ARGV[AT + 1], ARGV[AT + 2], tonumber(ARGV[AT + 3]), tonumber(ARGV[AT + 4]), tonumber(ARGV[AT + 5])
if not me then return { 'ok', store.ok, '0', 'gone' } end
local members, held, over = call('ZRANGEBYLEX', K.limits, '[' .. limit .. '\0', '(' .. limit .. '\1'), 0, {}
for i = 1, #members do
  local name = sub(members[i], #limit + 2)
  local record = call('HGET', K.permits, name)
  local w, _, expires = unpk('>I4I4I8', record)
  if expires <= NOW then over[#over + 1] = name
  elseif name == permit then return { 'ok', store.ok, '0', 'yes' }
  else held = held + w end
end
if held + weight > capacity then return { 'ok', store.ok, '0', 'no' } end
dirty = true
local reply = commit()
for i = 1, #over do
  call('HDEL', K.permits, over[i])
  call('ZREM', K.limits, limit .. '\0' .. over[i])
end
call('HSET', K.permits, permit, pack('>I4I4I8', weight, me.owner, NOW + duration) .. limit)
call('ZADD', K.limits, 0, limit .. '\0' .. permit)
reply[4] = 'yes'
return reply
