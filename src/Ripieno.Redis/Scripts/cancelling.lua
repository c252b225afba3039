-- Cancels the steps [from, to) of a cancelled run. Running ones end by their own report; what was written ahead is cancelled as it unfolds.
local function cancelSteps(r, from, to)
  local list = {}
  for ix = from, to - 1 do list[#list + 1] = ix end
  loadSteps(r, list)
  for i = 1, #list do
    local step = r[R.steps][list[i]]
    if step and (step[S.status] < RUNNING or step[S.status] == EXPANDED) then
      awaitNoMore(r, step)
      step[S.status] = CANCELLED
      moved(r, step)
      stepEnded(r, step)
    end
  end
end
