-- Steps that a retry opens again, as it has planned them: each entry '>I4' index, then its new state.
local function applyPlan(r, entry)
  local ix = unpk('>I4', entry)
  local old, step = stepOf(r, ix), decode(ix, sub(entry, 5))
  step[S.was], step[S.fan] = old[S.status], old[S.fan]
  if old[S.status] == DEAD then wDead[place(r, ix)] = false end
  if step[S.status] ~= EXPANDED then takeAway(r, 'r' .. ix) end
  r[R.steps][ix] = step
  moved(r, step)
  if r[R.cancel] then
    step[S.status] = CANCELLED
    stepEnded(r, step)
  elseif step[S.status] == READY then
    addReady(r, step)
  end
end
