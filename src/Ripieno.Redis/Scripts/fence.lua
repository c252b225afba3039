-- The check at the door of every report: is this execution still the step's own?
local RECORDED, LOST, DISCARDED = '0', '1', '2'

local function late(r, step, epoch)
  note(r, EVENT.late, step[S.ix], format('execution %d reported after execution %d had begun or the run had ended', epoch, step[S.epoch]))
end

-- Nil when the report may go on; else what to answer. Afterwards the caller may change the step.
-- A server that lost its last commits gives an epoch out twice: so of a running step the holder counts too, where the reporter knows it (an incarnation, '' = unknown).
local function fence(r, step, epoch, holder)
  if step[S.epoch] ~= epoch then
    late(r, step, epoch)
    return LOST
  end
  if step[S.recorded] == epoch then return RECORDED end
  if step[S.status] == RUNNING and (holder or '') ~= '' and step[S.owner] ~= ownerOf(holder) then
    note(r, EVENT.late, step[S.ix], format('execution %d was reported by another instance than the one that has it: the server had lost its last commits', epoch))
    return LOST
  end
  if r[R.cancel] then
    if step[S.status] >= SUCCEEDED and step[S.status] ~= STAGED then
      late(r, step, epoch)
      return DISCARDED
    end
    letGo(r, step)
    awaitNoMore(r, step)
    step[S.status], step[S.recorded] = CANCELLED, epoch
    moved(r, step)
    note(r, EVENT.late, step[S.ix], 'the run was cancelled')
    stepEnded(r, step)
    return DISCARDED
  end
  if step[S.status] == RUNNING or (step[S.status] == READY and step[S.recorded] ~= epoch) then return nil end
  late(r, step, epoch)
  return LOST
end

-- The step leaves the hands of its instance, or the ready list when the lease had run out and nobody has taken it since.
local function leaveHands(r, step)
  if step[S.status] == READY then removeReady(r, step) else letGo(r, step) end
end

local function served(r, step, model, tin, tout)
  local f = figuresOf(r[R.terms], classOf(step[S.class]).executor, model)
  addServed(f, step[S.claimed] > 0 and NOW - step[S.claimed] or 0, tin, tout)
  return f
end

local function spend(r, step, tin, tout)
  step[S.tin], step[S.tout], r[R.tin], r[R.tout] = step[S.tin] + tin, step[S.tout] + tout, r[R.tin] + tin, r[R.tout] + tout
end

local function handBack(r, step)
  leaveHands(r, step)
  step[S.status], step[S.recorded] = READY, step[S.epoch]
  moved(r, step)
  served(r, step, '', 0, 0)
  note(r, EVENT.released, step[S.ix])
  if isStopped(r, step) then skipStopped(r, step) else addReady(r, step) end
end
