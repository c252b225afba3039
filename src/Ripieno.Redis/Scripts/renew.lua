--!keys store classes ring share leases held alone waits due suspects kept unfinished hourly hours tenants runs:0 runs:1 runs:2 runs:3 ended:1 ended:2 ended:3 dead instances expiry gone
--!uses session instances fence
-- A heartbeat: the instance lives on, and with it its leases. A lease that had run out, and that nobody has taken since, is taken back: ready -> running.
--
-- Own ARGV: incarnation, lease (ms), count, then for each: run (place among the declared), index, epoch.
-- Answers gone | renewed: steps that the instance holds, then for each held | lost | cancelled.
local me, lease, count = instanceOf(ARGV[AT]), tonumber(ARGV[AT + 1]), tonumber(ARGV[AT + 2])
if not me then return { 'ok', store.ok, '0', 'gone' } end

local function look(r, step, epoch)
  if not step then return 'lost' end
  if r[R.cancel] then return 'cancelled' end
  if step[S.epoch] ~= epoch then return 'lost' end
  if step[S.status] == RUNNING then return step[S.owner] == me.owner and 'held' or 'lost' end
  -- Its report is recorded; the heartbeat only crossed it on the way.
  if step[S.recorded] == epoch then return 'held' end
  if step[S.status] ~= READY then return 'lost' end
  removeReady(r, step)
  -- An operator's retry may have forgotten the deaths meanwhile.
  step[S.deaths] = math.max(0, step[S.deaths] - 1)
  if step[S.deaths] >= SUSPICION then step[S.alone] = step[S.alone] - 1 end
  step[S.status] = RUNNING
  hold(r, step, me.owner)
  moved(r, step)
  return 'held'
end

local answers = {}
AT = AT + 3
for i = 1, count do
  local r = runOf(tonumber(ARGV[AT]))
  answers[i] = look(r, r and stepOf(r, tonumber(ARGV[AT + 1])), tonumber(ARGV[AT + 2]))
  AT = AT + 3
end
dirty = true
local reply = commit(call('EXISTS', K.unfinished) == 1)
me.seen, me.expires = NOW, NOW + lease
saveInstance(me)
reply[4] = 'renewed'
reply[5] = call('HGET', K.held, me.owner) or '0'
for i = 1, count do reply[5 + i] = answers[i] end
return reply
