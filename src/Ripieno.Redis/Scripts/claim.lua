--!keys store classes ring share leases held alone waits due suspects kept unfinished hourly hours tenants runs:0 runs:1 runs:2 runs:3 ended:1 ended:2 ended:3 dead instances expiry gone claims
--!uses session instances hand
-- Hands out steps: ready -> running, epoch + 1, owner = the instance. Runs stand in the ring of their class by (rank, virtual time, order of acceptance); each step handed out moves its run
-- back by its stride. Suspects go first, each alone. Atomic with it: leases, the ring, clocks, figures, and the note of what was given, so that a repeat gives the same. The declared runs are
-- those that the caller expects in front; when another one is in front its id is asked for instead.
--
-- Own ARGV: incarnation, number of the claim (rising for each incarnation), lease (ms), count, run id ('' = any; then it is declared run 1), steps held in other partitions, silent
-- instances are spared (1 or 0), number of classes,
-- then for each: name (queue \0 executor), count.
-- Answers: gone (register again) | sweep (something is due or somebody silent: count of owners, owners, then places that are due) | steps: count of names, names; count of steps, each:
--   head ('>HI4I4HHBHHHI4' place of the run among the declared, index, epoch, generation, attempts, alone, place of the class, of the definition and of the snapshot's hash among the names, ms for which it was ready or 4294967295), constants
--   (x), input ('' = none, or in x);
--   then ids to be declared next time, and last 'need' when the first of them must be declared to go on, 'more' when it must be to give all that was asked for, 'alone' when a suspect is all that the instance
--   is to get, else nothing. again: what the claim of this number gave ('>I8HH' number, runs, steps, then the runs' ids, each '>Hc0', then for each step '>HI4I4' place of its run, index, epoch).
local incarnation, number, lease, count, only, elsewhere, spares = ARGV[AT], tonumber(ARGV[AT + 1]), tonumber(ARGV[AT + 2]), tonumber(ARGV[AT + 3]), ARGV[AT + 4], tonumber(ARGV[AT + 5]), ARGV[AT + 6] == '1'
local me = instanceOf(incarnation)
if not me or me.expires <= NOW then return { 'ok', store.ok, '0', 'gone' } end

local last = call('HGET', K.claims, incarnation)
if last then
  local before = unpk('>I8', last)
  -- A repeat: the caller has never heard of the answer. One that was overtaken on its way has no caller any more.
  if before == number then return { 'ok', store.ok, '0', 'again', last } end
  if before > number then return { 'ok', store.ok, '0', 'steps', '0', '0', '' } end
end

local lost = spares and {} or silentOwners()
local due = call('ZRANGEBYSCORE', K.due, '-inf', NOW, 'LIMIT', 0, BATCH)
if #lost > 0 or #due > 0 then
  local reply = { 'ok', store.ok, '0', 'sweep', tostring(#lost) }
  for i = 1, #lost do reply[#reply + 1] = lost[i] end
  for i = 1, #due do reply[#reply + 1] = due[i] end
  return reply
end

local wide = call('EXISTS', K.unfinished) == 1

-- Long enough before its end, so that looking in vain again and again is no commit each time.
if me.expires < NOW + lease - lease / 10 then me.renewed = true end

local declared = {}
for i = 1, RUNS do declared[ARGV[5 + i]] = i end

local demands = {}
AT = AT + 8
for i = 1, tonumber(ARGV[AT - 1]) do
  local name, left = ARGV[AT], tonumber(ARGV[AT + 1])
  AT = AT + 2
  local no = call('HGET', K.classes, 'n' .. name)
  if no and left > 0 then
    local class = classOf(tonumber(no))
    -- Steps that a run gives in its turn, at most and at least: one, as long as an instance asks for few; of a hundred at once, which would cost a look at a hundred runs, more. It is charged for each, so
    -- others catch up.
    local most, least = left < 24 and 1 or floor(left / 4), math.max(1, floor(left / 12))
    demands[#demands + 1] = { place = i, no = class.no, class = class, left = left, most = most, least = least, lanes = {}, at = 1, reads = 1, behind = NONE, back = NONE,
      first = '[' .. pack('>H', class.no), last = '(' .. pack('>H', class.no + 1) }
  end
end

local taken, needed, mark = 0, {}, ''

-- Runs to be declared next time, each once.
local noted = {}
local function need(id)
  if noted[id] or #needed >= 256 then return end
  noted[id] = true
  needed[#needed + 1] = id
end

-- What a repeat would be answered: of each run its id once.
local given, givers, giversIds = {}, {}, {}

local function room(r)
  -- While what a stop keeps from beginning is being skipped, nothing of the run begins.
  for i = 1, #r[R.u] do
    if r[R.u][i].kind == W.stop then return 0 end
  end
  local parallel = r[R.terms].parallel
  if parallel == 0 then return 1000000 end
  if not r[R.room] then r[R.room] = math.max(0, parallel - call('ZLEXCOUNT', K.leases, '[' .. r[R.id] .. '\0', '(' .. r[R.id] .. '\1')) end
  return r[R.room]
end

-- The i-th declared run, with its step if it is known before which it will be (index + 1).
local function runToClaim(i, only)
  local r = runs[i]
  if r ~= nil then return r end
  local key, ix, v, x = KEYS[FIRST + (i - 1) * 2], only - 1, nil, nil
  if ix >= 0 then
    local h = call('HMGET', key, 'v', fieldOf('x', ix))
    v, x = h[1], h[2]
  else
    v = call('HGET', key, 'v')
  end
  if not v then
    runs[i] = false
    return false
  end
  r = makeRun(i, v)
  if x then r[R.constants] = { [ix] = x } end
  if not r[R.v] then
    local h
    if x then h = call('HMGET', key, 'm', 'f', fieldOf('s', ix)) else h = call('HMGET', key, 'm', 'f') end
    r[R.m], r[R.terms], r[R.f] = h[1], termsOf(h[1]), h[2] or ''
    if x then r[R.steps][ix] = decode(ix, h[3]) end
  end
  return r
end

-- Hands the step out: its constants are known.
local function take(r, i, step, demand)
  handOut(r, i, step, demand.class.executor, demand.place, me.owner)
  if r[R.room] then r[R.room] = r[R.room] - 1 end
  taken = taken + 1
  local giver = givers[i]
  if not giver then
    giver = #giversIds + 1
    givers[i], giversIds[giver] = giver, pack('>Hc0', #r[R.id], r[R.id])
  end
  given[taken] = pack('>HI4I4', giver, step[S.ix], step[S.epoch])
end

-- Steps [from, to] of a list, with their constants.
local function loadToTake(r, list, from, to)
  local fields, steps, known, width = {}, r[R.steps], own(r, R.constants), r[R.v] and 1 or 2
  for i = from, to do
    fields[#fields + 1] = fieldOf('x', list[i])
    if width == 2 then fields[#fields + 1] = fieldOf('s', list[i]) end
  end
  local found = call('HMGET', r[R.key], unpack(fields))
  for i = from, to do
    local ix, at = list[i], (i - from) * width + 1
    known[ix] = found[at]
    if width == 2 then steps[ix] = steps[ix] or decode(ix, found[at + 1]) end
  end
end

-- Suspects ------------------------------------------------------------------------------------------------------------------------------------------------

-- True when the claim is answered by it: with the suspect alone, or with nothing because the instance must first hold nothing.
local function claimSuspect()
  if call('HEXISTS', K.alone, me.owner) == 1 then return true end
  if call('EXISTS', K.suspects) == 0 then return false end
  for d = 1, #demands do
    local demand = demands[d]
    local from = '[' .. pack('>H', demand.no) .. (only ~= '' and only .. '\0' or '')
    local to = only ~= '' and '(' .. pack('>H', demand.no) .. only .. '\1' or '(' .. pack('>H', demand.no + 1)
    local found, own, other = call('ZRANGEBYLEX', K.suspects, from, to, 'LIMIT', 0, 16), nil, nil
    for i = 1, #found do
      local p = sub(found[i], 3)
      local kept = call('HGET', K.kept, p)
      local mine = kept and tonumber(kept) == me.owner
      local free = mine or not kept
      if not free then
        local keeper = instanceByOwner(kept)
        free = not keeper or keeper.expires <= NOW
      end
      if free then
        local id = sub(p, 1, -6)
        local i = declared[id]
        if not i then
          needed[#needed + 1], mark = id, 'need'
          return true
        end
        local r = runToClaim(i, 0)
        if r and not r[R.cancel] and room(r) > 0 then
          local candidate = { r, i, unpk('>I4', p, #p - 3), p }
          if mine then own = own or candidate else other = other or candidate end
        end
      end
    end
    local chosen = own or other
    if chosen then
      local r, i, ix, p = chosen[1], chosen[2], chosen[3], chosen[4]
      if tonumber(call('HGET', K.held, me.owner) or 0) == 0 and elsewhere == 0 then
        loadToTake(r, { ix }, 1, 1)
        local step = stepOf(r, ix)
        wSuspects[pack('>H', step[S.class]) .. p] = false
        wKept[p] = false
        take(r, i, step, demand)
      elseif call('HGET', K.kept, p) ~= tostring(me.owner) then
        wKept[p] = tostring(me.owner)
        dirty = true
      end
      return true
    end
  end
  return false
end

-- The ring --------------------------------------------------------------------------------------------------------------------------------------------------

-- A run's part in the ring of a class, as far as this claim has come with it. An array as runs and steps are.
local L = { demand = 1, rank = 2, time = 3, seq = 4, id = 5, ahead = 6, turn = 7, at = 8, only = 9, stride = 10, run = 11, steps = 12, head = 13, offset = 14, fetch = 15, more = 16, members = 17, most = 18 }

local function before(a, b)
  if a[L.rank] ~= b[L.rank] then return a[L.rank] < b[L.rank] end
  if a[L.ahead] ~= b[L.ahead] then return a[L.ahead] < b[L.ahead] end
  if a[L.turn] ~= b[L.turn] then return a[L.turn] < b[L.turn] end
  if a[L.seq] ~= b[L.seq] then return a[L.seq] < b[L.seq] end
  return a[L.id] < b[L.id]
end

-- Lanes that were served already and have more, in order; those that have not been served stand in the list of their class, as the ring has them. At the end of what is known of a class stands a lane
-- that is not declared.
local again, againAt = {}, 1

local function serveAgain(lane)
  local low, high = againAt, #again + 1
  if high > low and before(again[high - 1], lane) then low = high end
  while low < high do
    local middle = math.floor((low + high) / 2)
    if before(again[middle], lane) then low = middle + 1 else high = middle end
  end
  table.insert(again, low, lane)
end

-- The lane that is next of all; nil when there is none.
local function nextLane()
  local best, list = again[againAt], nil
  for d = 1, #demands do
    local demand = demands[d]
    local lane = demand.left > 0 and demand.lanes[demand.at]
    if lane and (not best or before(lane, best)) then best, list = lane, demand end
  end
  if list then list.at = list.at + 1 elseif best then againAt = againAt + 1 end
  return best
end


-- only = index + 1 of its only ready step there, else 0; at = place among the declared runs, false = not declared.
local function laneOf(demand, rank, time, seq, id, only, at)
  return { demand, rank, time, seq, id, time - demand.class.clock, demand.class.turn, at or false, only, 0, nil, NONE, 1, 0, 4, true, NONE, 1 }
end

-- With other tenants waiting, what it may give in its turn is shared among its runs as well, or each of a hundred runs would have its turn before another tenant has its second one.
local shares = {}
local function prepareTurn(lane)
  local t = lane[L.run][R.terms]
  local f = shareField(lane[L.run], lane[L.demand].no)
  local known = shares[f]
  if not known then
    local h = call('HMGET', K.share, f, allField(f))
    local share = math.max(t.weight, tonumber(h[1] or 0))
    known = { share, share < tonumber(h[2] or 0) }
    shares[f] = known
  end
  local parts = known[1] / t.weight
  lane[L.stride] = strideOf(parts, t)
  local demand = lane[L.demand]
  lane[L.most] = known[2] and math.max(demand.least, floor(demand.most / parts)) or demand.most
  lane[L.fetch] = math.max(4, lane[L.most] + 1)
end

-- Reads on in the ring of a class, without looking at the runs: lanes that give as many steps in a turn as are wanted (more and more if it is read on, because runs were at
-- their bounds), and who stands behind them, for as many steps as are wanted and some to spare.
local PAGE, SPARE = 64, 16
local function readRing(demand)
  local lanes, behind, wanted, known, names, cursor = demand.lanes, {}, demand.left * demand.reads, 0, 0, demand.from or demand.first
  demand.behind, demand.finished, demand.reads = behind, true, demand.reads * 2
  repeat
    local page = call('ZRANGEBYLEX', K.ring, cursor, demand.last, 'LIMIT', 0, PAGE)
    for p = 1, #page do
      -- Behind class, rank, time, number and step.
      local member = page[p]
      if known < wanted and not demand.blocked then
        local _, rank, time, seq, only = unpk('>HI4I8I8I4', member)
        local id = sub(member, 27)
        local lane = laneOf(demand, rank, time, seq, id, only, declared[id])
        -- What is behind one that is not declared must wait until it is, or what comes next would not be exact.
        demand.blocked, demand.from, demand.finished = not lane[L.at], '(' .. member, false
        lanes[#lanes + 1] = lane
        known = known + (only > 0 and 1 or demand.most)
      else
        behind[#behind + 1] = member
        names = names + (sub(member, 23, 26) ~= '\0\0\0\0' and 1 or demand.most)
        if names >= demand.left and #behind >= SPARE then return end
      end
    end
    cursor = #page > 0 and '(' .. page[#page]
  until #page < PAGE
end

local function readOne(demand, r)
  local own = r[R.lanes][demand.no]
  if not own or not own.waiting or room(r) == 0 then return end
  demand.lanes[1], demand.finished = laneOf(demand, r[R.terms].rank + BIAS, own.time, r[R.seq], r[R.id], own.only, 1), true
end

-- The next ready step of a lane; nil when there is none. In a ring of many runs each gives a few; the only one in the ring gives all that is wanted.
local function peek(lane)
  if lane[L.head] > #lane[L.steps] and lane[L.more] then
    if lane[L.only] > 0 then
      lane[L.steps], lane[L.more] = { lane[L.only] - 1 }, false
      return lane[L.only] - 1
    end
    local steps = own(lane, L.steps)
    local size = #lane[L.demand].lanes == 1 and math.min(count - taken, lane[L.demand].left) + 1 or lane[L.fetch]
    local page = call('ZRANGEBYLEX', lane[L.run][R.ready], lane[L.demand].first, lane[L.demand].last, 'LIMIT', lane[L.offset], size)
    lane[L.more] = #page == size
    lane[L.offset], lane[L.fetch] = lane[L.offset] + #page, size * 2
    local members = own(lane, L.members)
    for i = 1, #page do
      local n = #steps + 1
      steps[n], members[n] = unpk('>I4', page[i], 7), page[i]
    end
  end
  return lane[L.steps][lane[L.head]]
end

local function takeNext(lane)
  local r, ix = lane[L.run], lane[L.steps][lane[L.head]]
  if not r[R.constants][ix] then
    -- Of many lanes each gives what it may in its turn; a single one gives all.
    local ahead = #lane[L.demand].lanes == 1 and count - taken or lane[L.most]
    loadToTake(r, lane[L.steps], lane[L.head], math.min(#lane[L.steps], lane[L.head] + ahead - 1))
  end
  if lane[L.only] == 0 then own(r, R.wReady)[lane[L.members][lane[L.head]]] = false end
  lane[L.head] = lane[L.head] + 1
  local step = stepOf(r, ix)
  take(r, lane[L.at], step, lane[L.demand])
end

-- Who comes next time: those that were not served, and between them, where they stand by now, those that were and have more.
local function nameNext(demand)
  local back, b = demand.back, 1
  table.sort(back, before)
  local function name(id, rank, time)
    local lane = back[b]
    while lane and (lane[L.rank] < rank or (lane[L.rank] == rank and lane[L.time] < time)) do
      need(lane[L.id])
      b = b + 1
      lane = back[b]
    end
    need(id)
  end
  for i = demand.at, #demand.lanes do
    local lane = demand.lanes[i]
    name(lane[L.id], lane[L.rank], lane[L.time])
  end
  for i = 1, #demand.behind do
    local member = demand.behind[i]
    local rank, time = 0, 0
    if back[b] then rank, time = unpk('>I4I8', member, 3) end
    name(sub(member, 27), rank, time)
  end
  for i = b, #back do need(back[i][L.id]) end
end

local function share()
  if only ~= '' then
    local r = runToClaim(1, 0)
    if r and not r[R.cancel] then
      for d = 1, #demands do readOne(demands[d], r) end
    end
  else
    for d = 1, #demands do readRing(demands[d]) end
  end
  local touched = {}
  while taken < count do
    local lane = nextLane()
    if not lane then break end
    if not lane[L.at] then
      mark = taken == 0 and 'need' or 'more'
      -- In front of all others: without it the next claim would come no further than this one.
      need(lane[L.id])
      break
    end
    local demand = lane[L.demand]
    local r = lane[L.run] or runToClaim(lane[L.at], lane[L.only])
    lane[L.run] = r
    if demand.left > 0 and r and room(r) > 0 then
      local turn = math.min(demand.left, count - taken)
      if lane[L.stride] == 0 then
        prepareTurn(lane)
        if peek(lane) then touched[#touched + 1] = lane else turn = 0 end
      else
        -- All have had their turn: what is left is for all of them.
        turn = math.ceil(turn / (#again - againAt + 2))
      end
      for _ = 1, math.min(lane[L.most], turn) do
        takeNext(lane)
        demand.left = demand.left - 1
        lane[L.time], lane[L.ahead] = lane[L.time] + lane[L.stride], lane[L.ahead] + lane[L.stride]
        if room(r) <= 0 or not peek(lane) then break end
      end
      if turn > 0 and demand.left > 0 and peek(lane) then serveAgain(lane) end
    end
    -- Runs at their maxParallel are passed over where they stand, and others behind them looked for.
    if demand.at > #demand.lanes and demand.left > 0 and taken < count and not demand.finished and not demand.blocked then readRing(demand) end
  end
  for i = 1, #touched do
    local lane = touched[i]
    local demand, more = lane[L.demand], peek(lane) ~= nil
    setLane(lane[L.run], demand.no, lane[L.time], more, 0)
    if more then
      local back = own(demand, 'back')
      back[#back + 1] = lane
    end
    local last = lane[L.time] - lane[L.stride]
    if last >= (demand.served or demand.class.clock) then demand.served, demand.rank = last, lane[L.rank] end
  end
  -- Where whoever comes next begins: with the last step that was handed out, but not behind those that have not had their turn.
  for d = 1, #demands do
    local demand = demands[d]
    if demand.served then
      local waiting, rank, time = demand.lanes[demand.at], nil, nil
      if waiting then rank, time = waiting[L.rank], waiting[L.time] elseif #demand.behind > 0 then rank, time = unpk('>I4I8', demand.behind[1], 3) end
      demand.served = clockAfter(demand.class, demand.served, demand.rank, rank, time)
    end
    nameNext(demand)
  end
end

local alone = count > 0 and #demands > 0 and claimSuspect()
if count > 0 and #demands > 0 and not alone then share() end

if me.renewed then dirty = true end
local reply = commit(wide)
if me.renewed then
  me.seen, me.expires = NOW, NOW + lease
  saveInstance(me)
end
writeClocks(demands)

if taken > 0 then call('HSET', K.claims, incarnation, pack('>I8HH', number, #giversIds, taken) .. table.concat(giversIds) .. table.concat(given)) end
local n = 5 + #names
reply[4], reply[5] = 'steps', tostring(#names)
for i = 1, #names do reply[5 + i] = names[i] end
reply[n + 1] = tostring(taken)
n = n + 1
for i = 1, #out do reply[n + i] = out[i] end
n = n + #out
for i = 1, #needed do reply[n + i] = needed[i] end
reply[n + #needed + 1] = mark == '' and alone and 'alone' or mark
return reply
