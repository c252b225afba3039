--!keys store
--!uses session
-- Writes a part of a wide retry's plan ahead; nothing of it is seen until retry.lua commits it.
--
-- Own ARGV: events that the run had when it was read, place of the first entry, count, entries. Answers planned | changed.
local r = runOf(1)
if not r or r[R.status] ~= 2 or r[R.noted] ~= tonumber(ARGV[AT]) then return { 'ok', store.ok, '0', 'changed' } end
for i = 1, tonumber(ARGV[AT + 2]) do put(r, 'p' .. (ARGV[AT + 1] + i - 1), ARGV[AT + 2 + i]) end
local reply = commit()
reply[4] = 'planned'
return reply
