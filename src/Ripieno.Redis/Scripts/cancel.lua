--!keys store classes ring share leases held alone waits due suspects kept unfinished hourly hours tenants runs:0 runs:1 runs:2 runs:3 ended:1 ended:2 ended:3 dead
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
if r[R.status] ~= 0 then return answer(call('HGET', r[R.key], 'cancelled') == operation and 'cancelling' or 'ended') end
if r[R.cancel] then return answer('cancelling') end

r[R.cancel], news = true, true
put(r, 'cancelled', operation)
note(r, EVENT.cancel, -1)
leaveRing(r)
dropUnfinished(r)
local suspects = call('ZRANGE', K.suspects, 0, -1)
for i = 1, #suspects do
  local p = sub(suspects[i], 3)
  if sub(p, 1, #p - 4) == r[R.id] .. '\0' then wSuspects[suspects[i]], wKept[p] = false, false end
end
if r[R.next] > BATCH then unfinished(r, W.cancel, 0, BATCH, r[R.next]) end
cancelSteps(r, 0, math.min(BATCH, r[R.next]))
local reply = answer('cancelling')
call('UNLINK', r[R.ready])
return reply
