--!keys store classes ring share leases held alone waits due suspects kept unfinished hourly hours runs runs:0 runs:1 runs:2 runs:3 ended:1 ended:2 ended:3 dead snapshots
--!uses session steps
-- Accepts a run: nothing -> running, with snapshot, input and first steps, those without dependencies ready. Atomic with it: the run's place in the list of runs, the ring, the figures.
-- Repeatable by id and fingerprint. Refused when more than ARGV max queued steps would be open.
--
-- Own ARGV: fingerprint, operation, run info (i), run constants (m), max open steps or '', snapshot hash, snapshot value, input hash or '', input value, then the steps as steps.lua reads them.
-- Answers created | existing | conflict | full (open steps).
local fingerprint, operation, info, constants, most, snapshot, body = ARGV[AT], ARGV[AT + 1], ARGV[AT + 2], ARGV[AT + 3], ARGV[AT + 4], ARGV[AT + 5], ARGV[AT + 6]
local input, inputBody = ARGV[AT + 7], ARGV[AT + 8]
AT = AT + 9

local existing = call('HMGET', KEYS[FIRST], 'fingerprint', 'operation')
if existing[1] then
  local answer = existing[1] ~= fingerprint and 'conflict' or existing[2] == operation and 'created' or 'existing'
  return { 'ok', store[3], '0', answer }
end
local new = readSteps()
if most ~= '' and store[4] + #new.steps > tonumber(most) then return { 'ok', store[3], '0', 'full', store[4] } end

local r = makeRun(1, NEW, constants)
-- Strictly rising, so that the order of acceptance is never in doubt.
r[R.seq] = math.max(tonumber(call('HGET', K.store, 'seq')) + 1, NOW * 1000)
r[R.f] = ''
put(r, 'i', info .. pack('>I8', NOW))
put(r, 'm', constants)
put(r, 'fingerprint', fingerprint)
put(r, 'operation', operation)
if input ~= '' then put(r, 'c' .. input, inputBody) end
note(r, EVENT.accepted, -1)
figuresOf(r[R.terms], '', '')[1] = 1
prepare(r, new)
addSteps(r, new, -1, {})

local reply = commit()
call('HSET', K.store, 'seq', r[R.seq])
call('ZADD', K.runs, r[R.seq], r[R.id])
if r[R.status] == 0 then call('ZADD', K['runs:0'], r[R.seq], r[R.id]) end
call('HSETNX', K.snapshots, snapshot, body)
call('HINCRBY', K.snapshots, 'r' .. snapshot, 1)
reply[4] = 'created'
return reply
