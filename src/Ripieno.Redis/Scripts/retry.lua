--!keys store classes ring share leases held alone waits due suspects kept unfinished hourly hours tenants runs:0 runs:1 runs:2 runs:3 ended:1 ended:2 ended:3 dead
--!uses session opening
-- An operator's retry, as it was planned from a look at the failed run: the run runs again, planned steps -> blocked | ready | expanded in a new generation; a batch at once, more by cursor.
--
-- Own ARGV: operation, events that the run had when it was read, steps opened again, failed ones among them, length of the plan, count of entries here (0 = they were written ahead), entries.
-- Answers retried: how many | changed.
local operation, noted, opened, failed, length, here = ARGV[AT], tonumber(ARGV[AT + 1]), tonumber(ARGV[AT + 2]), tonumber(ARGV[AT + 3]), tonumber(ARGV[AT + 4]), tonumber(ARGV[AT + 5])
local r = runOf(1)
local done = r and call('HGET', r[R.key], 'o')
if done and unpk('>Hc0', done) == operation then
  local _, at = unpk('>Hc0', done)
  return { 'ok', store.ok, '0', 'retried', sub(done, at) }
end
if not r or r[R.status] ~= 2 or r[R.noted] ~= noted then return { 'ok', store.ok, '0', 'changed' } end

r[R.status], r[R.finished], r[R.stopped], r[R.open], r[R.failed], openSteps = 0, 0, 0, r[R.open] + opened, r[R.failed] - failed, openSteps + opened
put(r, 'o', pack('>H', #operation) .. operation .. tostring(opened))
note(r, EVENT.retry, -1, opened .. ' steps')
if here > 0 then
  local list = {}
  for i = 1, here do list[i] = unpk('>I4', ARGV[AT + 5 + i]) end
  loadSteps(r, list)
  for i = 1, here do applyPlan(r, ARGV[AT + 5 + i]) end
else
  unfinished(r, W.reopen, 0, 0, length)
end
news = true
local reply = commit()
if r[R.terms].workflow ~= UNCOUNTED then call('HINCRBY', K.tenants, r[R.terms].tenant, 1) end
call('ZREM', KEYS[RUNLISTS + 2], r[R.id])
call('ZREM', KEYS[ENDLISTS + 2], r[R.id])
if r[R.status] == 0 then call('ZADD', KEYS[RUNLISTS], r[R.seq], r[R.id]) end
reply[4], reply[5] = 'retried', tostring(opened)
return reply
