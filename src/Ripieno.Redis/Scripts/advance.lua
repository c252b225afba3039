--!keys store classes ring share leases held alone waits due suspects kept unfinished hourly hours tenants runs:0 runs:1 runs:2 runs:3 ended:1 ended:2 ended:3 dead
--!uses session cancelling opening
-- Does one batch of a run's first wide change: staged steps unfold (staged -> blocked | ready | skipped), dependents of an ended step are told (blocked -> ready | skipped), steps of a cancelled run
-- are cancelled, steps of a retried run are opened again, steps of a stopped run that could begin are skipped (ready, waiting -> skipped). The cursor moves with the batch, so it does not matter who calls, or how often.
--
-- Answers: left | done (the run has none any more).
local r = runOf(1)
if not r or #r[R.u] == 0 then
  if not r and call('ZREM', K.unfinished, ARGV[6]) == 1 then dirty = true end
  local reply = commit()
  reply[4] = 'done'
  return reply
end

local one = r[R.u][1]

-- Looks at the dependencies as they are now, and joins them: one that ends later counts it down, one that has ended does not.
local function unfold(bound)
  local list, fields = {}, {}
  for ix = one.cursor, bound - 1 do
    list[#list + 1] = ix
    fields[#fields + 1] = fieldOf('x', ix)
  end
  loadSteps(r, list)
  local constants, sources, all = call('HMGET', r[R.key], unpack(fields)), {}, {}
  for i = 1, #list do
    sources[i] = {}
    local step = r[R.steps][list[i]]
    if step and step[S.status] == STAGED then
      local x = constants[i]
      local at = 3 + unpk('>H', x)
      local input = byte(x, at)
      at = at + (input == 0 and 1 or input == 1 and 33 or 35 + unpk('>H', x, at + 33))
      while at <= #x do
        local source
        source, at = unpk('>I4', x, at)
        sources[i][#sources[i] + 1] = source
        all[#all + 1] = source
      end
    end
  end
  for i = 1, #all, 500 do loadSteps(r, { unpack(all, i, math.min(i + 499, #all)) }) end
  for i = 1, #list do
    local step = r[R.steps][list[i]]
    if step and step[S.status] == STAGED then
      step[S.recorded], step[S.accepted], step[S.pending], step[S.broken] = 0, -1, 0, 0
      local cause
      for j = 1, #sources[i] do
        local source = r[R.steps][sources[i][j]]
        addDependent(r, source, step[S.ix])
        if source[S.status] < SUCCEEDED or source[S.status] == STAGED then
          step[S.pending] = step[S.pending] + 1
        elseif source[S.status] > SUCCEEDED then
          step[S.broken] = step[S.broken] + 1
          cause = cause or source
        end
      end
      moved(r, step)
      if r[R.cancel] then
        step[S.status], step[S.pending], step[S.broken] = CANCELLED, 0, 0
        stepEnded(r, step)
      else
        step[S.status] = BLOCKED
        if cause then step[S.reason] = because(r, cause) end
        if step[S.pending] == 0 then
          settle(r, step)
          if step[S.status] == SKIPPED then
            note(r, EVENT.skipped, step[S.ix], step[S.reason])
            -- Those that join later look for themselves, so mostly there is nobody to tell but the group.
            if step[S.fan] > 0 then unfinished(r, W.fanout, step[S.ix], 0, step[S.fan]) end
            stepEnded(r, step)
            if step[S.fan] == 0 then ended(r, step) end
          end
        end
      end
    end
  end
end

-- What a retry has planned, under 'p' and its place in the plan; steps that can be claimed come last, so that whatever waits for them is open before they can end.
local function reopen(bound)
  local fields = {}
  for i = one.cursor, bound - 1 do fields[#fields + 1] = 'p' .. i end
  local plan, list = call('HMGET', r[R.key], unpack(fields)), {}
  for i = 1, #plan do list[i] = unpk('>I4', plan[i]) end
  loadSteps(r, list)
  for i = 1, #plan do
    applyPlan(r, plan[i])
    takeAway(r, fields[i])
  end
end

-- As many as a batch of what follows from them allows. What is blocked is decided when its dependencies have ended, what was written ahead as it unfolds.
local function stop(bound)
  local list, left = {}, BATCH
  for ix = one.cursor, bound - 1 do list[#list + 1] = ix end
  loadSteps(r, list)
  for i = 1, #list do
    if left <= 0 then return list[i] end
    local step = r[R.steps][list[i]]
    if step and isStopped(r, step) then
      if step[S.status] == READY then removeReady(r, step) else awaitNoMore(r, step) end
      left = skipStopped(r, step, left)
    end
  end
  return bound
end

local bound = math.min(one.cursor + BATCH, one.bound)
if one.kind == W.fanout then
  -- Taken away first: if there is more to tell than a batch, what follows puts the rest back.
  table.remove(r[R.u], 1)
  touch(r)
  if r[R.status] == 0 and not r[R.cancel] then
    follow(r, stepOf(r, one.ix), one.cursor, one.bound)
  end
elseif one.kind == W.stop then
  -- Taken away first: the run may end with it.
  table.remove(r[R.u], 1)
  touch(r)
  one.cursor = stop(bound)
  if one.cursor < one.bound and r[R.status] == 0 then table.insert(r[R.u], 1, one) end
else
  if bound >= one.bound then table.remove(r[R.u], 1) end
  touch(r)
  if one.kind == W.unfold then unfold(bound) elseif one.kind == W.cancel then cancelSteps(r, one.cursor, bound) else reopen(bound) end
  one.cursor = bound
end

local reply = commit()
reply[4] = #r[R.u] > 0 and 'left' or 'done'
return reply
