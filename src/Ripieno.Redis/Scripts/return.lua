--!keys store instances permits limits rates
--!uses session instances limits rates
-- Gives a permit back; the tokens that its call has cost take the place of those that were reserved: fewer where they were reserved, more now. One that is not there is no error.
--
-- Own ARGV: permit, tokens or '' (not known: what was reserved stays). Answers nothing.
local p, tokens = permitOf(argument()), tonumber(argument())
if not p then return { 'ok', store.ok, '0' } end
local uses, record = usesOf(p.limit)
if tokens and tokens < p.tokens then
  for i = 1, #uses do
    if uses[i][1] == p.second then uses[i][3] = math.max(0, uses[i][3] - (p.tokens - tokens)) end
  end
elseif tokens and tokens > p.tokens then
  count(uses, 0, tokens - p.tokens)
end
dirty = true
local reply = commit()
removePermit(p)
if record then writeUses(p.limit, sub(record, 1, 20), uses) end
return reply
