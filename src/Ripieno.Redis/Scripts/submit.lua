--!keys store classes ring share leases held alone waits due suspects kept unfinished hourly hours tenants runs runs:0 runs:1 runs:2 runs:3 ended:1 ended:2 ended:3 dead snapshots
--!uses session steps
-- Accepts runs: nothing -> running, with snapshot, input and first steps, those without dependencies ready. Atomic with each: the run's place in the list of runs, the ring, the figures.
-- Repeatable by id and fingerprint. Refused when more than so many steps would be open, or when the tenant has so many runs that have not ended.
--
-- Own ARGV: max open steps or '', count of snapshots, their hashes and values, count of runs, then for each: fingerprint, operation, runs of the tenant here at which it is refused or '', run info (i), run terms (m), place of the snapshot, input hash or '',
-- input value, then the steps as steps.lua reads them. The n-th is the n-th declared run; the same run may be declared twice.
-- Answers for each: created | existing | conflict | full \0 open steps | tenant \0 its runs here.
local most, snapshots = tonumber(argument()), {}
for i = 1, tonumber(argument()) do snapshots[i] = { hash = argument(), body = argument(), runs = 0 } end
local count, answers, made = tonumber(argument()), {}, {}
local seq = tonumber(call('HGET', K.store, 'seq'))
local all, running, tenants = {}, {}, {}

local function accept(i)
  local fingerprint, operation, mostRuns, info, constants, snapshot, input, inputBody = argument(), argument(), tonumber(argument()), argument(), argument(), snapshots[tonumber(argument())], argument(), argument()
  local new, key = readSteps(), KEYS[FIRST + (i - 1) * 2]
  local existing = made[key] or call('HMGET', key, 'fingerprint', 'operation')
  if existing[1] then return existing[1] ~= fingerprint and 'conflict' or existing[2] == operation and 'created' or 'existing' end
  local open = store[4] + openSteps
  if most and open + #new.steps > most then return 'full\0' .. open end

  local t = termsOf(constants)
  if mostRuns then
    local runs = tonumber(call('HGET', K.tenants, t.tenant) or 0) + (tenants[t.tenant] or 0)
    if runs >= mostRuns then return 'tenant\0' .. runs end
  end

  made[key] = { fingerprint, operation }
  if t.workflow ~= UNCOUNTED then tenants[t.tenant] = (tenants[t.tenant] or 0) + 1 end
  local r = makeRun(i, NEW, constants)
  -- Strictly rising, so that the order of acceptance is never in doubt.
  seq = math.max(seq + 1, NOW * 1000)
  r[R.seq], r[R.f] = seq, ''
  put(r, 'i', info .. pack('>I8', NOW))
  put(r, 'm', constants)
  put(r, 'fingerprint', fingerprint)
  put(r, 'operation', operation)
  if input ~= '' then put(r, 'c' .. input, inputBody) end
  note(r, EVENT.accepted, -1)
  local f = figuresOf(r[R.terms], '', '')
  f[1] = f[1] + 1
  prepare(r, new)
  addSteps(r, new, -1, {})
  snapshot.runs = snapshot.runs + 1
  all[#all + 1], all[#all + 2] = seq, r[R.id]
  if r[R.status] == 0 then running[#running + 1], running[#running + 2] = seq, r[R.id] end
  return 'created'
end

for i = 1, count do answers[i] = accept(i) end
local reply = commit()
if #all > 0 then
  call('HSET', K.store, 'seq', seq)
  for tenant, runs in pairs(tenants) do call('HINCRBY', K.tenants, tenant, runs) end
  each('ZADD', K.runs, all)
  each('ZADD', KEYS[RUNLISTS], running)
  for i = 1, #snapshots do
    local one = snapshots[i]
    if one.runs > 0 then
      call('HSETNX', K.snapshots, one.hash, one.body)
      call('HINCRBY', K.snapshots, 'r' .. one.hash, one.runs)
    end
  end
end
for i = 1, count do reply[3 + i] = answers[i] end
return reply
