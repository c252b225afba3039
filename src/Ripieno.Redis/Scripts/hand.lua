-- Handing steps out: what claims and reports with a follow-up share.

-- What is answered of the steps that are handed out, three texts for each.
local out = {}

-- Definitions and snapshots are the same for many steps: each is answered once, and steps name its place.
local names, placesOf = {}, {}
local function placeOf(name)
  local p = placesOf[name]
  if not p then
    p = #names + 1
    names[p], placesOf[name] = name, p
  end
  return p
end

local definitions = {}
local function definitionsOf(r)
  local f = r[R.f]
  local list = definitions[f]
  if list then return list end
  local at = 1
  list = {}
  while at <= #f do
    local name
    name, at = unpk('>Hc0', f, at)
    list[#list + 1] = placeOf(name)
  end
  definitions[f] = list
  return list
end

-- What is answered of a running step. Its constants are known. 'place' = what the answer names the run by, 'class' = place of the class among those asked for.
local function tell(r, place, step, class)
  local x, since = r[R.constants][step[S.ix]], step[S.since]
  local after, input = unpk('>H', x) + 3, ''
  if byte(x, after) == 1 then input = call('HGET', r[R.key], 'c' .. sub(x, after + 1, after + 32)) or '' end
  local n = #out
  out[n + 1] = pack('>HI4I4HHBHHHI4', place, step[S.ix], step[S.epoch], step[S.gen], step[S.attempts], step[S.deaths] >= SUSPICION and 1 or 0, class, definitionsOf(r)[step[S.def] + 1],
    placeOf(r[R.terms].snapshot), since > 0 and math.max(0, math.min(step[S.claimed] - since, 4294967294)) or 4294967295)
  out[n + 2], out[n + 3] = x, input
end

-- ready -> running, epoch + 1. The step stands in no list any more.
local function handOut(r, place, step, executor, class, owner)
  step[S.status], step[S.epoch], step[S.due], step[S.claimed] = RUNNING, step[S.epoch] + 1, 0, NOW
  if step[S.started] == 0 then step[S.started] = NOW end
  if r[R.started] == 0 then r[R.started] = NOW end
  hold(r, step, owner)
  moved(r, step)
  local f, since = figuresOf(r[R.terms], executor, ''), step[S.since]
  f[7] = f[7] + 1
  if since > 0 then f[8] = f[8] + NOW - since end
  tell(r, place, step, class)
end

-- Instances that have been silent for too long, as far as they stand in anybody's way.
local function silentOwners()
  local silent, lost = call('ZRANGEBYSCORE', K.expiry, '-inf', NOW, 'LIMIT', 0, 16), {}
  for i = 1, #silent do
    -- Those that hold nothing are only cleared away when they might stand before others.
    if #silent == 16 or tonumber(call('HGET', K.held, silent[i]) or 0) > 0 then lost[#lost + 1] = silent[i] end
  end
  return lost
end

-- A run of a tenant moves back by the tenant's stride, shared among the tenant's waiting runs by weight: a tenant with a hundred runs gets no more than one with a single run. 'parts' = weight of the
-- tenant's waiting runs for one of the run's own.
local function strideOf(parts, terms) return math.max(1, floor(STRIDE * parts / terms.tenantWeight)) end

-- Where whoever comes next to a class begins: with the last step that was handed out ('served', of a rank), but not behind those that have not had their turn (of 'rank' and 'time'; nil = none).
local function clockAfter(class, served, servedRank, rank, time)
  if rank ~= servedRank then return served end
  return math.max(class.clock, math.min(served, time))
end

-- After the commit. Of each class that was 'served' its new clock, and whose turn it was last.
local function writeClocks(list)
  local turn
  for i = 1, #list do
    if list[i].served then
      turn = (turn or tonumber(call('HGET', K.classes, 'turn') or 0)) + 1
      call('HSET', K.classes, 't' .. list[i].no, pack('>dd', list[i].served, turn), 'turn', turn)
    end
  end
end
