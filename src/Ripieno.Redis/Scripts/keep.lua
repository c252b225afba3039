--!keys store instances permits limits
--!uses session instances limits
-- An instance that was silent is back: which of its permits still cover their calls. Those that have lapsed, or whose place others have been given, are taken away. Repeatable.
--
-- Own ARGV: incarnation, count, then for each: limit, permit. Answers gone | kept: for each held | lost.
local me, n = instanceOf(argument()), tonumber(argument())
if not me then return { 'ok', store.ok, '0', 'gone' } end
local used, answers, lost = {}, {}, {}
for i = 1, n do
  local limit, name = argument(), argument()
  if not used[limit] then
    used[limit] = 0
    local members = permitsOf(limit)
    for j = 1, #members do
      local p = permitOf(sub(members[j], #limit + 2))
      if p.owner ~= me.owner and p.expires > NOW and isLive(p.owner) then used[limit] = used[limit] + p.weight end
    end
  end
  local p = permitOf(name)
  if p and p.owner == me.owner and p.expires > NOW and (p.capacity == 0 or used[limit] + p.weight <= p.capacity) then
    used[limit] = used[limit] + p.weight
    answers[i] = 'held'
  else
    lost[#lost + 1] = p
    answers[i] = 'lost'
  end
end
if #lost > 0 then dirty = true end
local reply = commit()
for i = 1, #lost do
  if lost[i].owner == me.owner then removePermit(lost[i]) end
end
reply[4] = 'kept'
for i = 1, n do reply[4 + i] = answers[i] end
return reply
