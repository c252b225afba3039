--!keys store classes ring share leases held alone waits due suspects kept unfinished hourly hours tenants runs:0 runs:1 runs:2 runs:3 ended:1 ended:2 ended:3 dead instances expiry gone claims
--!uses session instances fence
-- Takes steps from an instance. One that was silent for too long, or whose process is gone, loses them: running -> ready with a death more, or dead-lettered when it was alone too often; its epoch
-- stays, so a late result that nobody has replaced still counts. One that stops hands them back: running -> ready. With a cancelled run they are cancelled.
--
-- Own ARGV: operation, owner, why (silent | died | stopped), count, then for each: run (place among the declared), index. What the owner does not hold (any more) is passed over.
-- Answers the number of steps taken.
local operation = ARGV[AT]
AT = AT + 1
local owner, why, count, took = tonumber(ARGV[AT]), ARGV[AT + 1], tonumber(ARGV[AT + 2]), 0
local last = call('HGET', K.claims, 't' .. owner)
if last and sub(last, 1, 16) == operation then return { 'ok', store.ok, '0', sub(last, 17) } end
local holder = instanceByOwner(owner)

local function lose(r, step, reason)
  local alone = step[S.deaths] >= SUSPICION
  letGo(r, step)
  moved(r, step)
  if r[R.cancel] then step[S.status] = CANCELLED else
    step[S.deaths] = step[S.deaths] + 1
    if alone then step[S.alone] = step[S.alone] + 1 end
    step[S.status] = step[S.alone] >= r[R.terms].maxDeaths and DEAD or READY
  end
  if step[S.status] == DEAD then
    step[S.reason] = format('%d instances ended while they executed it, %d of them while it was alone; last: %s', step[S.deaths], step[S.alone], reason)
  end
  note(r, EVENT.expired, step[S.ix], format('execution %d%s: %s', step[S.epoch], alone and ', alone' or '', reason))
  if step[S.status] == READY then
    addReady(r, step)
    return
  end
  if step[S.status] == DEAD then
    note(r, EVENT.dead, step[S.ix], step[S.reason])
    wDead[place(r, step[S.ix])] = NOW
    local f = figuresOf(r[R.terms], classOf(step[S.class]).executor, '')
    f[3] = f[3] + 1
  end
  stepEnded(r, step)
  if not r[R.cancel] then ended(r, step) end
end

local silent = why == 'silent' and holder and holder.expires <= NOW
if holder and (silent or why ~= 'silent') then
  local reason = why == 'silent' and holder.id .. ' was silent for longer than the lease' or format('the process of %s (pid %d) is gone', holder.id, holder.pid)
  for i = 1, count do
    local r = runOf(tonumber(ARGV[AT + 1 + i * 2]))
    local step = r and stepOf(r, tonumber(ARGV[AT + 2 + i * 2]))
    if step and step[S.status] == RUNNING and step[S.owner] == owner then
      took = took + 1
      if why ~= 'stopped' then lose(r, step, reason) else
        local answer = fence(r, step, step[S.epoch])
        if not answer then handBack(r, step) end
      end
    end
  end
end

-- A silent one that holds nothing any more need not be found again.
local held = tonumber(call('HGET', K.held, owner) or 0) + (wHeld[owner] or 0)
local forget = held == 0 and (silent or not holder) and call('ZSCORE', K.expiry, owner)
if forget then dirty = true end
local reply = commit()
if forget then
  call('ZREM', K.expiry, owner)
  call('ZADD', K.gone, NOW, owner)
end
if took > 0 then call('HSET', K.claims, 't' .. owner, operation .. took) end
reply[4] = tostring(took)
return reply
