--!keys store classes ring share leases held alone waits due suspects kept unfinished hourly hours tenants runs:0 runs:1 runs:2 runs:3 ended:1 ended:2 ended:3 dead
--!uses session
-- Waiting steps whose time has come: waiting -> ready, or cancelled with their run. A step that has moved meanwhile is passed over, so a repeat does nothing.
--
-- Own ARGV: count, then for each: run (place among the declared), index. Answers nothing.
local count = tonumber(ARGV[AT])
for i = 1, count do
  local r = runOf(tonumber(ARGV[AT + i * 2 - 1]))
  local step = r and stepOf(r, tonumber(ARGV[AT + i * 2]))
  if step and step[S.status] == WAITING and step[S.due] <= NOW then
    awaitNoMore(r, step)
    moved(r, step)
    if r[R.cancel] then
      step[S.status] = CANCELLED
      stepEnded(r, step)
    else
      step[S.status] = READY
      addReady(r, step)
    end
  end
end
return commit()
