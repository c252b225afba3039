--!keys store classes ring share leases held alone waits due suspects kept unfinished hourly hours tenants runs:0 runs:1 runs:2 runs:3 ended:1 ended:2 ended:3 dead
--!uses session
-- A waiting step is wanted before its time: waiting -> ready. One that does not wait is left as it is, so a repeat does nothing.
--
-- Own ARGV: index. Answers nothing.
local r = runOf(1)
local step = r and stepOf(r, tonumber(ARGV[AT]))
if step and step[S.status] == WAITING and not r[R.cancel] then
  awaitNoMore(r, step)
  step[S.status] = READY
  moved(r, step)
  addReady(r, step)
end
return commit()
