--!keys store hourly hours
--!uses session
-- Adds hourly figures of another store, those of hours after the last that was taken from it, and notes the last. Repeatable.
--
-- Own ARGV: name of the other store, the last hour among these, count, then for each: hour, name and values as they are stored.
-- Answers how many were added.
local source, newest = 'taken:' .. argument(), argument()
local last = tonumber(call('HGET', K.store, source) or -1)
local fields, added = {}, {}
for _ = 1, tonumber(argument()) do
  local hour, field, value = tonumber(argument()), argument(), argument()
  if hour > last then
    local old = call('HGET', K.hourly, field)
    if old then
      local sums, more = { unpk('>dddddddddd', old) }, { unpk('>dddddddddd', value) }
      for i = 1, 10 do sums[i] = sums[i] + more[i] end
      value = pack('>dddddddddd', unpack(sums, 1, 10))
    else
      added[#added + 1], added[#added + 2] = '0', field
    end
    fields[#fields + 1], fields[#fields + 2] = field, value
  end
end
if #fields == 0 then return { 'ok', store.ok, '0', '0' } end
dirty = true
local reply = commit()
each('HSET', K.hourly, fields)
each('ZADD', K.hours, added)
call('HSET', K.store, source, newest)
reply[4] = tostring(#fields / 2)
return reply
