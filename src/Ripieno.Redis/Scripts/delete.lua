--!keys store unfinished runs runs:1 runs:2 runs:3 ended:1 ended:2 ended:3 dead snapshots
--!uses session
-- Deletes runs that have ended: their keys go as wholes, off the server's main thread. The hourly figures stay. The answer is kept for a day under the operation's own
-- key, the last of KEYS; between it and the runs' keys are those of their logs, in the same order.
--
-- Own ARGV: nothing. Answers how many were deleted.
local memory = KEYS[#KEYS]
local before = call('GET', memory)
if before then return { 'ok', store.ok, '0', before } end
local list, logs = {}, {}
for i = 1, RUNS do
  local r = runOf(i)
  if r and r[R.status] ~= 0 then
    list[#list + 1] = r
    logs[#list] = KEYS[FIRST + RUNS * 2 + i - 1]
  end
end
if #list == 0 then return { 'ok', store.ok, '0', '0' } end
local dead
for i = 1, #list do
  local r = list[i]
  if r[R.failed] > 0 then
    dead = dead or call('ZRANGE', K.dead, 0, -1)
    for j = 1, #dead do
      if sub(dead[j], 1, #dead[j] - 4) == r[R.id] .. '\0' then wDead[dead[j]] = false end
    end
  end
end
dirty = true
local reply = commit()
for i = 1, #list do
  local r = list[i]
  call('ZREM', K.runs, r[R.id])
  call('ZREM', KEYS[RUNLISTS + r[R.status]], r[R.id])
  call('ZREM', KEYS[ENDLISTS + r[R.status]], r[R.id])
  call('ZREM', K.unfinished, r[R.id])
  if call('HINCRBY', K.snapshots, 'r' .. r[R.terms].snapshot, -1) <= 0 then call('HDEL', K.snapshots, r[R.terms].snapshot, 'r' .. r[R.terms].snapshot) end
  call('UNLINK', r[R.key], r[R.ready], logs[i])
end
call('SET', memory, #list, 'EX', 86400)
reply[4] = tostring(#list)
return reply
