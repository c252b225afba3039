-- What every script that changes something begins with. A script loads runs and steps into tables, moves them there, and writes everything at its end, in commit(): whatever goes
-- wrong before has written nothing. C# puts in front of it: SCHEMA (the known version), K (the partition's declared keys by name) and FIRST (index in KEYS of the first run's keys).
--
-- KEYS: the partition's, then for each run: run, events, content, ready.
-- ARGV: identity, commits seen, time in ms or '' for the server's, batch, number of runs, their ids; then the script's own, from AT on.
local call, pack, unpk, sub, format = redis.call, struct.pack, struct.unpack, string.sub, string.format
local store = call('HMGET', K.store, 'identity', 'schema', 'commits', 'open', 'at')
if store[1] ~= ARGV[1] then return { 'identity', store[1] or '' } end
if store[2] ~= SCHEMA then return { 'schema', store[2] or '' } end

local NOW
if ARGV[3] ~= '' then NOW = tonumber(ARGV[3]) else
  local t = call('TIME')
  NOW = t[1] * 1000 + math.floor(t[2] / 1000)
end
if tonumber(store[3]) < tonumber(ARGV[2]) then return { 'behind', store[3], store[5] or '0', format('%.0f', NOW) } end
local BATCH, RUNS = tonumber(ARGV[4]), tonumber(ARGV[5])
local AT = 6 + RUNS

local BLOCKED, READY, WAITING, RUNNING, EXPANDED, SUCCEEDED, FAILED, DEAD, SKIPPED, CANCELLED, STAGED = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 255
local UNFOLD, FANOUT, CANCEL, REOPEN = 0, 1, 2, 3
local SUSPICION, BIAS, STRIDE, CHUNK = 2, 2147483648, 1000000, 1024
local STATE = '>BBHHHHHHI4I4I4I4I4I4i4i4i4I4I4I8I8I8I8I8I8I8'
local EVENT = { accepted = 0, finished = 1, cancel = 2, retry = 3, succeeded = 10, expanded = 11, failed = 12, retried = 13, parked = 14, released = 15, skipped = 16,
  expired = 17, late = 18, dead = 19 }

-- What is to be written. Sets of members: true = add, false = take away.
local dirty, news = false, false
local wRing, wLeases, wWaits, wDue, wSuspects, wDead, wKept, wAlone, wHeld, wShare = {}, {}, {}, {}, {}, {}, {}, {}, {}, {}
local openSteps = 0

-- Classes ------------------------------------------------------------------------------------------------------------------------------------------------

local classes = {}

-- Name, clock and turn of a class by its number.
local function classOf(no)
  local c = classes[no]
  if c then return c end
  local h = call('HMGET', K.classes, 'c' .. no, 't' .. no)
  c = { no = no, name = h[1], executor = string.match(h[1], '%z(.*)$'), clock = 0, turn = 0 }
  if h[2] then c.clock, c.turn = unpk('>dd', h[2]) end
  classes[no] = c
  return c
end

-- Number of a class by its name, given when new.
local numbers, newClasses, lastClass = {}, {}, nil
local function classNumber(name)
  local no = numbers[name]
  if no then return no end
  no = call('HGET', K.classes, 'n' .. name)
  if no then
    no = tonumber(no)
  else
    lastClass = (lastClass or tonumber(call('HGET', K.store, 'class'))) + 1
    no = lastClass
    newClasses[#newClasses + 1] = { no, name }
    classes[no] = { no = no, name = name, executor = string.match(name, '%z(.*)$'), clock = 0, turn = 0 }
  end
  numbers[name] = no
  return no
end

-- Hourly figures -----------------------------------------------------------------------------------------------------------------------------------------

local figures = {}

-- The sums that this script adds to: arrived, succeeded, failed, served, service, squares, claimed, wait, tokens in, tokens out.
local function figuresOf(workflow, executor, model)
  local name = workflow .. '\0' .. executor .. '\0' .. model
  local f = figures[name]
  if not f then
    f = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
    figures[name] = f
  end
  return f
end

local function addServed(f, service, tin, tout)
  f[4], f[5], f[6], f[9], f[10] = f[4] + 1, f[5] + service, f[6] + (service / 1000) * (service / 1000), f[9] + tin, f[10] + tout
end

-- Runs and steps -----------------------------------------------------------------------------------------------------------------------------------------

local runs = {}

local NEW = pack('>BBI4I4I4I4I4I8I8I8I8I8', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

-- The i-th declared run, from its constants (m) and what changes of it (v). One constructor with all that a run will ever have: a table that grows field by field is rehashed on its way.
local function makeRun(i, m, v)
  local k = FIRST + (i - 1) * 4
  local rank, weight, tenantWeight, parallel, maxSteps, maxDeaths, snapshot, workflow, tenant = unpk('>i4I4I4I4I4I4c32Hc0Hc0', m)
  local status, cancel, total, nextIndex, open, failed, noted, tin, tout, started, finished, seq = unpk('>BBI4I4I4I4I4I8I8I8I8I8', v)
  return { id = ARGV[5 + i], key = KEYS[k], events = KEYS[k + 1], content = KEYS[k + 2], ready = KEYS[k + 3], steps = {}, moved = {}, fields = {}, gone = {}, notes = {},
    counts = {}, lanes = {}, u = {}, wReady = {}, wContent = {}, dependents = {}, rank = rank, weight = weight, tenantWeight = tenantWeight, parallel = parallel, maxSteps = maxSteps,
    maxDeaths = maxDeaths, snapshot = snapshot, workflow = workflow, tenant = tenant, status = status, cancel = cancel == 1, total = total, next = nextIndex, open = open,
    failed = failed, noted = noted, tin = tin, tout = tout, started = started, finished = finished, seq = seq, stored = noted, n = '', f = false, room = false, names = false,
    lanesChanged = false, uChanged = false, changed = false, ended = false }
end

-- A step is an array, because scripts are made of little else and arrays are half as dear as tables with names: its index, its status as it is stored, its reason, then STATE. C# puts the numbers in
-- place of these names.
local S = { ix = 1, was = 2, reason = 3, status = 4, trigger = 5, def = 6, class = 7, gen = 8, attempts = 9, deaths = 10, alone = 11, epoch = 12, recorded = 13, pending = 14, broken = 15, openMembers = 16, brokenMembers = 17, parent = 18, rank = 19, accepted = 20, owner = 21, fan = 22, since = 23, claimed = 24, due = 25, started = 26, finished = 27, tin = 28, tout = 29 }
local LAST, SIZE = 29, 114

local function decode(ix, s) return { ix, string.byte(s, 1), sub(s, SIZE + 1), unpk(STATE, s) } end

local function encode(t) return pack(STATE, unpack(t, 4, LAST)) .. t[3] end

-- The i-th declared run; false when there is none. When a step is asked for (its index as text), that and the first of its dependents come with the same command.
local function runOf(i, ix)
  local r = runs[i]
  if r ~= nil then return r end
  local h
  local k = KEYS[FIRST + (i - 1) * 4]
  if ix then
    h = call('HMGET', k, 'm', 'v', 'n', 'l', 'u', 'f', 's' .. ix, 'd' .. ix)
  else
    h = call('HMGET', k, 'm', 'v', 'n', 'l', 'u', 'f')
  end
  if not h[1] then
    runs[i] = false
    return false
  end
  r = makeRun(i, h[1], h[2])
  r.n, r.f = h[3], h[6]
  if ix and h[7] then
    local number = tonumber(ix)
    r.steps[number] = decode(number, h[7])
    r.dependents[number] = h[8] or nil
  end
  local l = h[4]
  if l then
    for p = 1, #l, 15 do
      local class, time, waiting, only = unpk('>HI8BI4', l, p)
      r.lanes[class] = { time = time, waiting = waiting == 1, only = only }
    end
  end
  local u = h[5]
  if u then
    for p = 1, #u, 13 do
      local kind, ix, cursor, bound = unpk('>BI4I4I4', u, p)
      r.u[#r.u + 1] = { kind = kind, ix = ix, cursor = cursor, bound = bound }
    end
  end
  runs[i] = r
  return r
end

local function place(r, ix) return r.id .. '\0' .. pack('>I4', ix) end

-- A step; nil when there is none. Loaded once for all that a script does with it.
local function stepOf(r, ix)
  local step = r.steps[ix]
  if step then return step end
  local s = call('HGET', r.key, 's' .. ix)
  if not s then return nil end
  step = decode(ix, s)
  r.steps[ix] = step
  return step
end

-- Loads several steps with one command.
local function loadSteps(r, list)
  local missing, fields = {}, {}
  for i = 1, #list do
    local ix = list[i]
    if not r.steps[ix] then
      missing[#missing + 1] = ix
      fields[#fields + 1] = 's' .. ix
    end
  end
  if #missing == 0 then return end
  local found = call('HMGET', r.key, unpack(fields))
  for i = 1, #missing do
    if found[i] then r.steps[missing[i]] = decode(missing[i], found[i]) end
  end
end

local function stepByKey(r, key)
  local ix = call('HGET', r.key, 'k' .. key)
  return ix and stepOf(r, tonumber(ix)) or nil
end

local function keyOf(r, ix)
  local key = unpk('>Hc0', r.fields['x' .. ix] or call('HGET', r.key, 'x' .. ix))
  return key
end

local function moved(r, step)
  r.moved[step[S.ix]] = step
  dirty = true
end

local function note(r, kind, ix, detail)
  r.noted = r.noted + 1
  r.notes[#r.notes + 1] = pack('>I8Bi4', NOW, kind, ix) .. (detail or '')
  dirty = true
end

-- The ready list and the ring: the only ready step of a lane stands in the lane itself, several in the set of the run ----------------------------------------------------------------------------------------------------------------------------

local function readyMember(step) return pack('>HI4I4', step[S.class], step[S.rank] + BIAS, step[S.ix]) end

local function ringMember(r, class, time) return pack('>HI4I8I8', class, r.rank + BIAS, time, r.seq) .. r.id end

local function shareField(r, class) return pack('>HI4', class, r.rank + BIAS) .. r.tenant end

-- The run waits in a class's ring, or does not any more. One that comes (back) starts at the class's clock: being idle earns no credit.
local function setLane(r, class, time, waiting)
  local lane = r.lanes[class]
  if not lane then
    lane = { time = 0, waiting = false, only = 0 }
    r.lanes[class] = lane
  end
  if lane.waiting then wRing[ringMember(r, class, lane.time)] = false end
  if waiting ~= lane.waiting then
    local f = shareField(r, class)
    wShare[f] = (wShare[f] or 0) + (waiting and r.weight or -r.weight)
  end
  lane.time, lane.waiting = time, waiting
  if waiting then wRing[ringMember(r, class, time)] = true end
  r.lanesChanged, dirty = true, true
end

-- A step of the run became ready.
local function addReady(r, step)
  step[S.since] = NOW
  if step[S.deaths] >= SUSPICION then
    wSuspects[pack('>H', step[S.class]) .. place(r, step[S.ix])] = true
    news = true
    return
  end
  local class = step[S.class]
  local lane = r.lanes[class]
  if lane and lane.waiting then
    if lane.only > 0 then
      r.wReady[readyMember(stepOf(r, lane.only - 1))] = true
      lane.only, r.lanesChanged = 0, true
    end
    r.wReady[readyMember(step)] = true
    return
  end
  local clock = classOf(class).clock
  setLane(r, class, lane and lane.time > clock and lane.time or clock, true)
  r.lanes[class].only = step[S.ix] + 1
  news = true
end

-- A ready step of the run moves otherwise than by a claim. Called before its deaths are changed.
local function removeReady(r, step)
  if step[S.deaths] >= SUSPICION then
    wSuspects[pack('>H', step[S.class]) .. place(r, step[S.ix])] = false
    wKept[place(r, step[S.ix])] = false
    return
  end
  local lane = r.lanes[step[S.class]]
  if lane and lane.only == step[S.ix] + 1 then
    lane.only = 0
    setLane(r, step[S.class], lane.time, false)
    return
  end
  r.wReady[readyMember(step)] = false
  local prefix, last = pack('>H', step[S.class]), pack('>H', step[S.class] + 1)
  for member, there in pairs(r.wReady) do
    if there and sub(member, 1, 2) == prefix then return end
  end
  local offset = 0
  while true do
    local page = call('ZRANGEBYLEX', r.ready, '[' .. prefix, '(' .. last, 'LIMIT', offset, 16)
    for i = 1, #page do
      if r.wReady[page[i]] == nil then return end
    end
    if #page < 16 then break end
    offset = offset + 16
  end
  if lane and lane.waiting then setLane(r, step[S.class], lane.time, false) end
end

local function leaveRing(r)
  for class, lane in pairs(r.lanes) do
    if lane.waiting then setLane(r, class, lane.time, false) end
  end
  r.lanes, r.lanesChanged = {}, true
end

-- Hands --------------------------------------------------------------------------------------------------------------------------------------------------

local function hold(r, step, owner)
  step[S.owner] = owner
  wLeases[place(r, step[S.ix]) .. pack('>I4', owner)] = true
  wHeld[owner] = (wHeld[owner] or 0) + 1
  if step[S.deaths] >= SUSPICION then wAlone[owner] = place(r, step[S.ix]) end
end

-- The step leaves the hands of its instance. Called before its deaths are changed.
local function letGo(r, step)
  if step[S.owner] == 0 then return end
  wLeases[place(r, step[S.ix]) .. pack('>I4', step[S.owner])] = false
  wHeld[step[S.owner]] = (wHeld[step[S.owner]] or 0) - 1
  if step[S.deaths] >= SUSPICION then wAlone[step[S.owner]] = false end
  step[S.owner] = 0
end

local function await(r, step, due)
  step[S.due] = due
  local p = place(r, step[S.ix])
  wWaits[p], wDue[p] = true, due
end

local function awaitNoMore(r, step)
  if step[S.status] ~= WAITING then return end
  step[S.due] = 0
  local p = place(r, step[S.ix])
  wWaits[p], wDue[p] = false, false
end

-- Wide changes -------------------------------------------------------------------------------------------------------------------------------------------

local function unfinished(r, kind, ix, cursor, bound)
  for i = 1, #r.u do
    local one = r.u[i]
    if one.kind == kind and one.ix == ix then
      one.cursor, one.bound = cursor, bound
      r.uChanged, dirty = true, true
      return
    end
  end
  r.u[#r.u + 1] = { kind = kind, ix = ix, cursor = cursor, bound = bound }
  r.uChanged, dirty = true, true
end

local function dropUnfinished(r, kind)
  for i = #r.u, 1, -1 do
    if r.u[i].kind == kind then
      table.remove(r.u, i)
      r.uChanged, dirty = true, true
    end
  end
end

-- True when a staged step has been committed and only waits for its turn to unfold.
local function isUnfolding(r, ix)
  for i = 1, #r.u do
    local one = r.u[i]
    if one.kind == UNFOLD and ix >= one.cursor and ix < one.bound then return true end
  end
  return false
end

-- Ends ---------------------------------------------------------------------------------------------------------------------------------------------------

local STATUS = { [SUCCEEDED] = 'succeeded', [FAILED] = 'failed', [DEAD] = 'was dead-lettered', [SKIPPED] = 'was skipped', [CANCELLED] = 'was cancelled' }
local RUNSTATUS = { 'Succeeded', 'Failed', 'Cancelled' }

local function because(r, ended) return "'" .. keyOf(r, ended[S.ix]) .. "' " .. STATUS[ended[S.status]] end

local function endIfDone(r)
  if r.open > 0 or r.status ~= 0 then return end
  r.status = r.cancel and 3 or r.failed > 0 and 2 or 1
  r.finished, r.ended = NOW, true
  note(r, EVENT.finished, -1, RUNSTATUS[r.status])
  leaveRing(r)
  dropUnfinished(r, FANOUT)
  local f = figuresOf(r.workflow, '', '')
  if r.status == 1 then f[2] = f[2] + 1 elseif r.status == 2 then f[3] = f[3] + 1 end
  if r.started > 0 then addServed(f, NOW - r.started, 0, 0) end
  news = true
end

local function added(r, count)
  r.total, r.open, openSteps = r.total + count, r.open + count, openSteps + count
  endIfDone(r)
end

-- A step became terminal, which may have ended the run.
local function stepEnded(r, step)
  step[S.finished] = NOW
  r.open, openSteps = r.open - 1, openSteps - 1
  if step[S.status] == FAILED or step[S.status] == DEAD then r.failed = r.failed + 1 end
  endIfDone(r)
end

-- Indexes of dependents [from, to) of a step, in the order in which they joined.
local function dependentsOf(r, step, from, to)
  local list = {}
  for chunk = math.floor(from / CHUNK), math.floor((to - 1) / CHUNK) do
    local d = r.dependents[chunk == 0 and step[S.ix] or step[S.ix] .. ':' .. chunk] or call('HGET', r.key, chunk == 0 and 'd' .. step[S.ix] or 'd' .. step[S.ix] .. ':' .. chunk)
    for p = math.max(from, chunk * CHUNK), math.min(to, (chunk + 1) * CHUNK) - 1 do
      list[#list + 1] = unpk('>I4', d, (p - chunk * CHUNK) * 4 + 1)
    end
  end
  return list
end

local function addDependent(r, source, ix)
  local chunk = math.floor(source[S.fan] / CHUNK)
  local name = chunk == 0 and source[S.ix] or source[S.ix] .. ':' .. chunk
  local d = r.dependents[name]
  if not d then
    d = source[S.fan] % CHUNK > 0 and call('HGET', r.key, 'd' .. name) or ''
  end
  r.dependents[name] = d .. pack('>I4', ix)
  r.fields['d' .. name] = true
  source[S.fan] = source[S.fan] + 1
  moved(r, source)
end

-- What follows when steps end: dependents are counted down, groups close, and so on until nothing more ends, or until a batch is used up; the rest is left to a cursor.
local function follow(r, first, from, bound)
  local queue, head, left = { { first, from, bound } }, 1, BATCH
  while queue[head] do
    local step, at, to = queue[head][1], queue[head][2], queue[head][3]
    head = head + 1
    local isBroken = step[S.status] > SUCCEEDED
    if left > 0 and at < to then
      local list = dependentsOf(r, step, at, math.min(to, at + left))
      loadSteps(r, list)
      left, at = left - #list, at + #list
      for i = 1, #list do
        local one = r.steps[list[i]]
        if one[S.status] == BLOCKED then
          one[S.pending] = one[S.pending] - 1
          if isBroken then
            one[S.broken] = one[S.broken] + 1
            if one[S.reason] == '' then one[S.reason] = because(r, step) end
          end
          if one[S.pending] == 0 then
            if one[S.trigger] == 1 or one[S.broken] == 0 then
              one[S.status], one[S.reason] = READY, ''
              addReady(r, one)
            else
              one[S.status] = SKIPPED
              note(r, EVENT.skipped, one[S.ix], one[S.reason])
              stepEnded(r, one)
              queue[#queue + 1] = { one, 0, one[S.fan] }
            end
          end
          moved(r, one)
        end
      end
    end
    if left <= 0 then
      unfinished(r, FANOUT, step[S.ix], at, to)
    elseif step[S.parent] >= 0 then
      local group = stepOf(r, step[S.parent])
      if group[S.status] == EXPANDED then
        left = left - 1
        group[S.openMembers] = group[S.openMembers] - 1
        if isBroken then group[S.brokenMembers] = group[S.brokenMembers] + 1 end
        if step[S.status] == FAILED or step[S.status] == DEAD then group[S.reason] = step[S.reason] end
        if group[S.openMembers] <= 0 then
          group[S.status] = group[S.brokenMembers] > 0 and FAILED or SUCCEEDED
          if group[S.status] == SUCCEEDED then group[S.reason] = '' end
          note(r, group[S.status] == FAILED and EVENT.failed or EVENT.succeeded, group[S.ix], group[S.reason])
          stepEnded(r, group)
          queue[#queue + 1] = { group, 0, group[S.fan] }
        end
        moved(r, group)
      end
    end
  end
end

-- A step has ended, is counted by its run, and tells those that depend on it.
local function ended(r, step) follow(r, step, 0, step[S.fan]) end

-- Writing ------------------------------------------------------------------------------------------------------------------------------------------------

local function each(command, key, list)
  for i = 1, #list, 1000 do
    call(command, key, unpack(list, i, math.min(i + 999, #list)))
  end
end

-- Members of a sorted set: a score, or true where only the order of bytes counts; false = away.
local function writeSet(key, set)
  local add, take = {}, {}
  for member, score in pairs(set) do
    if score then
      add[#add + 1] = score == true and '0' or score
      add[#add + 1] = member
    else
      take[#take + 1] = member
    end
  end
  each('ZREM', key, take)
  each('ZADD', key, add)
end

local function writeHash(key, set)
  local put, take = {}, {}
  for field, value in pairs(set) do
    if value then
      put[#put + 1] = field
      put[#put + 1] = value
    else
      take[#take + 1] = field
    end
  end
  each('HDEL', key, take)
  each('HSET', key, put)
end

-- The counts with what changed; nil when nothing did.
local function countsOf(r)
  local n, highest, changed = r.n, -1, false
  for index, change in pairs(r.counts) do
    if change ~= 0 then
      changed = true
      if index > highest then highest = index end
    end
  end
  if not changed then return nil end
  if #n < (highest + 1) * 4 then n = n .. string.rep('\0', (math.floor(highest / 10) + 1) * 40 - #n) end
  for index, change in pairs(r.counts) do
    if change ~= 0 then
      local p = index * 4
      n = sub(n, 1, p) .. pack('>I4', unpk('>I4', n, p + 1) + change) .. sub(n, p + 5)
    end
  end
  return n
end

local function writeRun(r)
  local out = { 'v', pack('>BBI4I4I4I4I4I8I8I8I8I8', r.status, r.cancel and 1 or 0, r.total, r.next, r.open, r.failed, r.noted, r.tin, r.tout, r.started, r.finished, r.seq) }
  local counts = r.counts
  for ix, step in pairs(r.moved) do
    if step[S.status] ~= step[S.was] then
      local base = step[S.def] * 10
      if step[S.was] ~= STAGED then counts[base + step[S.was]] = (counts[base + step[S.was]] or 0) - 1 end
      if step[S.status] ~= STAGED then counts[base + step[S.status]] = (counts[base + step[S.status]] or 0) + 1 end
      step[S.was] = step[S.status]
    end
    out[#out + 1] = 's' .. ix
    out[#out + 1] = encode(step)
  end
  local n = countsOf(r)
  if n then
    out[#out + 1] = 'n'
    out[#out + 1] = n
  end
  if r.lanesChanged then
    local l = {}
    for class, lane in pairs(r.lanes) do l[#l + 1] = pack('>HI8BI4', class, lane.time, lane.waiting and 1 or 0, lane.only) end
    out[#out + 1] = 'l'
    out[#out + 1] = table.concat(l)
  end
  if r.uChanged then
    local u = {}
    for i = 1, #r.u do u[i] = pack('>BI4I4I4', r.u[i].kind, r.u[i].ix, r.u[i].cursor, r.u[i].bound) end
    out[#out + 1] = 'u'
    out[#out + 1] = table.concat(u)
    if #u == 0 then call('ZREM', K.unfinished, r.id) else call('ZADD', K.unfinished, 'NX', store[3] + 1, r.id) end
  end
  for field, value in pairs(r.fields) do
    out[#out + 1] = field
    out[#out + 1] = value == true and r.dependents[tonumber(sub(field, 2)) or sub(field, 2)] or value
  end
  -- First away, then in: what is written ahead again, after a lost answer, takes the place of what was there.
  if #r.gone > 0 then each('HDEL', r.key, r.gone) end
  each('HSET', r.key, out)
  if next(r.wReady) then writeSet(r.ready, r.wReady) end
  if next(r.wContent) then writeHash(r.content, r.wContent) end
  if #r.notes > 0 then each('RPUSH', r.events, r.notes) end
  if r.ended then
    call('ZREM', K['runs:0'], r.id)
    call('ZADD', K['runs:' .. r.status], r.seq, r.id)
    call('ZADD', K['ended:' .. r.status], r.finished, r.id)
  end
end

-- Writes everything, if there is anything, and answers 'ok', the commit counter and whether something wide is under way; the script adds its own.
local function commit(wide)
  local commits = tonumber(store[3])
  if dirty then
    commits = commits + 1
    for i = 1, RUNS do
      local r = runs[i]
      if r then
        if r.noted > r.stored or next(r.moved) or next(r.fields) or r.uChanged or r.lanesChanged or r.changed or #r.gone > 0 then writeRun(r) end
        if #r.u > 0 then wide = true end
      end
    end
    if next(wRing) then writeSet(K.ring, wRing) end
    if next(wLeases) then writeSet(K.leases, wLeases) end
    if next(wWaits) then
      writeSet(K.waits, wWaits)
      writeSet(K.due, wDue)
    end
    if next(wSuspects) then writeSet(K.suspects, wSuspects) end
    if next(wKept) then writeHash(K.kept, wKept) end
    if next(wAlone) then writeHash(K.alone, wAlone) end
    if next(wDead) then writeSet(K.dead, wDead) end
    for owner, change in pairs(wHeld) do
      if change ~= 0 then call('HINCRBY', K.held, owner, change) end
    end
    for field, change in pairs(wShare) do
      if change ~= 0 then call('HINCRBY', K.share, field, change) end
    end
    local hour = pack('>I4', math.floor(NOW / 3600000))
    for name, f in pairs(figures) do
      local field = hour .. name
      local old = call('HGET', K.hourly, field)
      if old then
        local o = { unpk('>dddddddddd', old) }
        for i = 1, 10 do f[i] = f[i] + o[i] end
      else
        call('ZADD', K.hours, 0, field)
      end
      call('HSET', K.hourly, field, pack('>dddddddddd', unpack(f)))
    end
    for i = 1, #newClasses do
      local no, name = newClasses[i][1], newClasses[i][2]
      call('HSET', K.classes, 'n' .. name, no, 'c' .. no, name)
      call('HSET', K.store, 'class', no)
    end
    call('HSET', K.store, 'commits', commits, 'at', NOW, 'open', store[4] + openSteps)
    if news then call('PUBLISH', sub(K.store, 1, -6) .. 'changes', '') end
  end
  return { 'ok', format('%.0f', commits), wide and '1' or '0' }
end
