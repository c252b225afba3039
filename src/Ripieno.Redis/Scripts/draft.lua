--!keys store classes drafts
--!uses session
-- Writes a part of a run that comes from another store into a draft, which nobody sees: the run's own two keys under other names. The first part takes the place of what an earlier writing has left.
-- Repeatable by the token and the part.
--
-- KEYS of runs: the run, its draft. Own ARGV: token, first (1 | 0), count of classes (queue \0 executor), they, count of steps, then for each: index, class by its place, state as it is stored but for the class's number,
-- rank when it is to be claimed, else ''; count of fields, they with their values.
-- Answers written | exists | lost.
local token, first, key, ready = argument(), argument() == '1', KEYS[FIRST + 2], KEYS[FIRST + 3]
local id = ARGV[6]
if call('HEXISTS', KEYS[FIRST], 'v') == 1 then return { 'ok', store.ok, '0', call('HGET', KEYS[FIRST], 'operation') == token and 'written' or 'exists' } end
if not first and call('HGET', K.drafts, id) ~= token then return { 'ok', store.ok, '0', 'lost' } end

local class = {}
for i = 1, tonumber(argument()) do class[i] = classNumber(argument()) end
local fields, members = {}, {}
for _ = 1, tonumber(argument()) do
  local ix, no, state, rank = tonumber(argument()), class[tonumber(argument())], argument(), argument()
  fields[#fields + 1] = fieldOf('s', ix)
  fields[#fields + 1] = sub(state, 1, 4) .. pack('>H', no) .. sub(state, 7)
  if rank ~= '' then
    members[#members + 1] = '0'
    members[#members + 1] = pack('>HI4I4', no, tonumber(rank) + BIAS, ix)
  end
end
for _ = 1, tonumber(argument()) * 2 do fields[#fields + 1] = argument() end

dirty = true
local reply = commit()
if first then
  call('UNLINK', key, ready)
  call('HSET', K.drafts, id, token)
end
each('HSET', key, fields)
each('ZADD', ready, members)
reply[4] = 'written'
return reply
