--!keys store classes ring share leases held alone waits due suspects kept unfinished hourly hours runs:0 runs:1 runs:2 runs:3 ended:1 ended:2 ended:3 dead
--!uses session cancelling
-- Sets a run's cancel flag, which every claim and every report looks at, and takes the run out of the ring: from here on nothing of it starts. Its open steps are cancelled, a batch now and the rest by
-- cursor.
--
-- Own ARGV: operation. Answers unknown | ended | cancelling.
local operation = ARGV[AT]
local r = runOf(1)
local function answer(text)
  local reply = commit()
  reply[4] = text
  return reply
end
if not r then return answer('unknown') end
if r.status ~= 0 then return answer(call('HGET', r.key, 'cancelled') == operation and 'cancelling' or 'ended') end
if r.cancel then return answer('cancelling') end

r.cancel, r.fields.cancelled, news = true, operation, true
note(r, EVENT.cancel, -1)
leaveRing(r)
dropUnfinished(r, FANOUT)
local suspects = call('ZRANGE', K.suspects, 0, -1)
for i = 1, #suspects do
  local p = sub(suspects[i], 3)
  if sub(p, 1, #p - 4) == r.id .. '\0' then wSuspects[suspects[i]], wKept[p] = false, false end
end
if r.next > BATCH then unfinished(r, CANCEL, 0, BATCH, r.next) end
cancelSteps(r, 0, math.min(BATCH, r.next))
local reply = answer('cancelling')
call('UNLINK', r.ready)
return reply
