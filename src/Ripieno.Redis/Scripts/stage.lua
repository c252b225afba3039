--!keys store classes ring share leases held alone waits due suspects kept unfinished hourly hours tenants runs:0 runs:1 runs:2 runs:3 ended:1 ended:2 ended:3 dead instances
--!uses session instances steps fence
-- Writes a batch of a wide expansion ahead: nothing -> staged, under the step and the epoch that add them, seen by nobody until report.lua commits their count. What an execution wrote ahead and never
-- committed is replaced.
--
-- Own ARGV: index, epoch, the holder's incarnation ('' = unknown), self | parent, first ('' = reserve indexes now), count of the whole expansion, offset of this batch, then this batch as steps.lua reads it; of its dependencies those
-- among these steps are offsets in the whole expansion. With the first batch come all keys outside.
-- Answers 0 | 1 | 2 as a report, or staged with the first index, or what is wrong, its parts joined by \0.
local ix, epoch, holder, into = tonumber(ARGV[AT]), tonumber(ARGV[AT + 1]), ARGV[AT + 2], ARGV[AT + 3]
local first, count, offset = tonumber(ARGV[AT + 4]), tonumber(ARGV[AT + 5]), tonumber(ARGV[AT + 6])
AT = AT + 7
local r = runOf(1)
local step = r and stepOf(r, ix)
local function answer(...)
  local reply = commit()
  for i = 1, select('#', ...) do reply[3 + i] = select(i, ...) end
  return reply
end
if not step then return answer(LOST) end
local refused = fence(r, step, epoch, holder)
if refused then return answer(refused) end

local new = readSteps()
local group = step
if into == 'parent' then
  group = step[S.parent] >= 0 and stepOf(r, step[S.parent]) or nil
  if not group or group[S.status] ~= EXPANDED then return answer('group') end
end
local outside, wrong = findOutside(r, new)
if not wrong and not first then wrong = checkBound(r, count) or checkGroup(r, group, new, outside) end
local stale
if not wrong then wrong, stale = checkKeys(r, new, 1, #new.steps, ix) end
if wrong then return answer(table.concat(wrong, '\0')) end

-- The first batch again, its answer lost: it was the last to reserve indexes, and so many.
local again = not first and #stale == #new.steps and stale[1][S.ix] + count == r[R.next]
for i = 1, again and #stale or 0 do
  again = again and stale[i][S.ix] == stale[1][S.ix] + i - 1 and stale[i][S.accepted] == ix and stale[i][S.recorded] == epoch
end
if again then first = stale[1][S.ix] end
if not first then
  first = r[R.next]
  r[R.next] = first + count
end
removeStale(r, stale)
prepare(r, new)
for i = 1, #new.steps do
  local staged = makeStep(r, new, i, first + offset + i - 1, group[S.ix], sourcesOf(new, i, first, outside))
  staged[S.status], staged[S.recorded], staged[S.accepted], staged[S.was] = STAGED, epoch, ix, STAGED
end
return answer('staged', tostring(first))
