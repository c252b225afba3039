--!keys store classes ring share leases held alone waits due suspects kept unfinished hourly hours tenants runs:0 runs:1 runs:2 runs:3 ended:1 ended:2 ended:3 dead instances
--!uses session instances steps fence
-- What became of executions, as many as were reported together, each fenced by its epoch: running (or ready again, its lease run out and nobody else's yet) -> succeeded, expanded,
-- failed, waiting, ready; or cancelled with its run. Atomic with each: result, artifacts, added steps, dependents (blocked -> ready | skipped) and groups up to a batch, lease, ring,
-- figures, events, the run's end. Repeatable by (step, epoch).
--
-- Own ARGV: count of holders, their incarnations, count, their heads (HEAD: run (place among the declared), index, epoch, holder (place among those before, 0 = unknown), kind, FLAGS, tokens in,
-- tokens out), then for each, the optional ones if their flag is set:
--   complete: model, accepts, result (r), artifacts (a), contents (count, then hash and value), expansion (self | parent, then as steps.lua reads; or 'staged-self' | 'staged-parent', first,
--             count, then counts of arrivals: classes with their names and numbers of steps), fallback
--   fail: reason, model, retry at (ms)
--   park: reason, until (ms)
--   release: nothing.
-- Answers for each: 0 recorded | 1 lease lost | 2 discarded | what is wrong, its parts joined by \0.
local band = bit.band
local MODEL, ACCEPTS, RESULT, ARTIFACTS, CONTENTS, EXPANSION, RETRY, FALLBACK = 1, 2, 4, 8, 16, 32, 64, 128
local answers = {}

local function optional(flags, flag)
  if band(flags, flag) == 0 then return '' end
  AT = AT + 1
  return ARGV[AT - 1]
end

local function complete(r, step, epoch, holder, flags, tin, tout)
  local model, accepts, result, artifacts = '', '', '', ''
  local contents, contentsAt, expansion = 0, 0, ''
  if flags == RESULT then
    -- What nearly all are.
    result = argument()
  elseif flags > 0 then
    model, accepts, result, artifacts = optional(flags, MODEL), optional(flags, ACCEPTS), optional(flags, RESULT), optional(flags, ARTIFACTS)
    if band(flags, CONTENTS) > 0 then
      contents = tonumber(argument())
      contentsAt = AT
      AT = AT + contents * 2
    end
    expansion = optional(flags, EXPANSION)
  end
  local new, first, count, arrivals = nil, 0, 0, NONE
  if expansion == 'self' or expansion == 'parent' then
    new = readSteps()
    count = #new.steps
  elseif expansion ~= '' then
    first, count, arrivals = tonumber(ARGV[AT]), tonumber(ARGV[AT + 1]), {}
    for i = 1, tonumber(ARGV[AT + 2]) do arrivals[i] = { ARGV[AT + 1 + i * 2], tonumber(ARGV[AT + 2 + i * 2]) } end
    AT = AT + 3 + #arrivals * 2
    expansion = sub(expansion, 8)
  end
  local fallback = flags >= FALLBACK and optional(flags, FALLBACK) or ''
  if not r then return LOST end
  local answer = fence(r, step, epoch, holder)
  if answer then return answer end

  -- Everything that can be refused is looked at before the first change.
  local group, outside, stale, wrong
  if count > 0 then
    group = step
    if expansion == 'parent' then
      group = step[S.parent] >= 0 and stepOf(r, step[S.parent]) or nil
      if not group or group[S.status] ~= EXPANDED then return 'group' end
    end
    wrong = checkBound(r, count)
    if not wrong and new then
      outside, wrong = findOutside(r, new)
      wrong = wrong or checkGroup(r, group, new, outside)
      if not wrong then wrong, stale = checkKeys(r, new, 1, count, nil) end
    end
    if wrong then return table.concat(wrong, '\0') end
  end
  local accepted
  if accepts ~= '' then
    accepted = stepByKey(r, accepts)
    if not accepted or step[S.parent] < 0 or (accepted[S.parent] ~= step[S.parent] and accepted[S.ix] ~= step[S.parent]) then return 'accepts\0' .. accepts end
  end

  for i = 0, contents - 1 do put(r, 'c' .. ARGV[contentsAt + i * 2], ARGV[contentsAt + i * 2 + 1]) end
  if result ~= '' then put(r, fieldOf('r', step[S.ix]), result) end
  if artifacts ~= '' then put(r, 'a' .. step[S.ix], artifacts) end
  leaveHands(r, step)
  local into = expansion == 'self' and count or 0
  step[S.status], step[S.recorded], step[S.reason] = into > 0 and EXPANDED or SUCCEEDED, step[S.epoch], ''
  step[S.openMembers], step[S.brokenMembers], step[S.accepted], step[S.finished] = into, 0, -1, 0
  spend(r, step, tin, tout)
  moved(r, step)
  if fallback ~= '' then note(r, EVENT.fallback, step[S.ix], fallback) end
  note(r, into > 0 and EVENT.expanded or EVENT.succeeded, step[S.ix])
  local f = served(r, step, model, tin, tout)
  f[2] = f[2] + 1
  if accepted then
    local parent = stepOf(r, step[S.parent])
    parent[S.accepted] = accepted[S.ix]
    moved(r, parent)
  end
  -- What joins with this report knows already that the step has ended, and is not to be told once more.
  local fan = step[S.fan]
  if count > 0 then
    if group ~= step then
      group[S.openMembers] = group[S.openMembers] + count
      moved(r, group)
    end
    if new then
      removeStale(r, stale)
      prepare(r, new)
      addSteps(r, new, group[S.ix], outside)
    else
      for i = 1, #arrivals do
        local a = figuresOf(r[R.terms], arrivals[i][1], '')
        a[1] = a[1] + arrivals[i][2]
      end
      added(r, count)
      unfinished(r, W.unfold, first, first, first + count)
    end
  end
  if step[S.status] == SUCCEEDED then
    stepEnded(r, step)
    follow(r, step, 0, fan)
  end
  return RECORDED
end

local function fail(r, step, epoch, holder, flags, tin, tout)
  local reason, model, retry = argument(), optional(flags, MODEL), optional(flags, RETRY)
  if not r then return LOST end
  local answer = fence(r, step, epoch, holder)
  if answer then return answer end
  leaveHands(r, step)
  step[S.attempts], step[S.recorded], step[S.reason] = step[S.attempts] + 1, epoch, reason
  spend(r, step, tin, tout)
  moved(r, step)
  local f = served(r, step, model, tin, tout)
  if retry ~= '' then
    step[S.status] = WAITING
    await(r, step, tonumber(retry))
    note(r, EVENT.retried, step[S.ix], reason)
    return RECORDED
  end
  step[S.status] = FAILED
  note(r, EVENT.failed, step[S.ix], reason)
  f[3] = f[3] + 1
  stepEnded(r, step)
  ended(r, step)
  return RECORDED
end

local function park(r, step, epoch, holder)
  local reason, due = argument(), tonumber(argument())
  if not r then return LOST end
  local answer = fence(r, step, epoch, holder)
  if answer then return answer end
  leaveHands(r, step)
  step[S.status], step[S.recorded], step[S.reason] = WAITING, epoch, reason
  moved(r, step)
  served(r, step, '', 0, 0)
  note(r, EVENT.parked, step[S.ix], reason)
  if isStopped(r, step) then skipStopped(r, step) else await(r, step, due) end
  return RECORDED
end

local function release(r, step, epoch, holder)
  if not r then return LOST end
  local answer = fence(r, step, epoch, holder)
  if answer then return answer end
  handBack(r, step)
  return RECORDED
end

local HEAD, HEADSIZE = '>HI4I4BBBI8I8', 29
local kinds, holders = { complete, fail, park, release }, {}
for i = 1, tonumber(argument()) do holders[i] = argument() end
local count, heads = tonumber(argument()), argument()
-- All that a run is told of is read together.
local asked = {}
for i = 1, count do
  local run, ix = unpk('>HI4', heads, (i - 1) * HEADSIZE + 1)
  local list = asked[run]
  if list then list[#list + 1] = ix else asked[run] = { ix } end
end
for i = 1, count do
  local run, ix, epoch, holder, kind, flags, tin, tout = unpk(HEAD, heads, (i - 1) * HEADSIZE + 1)
  local r = runOf(run, asked[run])
  local step = r and stepOf(r, ix)
  answers[i] = kinds[kind](step and r, step, epoch, holders[holder], flags, tin, tout)
end

local reply = commit()
for i = 1, count do reply[3 + i] = answers[i] end
return reply
