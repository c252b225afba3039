--!keys store cooling
--!uses session
-- A server has asked to be left in peace: no permit of its limit until then. Extended, never shortened. Coolings that are over are cleared away.
--
-- Own ARGV: limit, time (ms), reason. Answers nothing.
local limit, till, reason, over = argument(), NOW + tonumber(argument()), argument(), {}
local all = call('HGETALL', K.cooling)
for i = 1, #all, 2 do
  local one = unpk('>I8', all[i + 1])
  if all[i] == limit and one >= till then return { 'ok', store.ok, '0' } end
  if one <= NOW then over[#over + 1] = all[i] end
end
dirty = true
local reply = commit()
each('HDEL', K.cooling, over)
call('HSET', K.cooling, limit, pack('>I8', till) .. reason)
return reply
