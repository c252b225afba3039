--!keys store classes ring share waits due suspects runs runs:0 runs:1 runs:2 runs:3 ended:1 ended:2 ended:3 dead snapshots drafts tenants
--!uses session
-- A run that was written into a draft appears, whole: nothing -> as it stood in the store that it comes from. Atomic with its places in the lists of runs, the ring, the waiting, the suspects and the dead-lettered,
-- and with its snapshot. Repeatable by the token. What a run touches here is as much as it has waiting, suspect and dead-lettered steps, however many that are.
--
-- KEYS of runs: the run, its draft. Own ARGV: token, digest, fingerprint, info (i), terms (m), definitions (f), counts (n), status, cancel, steps, next, open, failed, events, tokens in, tokens out, started, finished,
-- index + 1 of the step that stopped it; hash and value of the snapshot; the least seq; then each with its count: lanes (class, count of ready steps, index and rank of one), waiting (index, due), suspects (class, index),
-- dead-lettered (index, when).
-- Answers appeared: seq | exists | lost.
local token, digest, fingerprint, info, m, f, n = argument(), argument(), argument(), argument(), argument(), argument(), argument()
local id, key, ready, draft, drafted = ARGV[6], KEYS[FIRST], KEYS[FIRST + 1], KEYS[FIRST + 2], KEYS[FIRST + 3]
local there = call('HMGET', key, 'v', 'operation')
if there[1] then
  if there[2] ~= token then return { 'ok', store.ok, '0', 'exists' } end
  return { 'ok', store.ok, '0', 'appeared', format('%.0f', call('ZSCORE', K.runs, id)) }
end
if call('HGET', K.drafts, id) ~= token then return { 'ok', store.ok, '0', 'lost' } end

local changing = {}
for i = 1, 12 do changing[i] = tonumber(argument()) end
local status, cancel, total, nextIndex, open, failed, noted, tin, tout, started, finished, stopped = unpack(changing)
local snapshot, snapshotBody = argument(), argument()
local seq = math.max(tonumber(call('HGET', K.store, 'seq')) + 1, NOW * 1000, tonumber(argument()))
local r = makeRun(1, pack(RUN, status, cancel, total, nextIndex, open, failed, noted, tin, tout, started, finished, seq, stopped, 0, 0) .. '\0', m)

local alone = {}
for _ = 1, tonumber(argument()) do
  local class, count, ix, rank = classNumber(argument()), tonumber(argument()), tonumber(argument()), tonumber(argument())
  if count == 1 then alone[#alone + 1] = pack('>HI4I4', class, rank + BIAS, ix) end
  setLane(r, class, classOf(class).clock, true, count == 1 and ix + 1 or 0)
end
for _ = 1, tonumber(argument()) do
  local p = place(r, tonumber(argument()))
  wWaits[p], wDue[p] = true, tonumber(argument())
end
for _ = 1, tonumber(argument()) do
  local class = pack('>H', classNumber(argument()))
  wSuspects[class .. place(r, tonumber(argument()))] = true
end
for _ = 1, tonumber(argument()) do
  local p = place(r, tonumber(argument()))
  wDead[p] = tonumber(argument())
end

local lanes, count = '', 0
for class, lane in pairs(r[R.lanes]) do
  lanes, count = lanes .. pack(LANE, class, lane.time, 1, lane.only), count + 1
end

-- A small run has in one value what stands in fields of the draft so far.
local parts, gone = '\0', {}
if nextIndex <= SMALL then
  local states, reasons, edges = {}, '', ''
  for ix = 0, nextIndex - 1 do
    local names = { fieldOf('s', ix), fieldOf('d', ix) }
    local found = call('HMGET', draft, unpack(names))
    states[ix + 1] = found[1] and sub(found[1], 1, SIZE) or HOLE
    if found[1] and #found[1] > SIZE then reasons = reasons .. pack('>BI4c0', ix, #found[1] - SIZE, sub(found[1], SIZE + 1)) end
    for p = 1, found[2] and #found[2] or 0, 4 do edges = edges .. string.char(ix, (unpk('>I4', found[2], p))) end
    gone[#gone + 1], gone[#gone + 2] = names[1], names[2]
  end
  parts = '\1' .. pack('>I4c0I4c0', #m, m, #f, f) .. table.concat(states) .. string.char(#edges / 2) .. edges .. reasons
end
local v = pack(RUN, status, cancel, total, nextIndex, open, failed, noted, tin, tout, started, finished, seq, stopped, count, 0) .. lanes .. parts

-- Written here, and not as a run that a script has changed.
r[R.changed] = false
dirty, news, openSteps = true, true, openSteps + open
local reply = commit()
each('HDEL', draft, gone)
call('HSET', draft, 'i', info, 'm', m, 'f', f, 'v', v, 'fingerprint', fingerprint, 'operation', token, 'copied', digest)
if nextIndex > SMALL then call('HSET', draft, 'n', n) end
call('RENAME', draft, key)
each('ZREM', drafted, alone)
if call('EXISTS', drafted) == 1 then call('RENAME', drafted, ready) end
call('HDEL', K.drafts, id)
call('HSET', K.store, 'seq', seq)
call('ZADD', K.runs, seq, id)
call('ZADD', KEYS[RUNLISTS + status], seq, id)
if status > 0 then call('ZADD', KEYS[ENDLISTS + status], finished, id)
elseif r[R.terms].workflow ~= UNCOUNTED then call('HINCRBY', K.tenants, r[R.terms].tenant, 1) end
call('HSETNX', K.snapshots, snapshot, snapshotBody)
call('HINCRBY', K.snapshots, 'r' .. snapshot, 1)
reply[4], reply[5] = 'appeared', format('%.0f', seq)
return reply
