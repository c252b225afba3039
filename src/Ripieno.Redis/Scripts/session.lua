-- What every script that changes something begins with. A script loads runs and steps into tables, moves them there, and writes everything at its end, in commit(): whatever goes
-- wrong before has written nothing. C# knows SCHEMA (the known version), FIRST (index in KEYS of the first run's keys), K.name (the partition's declared keys), RUNLISTS and ENDLISTS (index in KEYS of
-- runs:0, and of what would be ended:0) and puts them in place of these names.
--
-- KEYS: the partition's, then for each run: run, ready.
-- ARGV: identity, commits seen (and the term), time in ms or '' for the server's, batch, number of runs, their ids; then the script's own, from AT on.
--
-- This is the hot path of every instance, and Redis has one thread: so runs and steps are arrays and not tables with names, what several runs of a script share is decoded once, and what is read
-- or written together goes in one command.
local KEYS, ARGV = KEYS, ARGV
local call, pack, unpk, sub, format, unpack, pairs, next, tonumber, floor, byte = redis.call, struct.pack, struct.unpack, string.sub, string.format, unpack, pairs, next, tonumber, math.floor, string.byte
local store = call('HMGET', K.store, 'identity', 'schema', 'commits', 'open', 'at', 'closed', 'term')
if store[1] ~= ARGV[1] then return { 'identity', store[1] or '' } end
if store[2] ~= SCHEMA then return { 'schema', store[2] or '' } end
-- C# puts true or false in place of this name: few scripts go on in a store whose runs were moved.
if store[6] and not EVEN_CLOSED then return { 'closed', store[6] } end

local NOW
if ARGV[3] ~= '' then NOW = tonumber(ARGV[3]) else
  local t = call('TIME')
  NOW = t[1] * 1000 + floor(t[2] / 1000)
end
do
  -- Commits seen, and after a space the term in which: only of servers that others may take over from. A term is one server's uninterrupted history; which it is, the last commit before it, and when
  -- that was. Only the server itself knows that a history is not the one that was seen: its counter may have gone past what was lost.
  local left, at, seen, term = store[3], store[5] or '0', string.match(ARGV[2], '^(%d+)( ?.*)$')
  store.told = ''
  if term ~= '' then
    local id = string.match(call('INFO', 'replication'), 'master_replid:(%x+)')
    if not store[7] or sub(store[7], 1, #id) ~= id then store[7], store.begun = format('%s:%s:%s', id, left, at), true end
    if sub(term, 2) ~= store[7] then
      store.told = ' ' .. store[7]
      local since, when = string.match(store[7], ':(%d+):(%d+)$')
      if term ~= ' ' and tonumber(since) < tonumber(left) then left, at = since, when end
    end
  end
  store.ok = store[3] .. store.told
  if tonumber(left) < tonumber(seen) then return { 'behind', left, at, format('%.0f', NOW), store.ok } end
end
local BATCH, RUNS = tonumber(ARGV[4]), tonumber(ARGV[5])
local AT = 6 + RUNS
--!inner

-- The next of the script's own arguments.
local function argument()
  AT = AT + 1
  return ARGV[AT - 1]
end

local BLOCKED, READY, WAITING, RUNNING, EXPANDED, SUCCEEDED, FAILED, DEAD, SKIPPED, CANCELLED, STAGED = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 255
-- Kinds of wide changes.
local W = { unfold = 0, fanout = 1, cancel = 2, reopen = 3, stop = 4 }
local SUSPICION, BIAS, STRIDE, CHUNK, SMALL, TOGETHER = 2, 2147483648, 1000000, 1024, 8, 64
local EVENT = { accepted = 0, finished = 1, cancel = 2, retry = 3, stopped = 4, succeeded = 10, expanded = 11, failed = 12, retried = 13, parked = 14, released = 15, skipped = 16, expired = 17, late = 18, dead = 19, fallback = 20 }

-- Stands for every empty table that most runs never need; own() puts a real one in its place before it is written to.
local NONE = {}
local function own(t, i)
  local one = t[i]
  if one == NONE then
    one = {}
    t[i] = one
  end
  return one
end

-- What is to be written. Sets of members: true = add, false = take away.
local dirty, news = false, false
-- Steps by which runs came into a ring, and that were not handed out at once.
local fresh = 0
local wRing, wWaits, wDue, wSuspects, wDead, wKept, wAlone, wHeld, wShare = {}, {}, {}, {}, {}, {}, {}, {}, {}
-- Leases are given and given back, never both by one script: lists do.
local leased, freed = {}, {}
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
    -- Two bytes everywhere. Nothing is written before the commit, so nothing is half done.
    if no > 65535 then error('RIPIENO-CLASSES') end
    newClasses[#newClasses + 1] = { no, name }
    classes[no] = { no = no, name = name, executor = string.match(name, '%z(.*)$'), clock = 0, turn = 0 }
  end
  numbers[name] = no
  return no
end

-- Hourly figures -----------------------------------------------------------------------------------------------------------------------------------------

local figures = {}

-- The sums that this script adds to: arrived, succeeded, failed, served, service, squares, claimed, wait, tokens in, tokens out. Found by the run's terms, which many runs share.
local function figuresOf(t, executor, model)
  local own = model == '' and executor or executor .. '\0' .. model
  local f = t.figures[own]
  if f then return f end
  local name = t.workflow .. '\0' .. executor .. '\0' .. model
  f = figures[name]
  if not f then
    f = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
    figures[name] = f
  end
  t.figures[own] = f
  return f
end

local function addServed(f, service, tin, tout)
  f[4], f[5], f[6], f[9], f[10] = f[4] + 1, f[5] + service, f[6] + (service / 1000) * (service / 1000), f[9] + tin, f[10] + tout
end

-- Runs and steps -----------------------------------------------------------------------------------------------------------------------------------------

local runs = {}

-- What never changes of runs (m): the same text for all runs of a workflow and a tenant, so it is taken apart once, and carries what follows from it.
local terms = {}
local function termsOf(m)
  local t = terms[m]
  if t then return t end
  local rank, weight, tenantWeight, parallel, maxSteps, maxDeaths, stops, workflow, tenant, at = unpk('>i4I4I4I4I4I4BHc0Hc0', m)
  t = { rank = rank, weight = weight, tenantWeight = tenantWeight, parallel = parallel, maxSteps = maxSteps, maxDeaths = maxDeaths, stops = stops == 1, workflow = workflow, tenant = tenant,
    snapshot = sub(m, at), figures = {}, shares = {}, rings = {} }
  terms[m] = t
  return t
end

-- A run is an array: first what changes of it, as v has it.
local R = { status = 1, cancel = 2, total = 3, next = 4, open = 5, failed = 6, noted = 7, tin = 8, tout = 9, started = 10, finished = 11, seq = 12, id = 13, key = 14, ready = 15, terms = 16, out = 17, steps = 18, lanes = 19, u = 20, changed = 21, ended = 22, f = 23, room = 24, gone = 25, wReady = 26, dependents = 27, joined = 28, constants = 29, m = 30, v = 31, base = 32, had = 33, edges = 34, removed = 35, notes = 36, stored = 37, stopped = 38, head = 39 }
local RUN, LANE, WIDE = '>BBI4I4I4I4I4I8I8I8I8I8I4HH', '>HI8BI4', '>BI4I4I4'
local NEW = pack(RUN, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) .. '\1'

-- What small runs have in common, its form and m and f: taken apart once.
local heads = {}

-- The i-th declared run, from what changes of it (v: RUN, whose last numbers say how many lanes and wide changes follow, and whether it is small). A run of up to SMALL steps has everything that is looked
-- at often in this one value, because each field of a hash costs several looks at memory that is not in the processor's cache: after the form (1) its terms (m), the names of its definitions (f), the
-- steps' states by index without their reasons, the dependencies (count, then source and dependent in the order in which they joined), and the reasons (index, length, text) of those that have one. A
-- larger one (0) has fields for all that.
local function makeRun(i, v, m)
  local k = FIRST + (i - 1) * 2
  local status, cancel, total, nextIndex, open, failed, noted, tin, tout, started, finished, seq, stopped, count, wide, at = unpk(RUN, v)
  local lanes, u, f, small = {}, NONE, false, false
  for _ = 1, count do
    local class, time, waiting, only
    class, time, waiting, only, at = unpk(LANE, v, at)
    lanes[class] = { time = time, waiting = waiting == 1, only = only }
  end
  if wide > 0 then
    u = {}
    for p = 1, wide do
      local kind, ix, cursor, bound
      kind, ix, cursor, bound, at = unpk(WIDE, v, at)
      u[p] = { kind = kind, ix = ix, cursor = cursor, bound = bound }
    end
  end
  local head = false
  if byte(v, at) == 1 then
    small = v
    if at < #v then
      local length = unpk('>I4', v, at + 1)
      local to = at + 9 + length + unpk('>I4', v, at + 5 + length)
      head = sub(v, at, to - 1)
      at = to
      local known = heads[head]
      if not known then
        known = { unpk('>I4c0I4c0', head, 2) }
        heads[head] = known
      end
      m, f = known[1], known[2]
    end
  end
  local r = { status, cancel == 1, total, nextIndex, open, failed, noted, tin, tout, started, finished, seq, ARGV[5 + i], KEYS[k], KEYS[k + 1], false, { 'v', '' }, {}, lanes, u,
    false, false, f, false, NONE, NONE, NONE, NONE, NONE, m, small, at, nextIndex, false, NONE, NONE, noted, stopped, head }
  if m then r[R.terms] = termsOf(m) end
  runs[i] = r
  return r
end

-- A step is an array too: its index, whether it is to be written, its status as it is stored, its reason, then STATE.
local S = { ix = 1, moved = 2, was = 3, reason = 4, status = 5, trigger = 6, def = 7, class = 8, gen = 9, attempts = 10, deaths = 11, alone = 12, epoch = 13, recorded = 14, pending = 15, broken = 16, openMembers = 17, brokenMembers = 18, parent = 19, rank = 20, accepted = 21, owner = 22, fan = 23, since = 24, claimed = 25, due = 26, started = 27, finished = 28, tin = 29, tout = 30 }
local STATE, LAST, SIZE = '>BBHHHHHHI4I4I4I4I4I4i4i4i4I4I4I8I8I8I8I8I8I8', 30, 114

local NOSTEP = 254
local HOLE = '\254' .. string.rep('\0', SIZE - 1)

local function decode(ix, s) return { ix, false, byte(s, 1), #s > SIZE and sub(s, SIZE + 1) or '', unpk(STATE, s) } end

local function encode(t) return pack(STATE, unpack(t, 5, LAST)) end

-- Names of fields by kind and number: numbers become text by a formatter that costs more than a look at a table.
local fieldNames = { s = {}, x = {}, d = {}, r = {}, e = {} }
local function fieldOf(kind, number)
  local names = fieldNames[kind]
  local name = names[number]
  if not name then
    name = kind .. number
    names[number] = name
  end
  return name
end

-- The i-th declared run; false when there is none. The steps that are asked for (indexes) come with it, and the first of their dependents.
local function runOf(i, list)
  local r = runs[i]
  if r ~= nil then return r end
  local key = KEYS[FIRST + (i - 1) * 2]
  local v = call('HGET', key, 'v')
  if not v then
    runs[i] = false
    return false
  end
  r = makeRun(i, v)
  if r[R.v] then return r end
  local fields = { 'm' }
  for n = 1, list and #list or 0 do fields[n + 1] = fieldOf('s', list[n]) end
  local found = call('HMGET', key, unpack(fields))
  r[R.m], r[R.terms] = found[1], termsOf(found[1])
  local steps, sources, parts = r[R.steps], {}, {}
  for n = 2, #fields do
    local ix = list[n - 1]
    if found[n] and not steps[ix] then
      local step = decode(ix, found[n])
      steps[ix] = step
      if step[S.fan] > 0 then
        sources[#sources + 1] = ix
        parts[#parts + 1] = fieldOf('d', ix)
      end
    end
  end
  if #parts > 0 then
    local dependents = own(r, R.dependents)
    found = call('HMGET', key, unpack(parts))
    for n = 1, #parts do dependents[sources[n]] = found[n] end
  end
  return r
end

local function place(r, ix) return pack('>c0xI4', r[R.id], ix) end

-- A step; nil when there is none. Loaded once for all that a script does with it.
local function stepOf(r, ix)
  local step, v = r[R.steps][ix], r[R.v]
  if step then return step end
  if v then
    local at = r[R.base] + ix * SIZE
    if ix >= r[R.had] or r[R.removed][ix] or byte(v, at) == NOSTEP then return nil end
    step = { ix, false, byte(v, at), '', unpk(STATE, v, at) }
    local reasons = r[R.base] + r[R.had] * SIZE
    reasons = reasons + 1 + byte(v, reasons) * 2
    while reasons <= #v do
      local index, text
      index, text, reasons = unpk('>BI4c0', v, reasons)
      if index == ix then step[S.reason] = text end
    end
  else
    local s = call('HGET', r[R.key], fieldOf('s', ix))
    if not s then return nil end
    step = decode(ix, s)
  end
  r[R.steps][ix] = step
  return step
end

-- Loads several steps with one command.
local function loadSteps(r, list)
  local steps = r[R.steps]
  if r[R.v] then
    for i = 1, #list do stepOf(r, list[i]) end
    return
  end
  local missing, fields = {}, {}
  for i = 1, #list do
    local ix = list[i]
    if not steps[ix] then
      missing[#missing + 1] = ix
      fields[#fields + 1] = fieldOf('s', ix)
    end
  end
  if #missing == 0 then return end
  local found = call('HMGET', r[R.key], unpack(fields))
  for i = 1, #missing do
    if found[i] then steps[missing[i]] = decode(missing[i], found[i]) end
  end
end

local function stepByKey(r, key)
  local ix = call('HGET', r[R.key], 'k' .. key)
  return ix and stepOf(r, tonumber(ix)) or nil
end

local function keyOf(r, ix)
  local key = unpk('>Hc0', r[R.constants][ix] or call('HGET', r[R.key], fieldOf('x', ix)))
  return key
end

local function touch(r) r[R.changed], dirty = true, true end

local function moved(r, step) step[S.moved], r[R.changed], dirty = true, true, true end

-- A field of the run that is written as it is.
local function put(r, field, value)
  local out = r[R.out]
  local n = #out
  out[n + 1], out[n + 2] = field, value
  r[R.changed], dirty = true, true
end

local function takeAway(r, field)
  local gone = own(r, R.gone)
  gone[#gone + 1] = field
  touch(r)
end

local function note(r, kind, ix, detail)
  local notes = own(r, R.notes)
  r[R.noted] = r[R.noted] + 1
  detail = detail or ''
  notes[#notes + 1] = pack('>I8Bi4I4c0', NOW, kind, ix, #detail, detail)
  r[R.changed], dirty = true, true
end

-- The ready list and the ring: the only ready step of a lane stands in the lane itself, and in its place in the ring; several in the set of the run -------------------------------------------------

local function readyMember(step) return pack('>HI4I4', step[S.class], step[S.rank] + BIAS, step[S.ix]) end

local function ringMember(r, class, lane)
  local t = r[R.terms]
  local head = t.rings[class]
  if not head then
    head = pack('>HI4', class, t.rank + BIAS)
    t.rings[class] = head
  end
  return head .. pack('>I8I8I4', lane.time, r[R.seq], lane.only) .. r[R.id]
end

local function shareField(r, class)
  local t = r[R.terms]
  local field = t.shares[class]
  if not field then
    field = pack('>HI4', class, t.rank + BIAS) .. t.tenant
    t.shares[class] = field
  end
  return field
end

-- Beside the tenants' shares, what they are together.
local function allField(f) return sub(f, 1, 6) .. '\0' end

-- The run waits in a class's ring, or does not any more; 'only' = index + 1 of its ready step there if it is the only one, else 0.
local function setLane(r, class, time, waiting, only)
  local lane = r[R.lanes][class]
  if not lane then
    lane = { time = 0, waiting = false, only = 0 }
    r[R.lanes][class] = lane
  end
  if lane.waiting then wRing[ringMember(r, class, lane)] = false end
  if waiting ~= lane.waiting then
    local f, weight = shareField(r, class), r[R.terms].weight
    wShare[f] = (wShare[f] or 0) + (waiting and weight or -weight)
  end
  lane.time, lane.waiting, lane.only = time, waiting, only
  if waiting then wRing[ringMember(r, class, lane)] = true end
  r[R.changed], dirty = true, true
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
  local lane = r[R.lanes][class]
  if lane and lane.waiting then
    if lane.only > 0 then
      own(r, R.wReady)[readyMember(stepOf(r, lane.only - 1))] = true
      setLane(r, class, lane.time, true, 0)
    end
    own(r, R.wReady)[readyMember(step)] = true
    return
  end
  -- One that comes (back) starts at the class's clock: being idle earns no credit.
  local clock = classOf(class).clock
  setLane(r, class, lane and lane.time > clock and lane.time or clock, true, step[S.ix] + 1)
  fresh = fresh + 1
end

-- A ready step of the run moves otherwise than by a claim. Called before its deaths are changed.
local function removeReady(r, step)
  if step[S.deaths] >= SUSPICION then
    wSuspects[pack('>H', step[S.class]) .. place(r, step[S.ix])] = false
    wKept[place(r, step[S.ix])] = false
    return
  end
  local lane = r[R.lanes][step[S.class]]
  if lane and lane.only == step[S.ix] + 1 then
    setLane(r, step[S.class], lane.time, false, 0)
    return
  end
  local ready = own(r, R.wReady)
  ready[readyMember(step)] = false
  local prefix, last = pack('>H', step[S.class]), pack('>H', step[S.class] + 1)
  for member, there in pairs(ready) do
    if there and sub(member, 1, 2) == prefix then return end
  end
  local offset = 0
  while true do
    local page = call('ZRANGEBYLEX', r[R.ready], '[' .. prefix, '(' .. last, 'LIMIT', offset, 16)
    for i = 1, #page do
      if ready[page[i]] == nil then return end
    end
    if #page < 16 then break end
    offset = offset + 16
  end
  if lane and lane.waiting then setLane(r, step[S.class], lane.time, false, 0) end
end

local function leaveRing(r)
  for class, lane in pairs(r[R.lanes]) do
    if lane.waiting then setLane(r, class, lane.time, false, 0) end
  end
  r[R.lanes] = {}
  touch(r)
end

-- Hands --------------------------------------------------------------------------------------------------------------------------------------------------

local function leaseMember(r, step) return pack('>c0xI4I4', r[R.id], step[S.ix], step[S.owner]) end

local function hold(r, step, owner)
  step[S.owner] = owner
  leased[#leased + 1] = '0'
  leased[#leased + 1] = leaseMember(r, step)
  wHeld[owner] = (wHeld[owner] or 0) + 1
  if step[S.deaths] >= SUSPICION then wAlone[owner] = place(r, step[S.ix]) end
end

-- The step leaves the hands of its instance. Called before its deaths are changed.
local function letGo(r, step)
  local owner = step[S.owner]
  if owner == 0 then return end
  freed[#freed + 1] = leaseMember(r, step)
  wHeld[owner] = (wHeld[owner] or 0) - 1
  if step[S.deaths] >= SUSPICION then wAlone[owner] = false end
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
  touch(r)
  for i = 1, #r[R.u] do
    local one = r[R.u][i]
    if one.kind == kind and one.ix == ix then
      one.cursor, one.bound = cursor, bound
      return
    end
  end
  local u = own(r, R.u)
  u[#u + 1] = { kind = kind, ix = ix, cursor = cursor, bound = bound }
end

-- What ends with the run: nothing more follows from its steps, and must not meet a later generation.
local function dropUnfinished(r)
  for i = #r[R.u], 1, -1 do
    local kind = r[R.u][i].kind
    if kind == W.fanout or kind == W.stop then
      table.remove(r[R.u], i)
      touch(r)
    end
  end
end

-- True when a staged step has been committed and only waits for its turn to unfold.
local function isUnfolding(r, ix)
  for i = 1, #r[R.u] do
    local one = r[R.u][i]
    if one.kind == W.unfold and ix >= one.cursor and ix < one.bound then return true end
  end
  return false
end

-- Ends ---------------------------------------------------------------------------------------------------------------------------------------------------

local STATUS = { [SUCCEEDED] = 'succeeded', [FAILED] = 'failed', [DEAD] = 'was dead-lettered', [SKIPPED] = 'was skipped', [CANCELLED] = 'was cancelled' }
local RUNSTATUS = { 'Succeeded', 'Failed', 'Cancelled' }

local function because(r, ended) return "'" .. keyOf(r, ended[S.ix]) .. "' " .. STATUS[ended[S.status]] end

local function endIfDone(r)
  if r[R.open] > 0 or r[R.status] ~= 0 then return end
  r[R.status] = r[R.cancel] and 3 or r[R.failed] > 0 and 2 or 1
  r[R.finished], r[R.ended] = NOW, true
  note(r, EVENT.finished, -1, RUNSTATUS[r[R.status]])
  leaveRing(r)
  dropUnfinished(r)
  local f = figuresOf(r[R.terms], '', '')
  if r[R.status] == 1 then f[2] = f[2] + 1 elseif r[R.status] == 2 then f[3] = f[3] + 1 end
  if r[R.started] > 0 then addServed(f, NOW - r[R.started], 0, 0) end
  news = true
end

local function added(r, count)
  touch(r)
  r[R.total], r[R.open], openSteps = r[R.total] + count, r[R.open] + count, openSteps + count
  endIfDone(r)
end

-- A step became terminal, which may have stopped or ended the run. A run that stops is marked in the commit of the failure (index + 1): from there on whatever could become ready is skipped instead. What
-- could begin already is skipped by cursor, and until that is done claims pass the run over.
local function stepEnded(r, step)
  step[S.finished] = NOW
  r[R.open], openSteps = r[R.open] - 1, openSteps - 1
  if step[S.status] == FAILED or step[S.status] == DEAD then
    r[R.failed] = r[R.failed] + 1
    if r[R.terms].stops and r[R.stopped] == 0 and not r[R.cancel] then
      r[R.stopped] = step[S.ix] + 1
      note(r, EVENT.stopped, step[S.ix])
      unfinished(r, W.stop, 0, 0, r[R.next])
    end
  end
  endIfDone(r)
end

local function stopReason(r) return because(r, stepOf(r, r[R.stopped] - 1)) .. ', and the run stops at the first failure' end

-- True of a step that would begin although its run has stopped: not when it has begun already, nor when it, or what it is within, runs in any case.
local function isStopped(r, step)
  local status, parent = step[S.status], step[S.parent]
  if r[R.stopped] == 0 or (status ~= READY and status ~= WAITING) or step[S.trigger] == 1 or step[S.attempts] > 0 or step[S.deaths] > 0 then return false end
  while parent >= 0 do
    local group = stepOf(r, parent)
    if group[S.trigger] == 1 then return false end
    parent = group[S.parent]
  end
  return true
end

-- A step that waits for nothing more: ready, or skipped, which is not followed yet.
local function settle(r, step)
  if step[S.trigger] == 0 and step[S.broken] > 0 then
    step[S.status] = SKIPPED
    return
  end
  step[S.status], step[S.reason] = READY, ''
  if isStopped(r, step) then step[S.status], step[S.reason] = SKIPPED, stopReason(r) else addReady(r, step) end
end

-- The name of a part of a step's dependents: d, then the index, then the part if it is not the first.
local function dependentsField(ix, chunk) return chunk == 0 and fieldOf('d', ix) or 'd' .. ix .. ':' .. chunk end

-- Dependencies of a small run: source and dependent, a byte each.
local function edgesOf(r)
  local edges = r[R.edges]
  if edges then return edges end
  edges = ''
  local had = r[R.had]
  if had > 0 then
    local v, at = r[R.v], r[R.base] + had * SIZE
    edges = sub(v, at + 1, at + byte(v, at) * 2)
  end
  r[R.edges] = edges
  return edges
end

-- Whether the run still fits into one value; if not, it is taken apart for good.
local function isSmall(r)
  if not r[R.v] then return false end
  if r[R.next] <= SMALL then return true end
  local edges = edgesOf(r)
  for ix = 0, r[R.had] - 1 do
    local step = stepOf(r, ix)
    if step then step[S.moved] = true end
  end
  r[R.v] = false
  if #edges > 0 then
    local dependents, joined = own(r, R.dependents), own(r, R.joined)
    for p = 1, #edges, 2 do
      local source = byte(edges, p)
      dependents[source] = (dependents[source] or '') .. pack('>I4', byte(edges, p + 1))
      joined[fieldOf('d', source)] = dependents[source]
    end
  end
  return false
end

-- Indexes of dependents [from, to) of a step, in the order in which they joined.
local function dependentsOf(r, step, from, to)
  local list, ix = {}, step[S.ix]
  if isSmall(r) then
    local edges, n = edgesOf(r), 0
    for p = 1, #edges, 2 do
      if byte(edges, p) == ix then
        n = n + 1
        if n > from and n <= to then list[#list + 1] = byte(edges, p + 1) end
      end
    end
    return list
  end
  for chunk = floor(from / CHUNK), floor((to - 1) / CHUNK) do
    -- The first part is known by the step's index, as it came with the step; the others by their fields' names.
    local d = r[R.dependents][chunk == 0 and ix or dependentsField(ix, chunk)] or call('HGET', r[R.key], dependentsField(ix, chunk))
    for p = math.max(from, chunk * CHUNK), math.min(to, (chunk + 1) * CHUNK) - 1 do
      list[#list + 1] = unpk('>I4', d, (p - chunk * CHUNK) * 4 + 1)
    end
  end
  return list
end

local function addDependent(r, source, ix)
  if isSmall(r) then
    r[R.edges] = edgesOf(r) .. string.char(source[S.ix], ix)
  else
    local chunk = floor(source[S.fan] / CHUNK)
    local field = dependentsField(source[S.ix], chunk)
    local name = chunk == 0 and source[S.ix] or field
    local dependents = own(r, R.dependents)
    local d = dependents[name]
    if not d then
      d = source[S.fan] % CHUNK > 0 and call('HGET', r[R.key], field) or ''
    end
    d = d .. pack('>I4', ix)
    dependents[name] = d
    own(r, R.joined)[field] = d
  end
  source[S.fan] = source[S.fan] + 1
  moved(r, source)
end

-- What follows when steps end: dependents are counted down, groups close, and so on until nothing more ends, or until a batch (or what is left of one) is used up; the rest is left to a cursor. Answers
-- what is left of the batch.
local function follow(r, first, from, bound, left)
  left = left or BATCH
  -- Most steps of a wide run: nothing waits for them.
  if from >= bound and first[S.parent] < 0 then return left end
  local queue, head = { { first, from, bound } }, 1
  while queue[head] do
    local step, at, to = queue[head][1], queue[head][2], queue[head][3]
    head = head + 1
    local isBroken = step[S.status] > SUCCEEDED
    if left > 0 and at < to then
      local list = dependentsOf(r, step, at, math.min(to, at + left))
      loadSteps(r, list)
      left, at = left - #list, at + #list
      for i = 1, #list do
        local one = r[R.steps][list[i]]
        if one[S.status] == BLOCKED then
          one[S.pending] = one[S.pending] - 1
          if isBroken then
            one[S.broken] = one[S.broken] + 1
            if one[S.reason] == '' then
              one[S.reason] = because(r, step)
              -- Of what a stop has skipped, or of a group that was left without its members by it, "'x' was skipped" would not tell which failure it was.
              if r[R.stopped] > 0 and (step[S.status] == SKIPPED or step[S.reason] == stopReason(r)) then one[S.reason] = stopReason(r) end
            end
          end
          if one[S.pending] == 0 then
            settle(r, one)
            if one[S.status] == SKIPPED then
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
      unfinished(r, W.fanout, step[S.ix], at, to)
    elseif step[S.parent] >= 0 then
      local group = stepOf(r, step[S.parent])
      if group[S.status] == EXPANDED then
        left = left - 1
        group[S.openMembers] = group[S.openMembers] - 1
        if isBroken then group[S.brokenMembers] = group[S.brokenMembers] + 1 end
        if step[S.status] == FAILED or step[S.status] == DEAD or (step[S.status] == SKIPPED and r[R.stopped] > 0 and group[S.reason] == '') then group[S.reason] = step[S.reason] end
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
  return left
end

-- A step has ended, is counted by its run, and tells those that depend on it.
local function ended(r, step) follow(r, step, 0, step[S.fan]) end

-- Skips a step that a stop keeps from beginning, and all that follows from it. It stands in no list any more. Answers what is left of the batch.
local function skipStopped(r, step, left)
  step[S.status], step[S.reason] = SKIPPED, stopReason(r)
  note(r, EVENT.skipped, step[S.ix], step[S.reason])
  moved(r, step)
  stepEnded(r, step)
  return follow(r, step, 0, step[S.fan], left)
end

-- Writing ------------------------------------------------------------------------------------------------------------------------------------------------

local function each(command, key, list)
  local count = #list
  if count <= 1000 then
    if count > 0 then call(command, key, unpack(list)) end
    return
  end
  for i = 1, count, 1000 do
    call(command, key, unpack(list, i, math.min(i + 999, count)))
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

-- How many steps are where, kept for runs that have become too large to be counted whenever somebody looks (n): for each definition ten numbers, by status.
local COUNTS = '>I4I4I4I4I4I4I4I4I4I4'
local function countsOf(r)
  local n, changes = call('HGET', r[R.key], 'n'), {}
  local function change(step, status, by)
    if status == STAGED then return end
    local def = step[S.def]
    local counts = changes[def]
    if not counts then
      counts = n and { unpk(COUNTS, n .. string.rep('\0', (def + 1) * 40 - #n), def * 40 + 1) } or { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
      changes[def] = counts
    end
    counts[status + 1] = counts[status + 1] + by
  end
  if n then
    for _, step in pairs(r[R.steps]) do
      if step[S.moved] and step[S.status] ~= step[S.was] then
        change(step, step[S.was], -1)
        change(step, step[S.status], 1)
      end
    end
  else
    -- It has just become large: all that it had before is there.
    n = ''
    for _, step in pairs(r[R.steps]) do change(step, step[S.status], 1) end
  end
  for def, counts in pairs(changes) do
    n = n .. string.rep('\0', def * 40 - #n)
    n = sub(n, 1, def * 40) .. pack(COUNTS, unpack(counts, 1, 10)) .. sub(n, def * 40 + 41)
  end
  return n
end

-- What a small run has in its value besides what every run has, from the third part on. What has not changed is copied in one piece: the server reads every text that is made once more, for its hash.
local function smallParts(r, parts)
  local m, f, steps, v, base, had, head, removed = r[R.m], r[R.f] or '', r[R.steps], r[R.v], r[R.base], r[R.had], r[R.head], r[R.removed]
  if not head or heads[head][2] ~= f then head = '\1' .. pack('>I4c0I4c0', #m, m, #f, f) end
  local n, from, reasons = 3, 0, ''
  parts[3] = head
  for ix = 0, r[R.next] - 1 do
    local step, part = steps[ix], nil
    if step then
      if step[S.moved] then part = encode(step) end
      if step[S.reason] ~= '' then reasons = reasons .. pack('>BI4c0', ix, #step[S.reason], step[S.reason]) end
    elseif ix >= had or removed[ix] then
      part = HOLE
    end
    if part then
      if from < ix then
        n = n + 1
        parts[n] = sub(v, base + from * SIZE, base + ix * SIZE - 1)
      end
      n = n + 1
      parts[n], from = part, ix + 1
    end
  end
  local at, edges = base + had * SIZE, r[R.edges]
  if had > 0 and had == r[R.next] and reasons == '' and at + byte(v, at) * 2 == #v and (not edges or #edges == byte(v, at) * 2) then
    parts[n + 1] = sub(v, base + from * SIZE)
    return
  end
  if from < had then
    n = n + 1
    parts[n] = sub(v, base + from * SIZE, at - 1)
  end
  edges = edgesOf(r)
  -- Reasons of those that were not looked at.
  if had > 0 then at = at + 1 + byte(v, at) * 2 end
  while had > 0 and at <= #v do
    local ix, text
    ix, text, at = unpk('>BI4c0', v, at)
    if not steps[ix] and not removed[ix] then reasons = reasons .. pack('>BI4c0', ix, #text, text) end
  end
  parts[n + 1], parts[n + 2], parts[n + 3] = string.char(#edges / 2), edges, reasons
end

local function largeParts(r, parts)
  local out = r[R.out]
  put(r, 'n', countsOf(r))
  for ix, step in pairs(r[R.steps]) do
    if step[S.moved] then
      local n = #out
      out[n + 1], out[n + 2] = fieldOf('s', ix), encode(step) .. step[S.reason]
    end
  end
  for field, value in pairs(r[R.joined]) do put(r, field, value) end
  parts[3] = '\0'
end

-- Runs that have ended, for the lists of runs by status.
local noMore, endedSeq, endedAt, fewer = {}, { {}, {}, {} }, { {}, {}, {} }, {}

local function writeRun(r)
  local out, parts, lanes, count, u = r[R.out], { '', '' }, '', 0, r[R.u]
  -- First away, then in: what is written ahead again, after a lost answer, takes the place of what was there.
  each('HDEL', r[R.key], r[R.gone])
  if isSmall(r) then smallParts(r, parts) else largeParts(r, parts) end
  for class, lane in pairs(r[R.lanes]) do
    lanes, count = lanes .. pack(LANE, class, lane.time, lane.waiting and 1 or 0, lane.only), count + 1
  end
  -- What happened together stands together, under the number of the first, so many at most that a reader need not look far for the one that it wants.
  local notes = r[R.notes]
  for first = 1, #notes, TOGETHER do
    put(r, fieldOf('e', r[R.stored] + first), table.concat(notes, '', first, math.min(first + TOGETHER - 1, #notes)))
  end
  for i = 1, #u do lanes = lanes .. pack(WIDE, u[i].kind, u[i].ix, u[i].cursor, u[i].bound) end
  if u ~= NONE then
    if #u == 0 then call('ZREM', K.unfinished, r[R.id]) else call('ZADD', K.unfinished, 'NX', store[3] + 1, r[R.id]) end
  end
  parts[1] = pack(RUN, r[R.status], r[R.cancel] and 1 or 0, r[R.total], r[R.next], r[R.open], r[R.failed], r[R.noted], r[R.tin], r[R.tout], r[R.started], r[R.finished], r[R.seq], r[R.stopped], count, #u)
  parts[2] = lanes
  out[2] = table.concat(parts)
  each('HSET', r[R.key], out)
  if r[R.wReady] ~= NONE then writeSet(r[R.ready], r[R.wReady]) end
  if r[R.ended] then
    local t = r[R.terms]
    if t.workflow ~= UNCOUNTED then fewer[t.tenant] = (fewer[t.tenant] or 0) - 1 end
    local seqs, times = endedSeq[r[R.status]], endedAt[r[R.status]]
    noMore[#noMore + 1] = r[R.id]
    seqs[#seqs + 1], seqs[#seqs + 2] = r[R.seq], r[R.id]
    times[#times + 1], times[#times + 2] = r[R.finished], r[R.id]
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
        if r[R.changed] then writeRun(r) end
        if #r[R.u] > 0 then wide = true end
      end
    end
    if #noMore > 0 then
      each('ZREM', KEYS[RUNLISTS], noMore)
      for status = 1, 3 do
        each('ZADD', KEYS[RUNLISTS + status], endedSeq[status])
        each('ZADD', KEYS[ENDLISTS + status], endedAt[status])
      end
      for tenant, change in pairs(fewer) do call('HINCRBY', K.tenants, tenant, change) end
    end
    if next(wRing) then writeSet(K.ring, wRing) end
    each('ZREM', K.leases, freed)
    each('ZADD', K.leases, leased)
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
    local all = {}
    for field, change in pairs(wShare) do
      if change ~= 0 then
        local f = allField(field)
        all[f] = (all[f] or 0) + change
        call('HINCRBY', K.share, field, change)
      end
    end
    for field, change in pairs(all) do
      if change ~= 0 then call('HINCRBY', K.share, field, change) end
    end
    local hour = pack('>I4', floor(NOW / 3600000))
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
    if store.begun then call('HSET', K.store, 'term', store[7]) end
    if news or fresh > 0 then call('PUBLISH', sub(K.store, 1, -6) .. 'changes', '') end
  end
  return { 'ok', format('%.0f', commits) .. store.told, wide and '1' or '0' }
end
