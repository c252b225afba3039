--!keys store classes ring share leases held alone waits due suspects kept unfinished hourly hours tenants runs:0 runs:1 runs:2 runs:3 ended:1 ended:2 ended:3 dead instances expiry
--!uses session instances hand steps fence
-- What became of executions, as many as were reported together, each fenced by its epoch: running (or ready again, its lease run out and nobody else's yet) -> succeeded, expanded,
-- failed, waiting, ready; or cancelled with its run. Atomic with each: result, artifacts, added steps, dependents (blocked -> ready | skipped) and groups up to a batch, lease, ring,
-- figures, events, the run's end. Repeatable by (step, epoch). And what follows at once, if it is asked for: the step of the run that became ready goes to the instance that has reported, ready ->
-- running, unless others come before it.
--
-- Own ARGV: count of holders, their incarnations, 1 when more may begin (0 = only what was handed out before is told again), count of wishes, each its count of classes and their names (queue \0 executor), count, their heads (HEAD: run (place among the declared), index, epoch, holder (place among those before, 0 = unknown), kind, FLAGS, tokens in,
-- tokens out), then for each, the optional ones if their flag is set:
--   complete and follow: place of the wish, then as complete
--   complete: model, accepts, result (r), artifacts (a), contents (count, then hash and value), expansion (self | parent, then as steps.lua reads; or 'staged-self' | 'staged-parent', first,
--             count, then counts of arrivals: classes with their names and numbers of steps), fallback
--   fail: reason, model, retry at (ms)
--   park: reason, until (ms)
--   release: nothing.
-- Answers for each: 0 recorded | 1 lease lost | 2 discarded | what is wrong, its parts joined by \0. Then what was handed out, as a claim answers it, each with the place of its report instead of the run's.
local band = bit.band
local MODEL, ACCEPTS, RESULT, ARTIFACTS, CONTENTS, EXPANSION, RETRY, FALLBACK = 1, 2, 4, 8, 16, 32, 64, 128
local answers = {}

local function optional(flags, flag)
  if band(flags, flag) == 0 then return '' end
  AT = AT + 1
  return ARGV[AT - 1]
end

local function complete(r, step, epoch, holder, flags, tin, tout)
  local model, accepts, result, artifacts = '', '', '', ''
  local contents, contentsAt, expansion = 0, 0, ''
  if flags == RESULT then
    -- What nearly all are.
    result = argument()
  elseif flags > 0 then
    model, accepts, result, artifacts = optional(flags, MODEL), optional(flags, ACCEPTS), optional(flags, RESULT), optional(flags, ARTIFACTS)
    if band(flags, CONTENTS) > 0 then
      contents = tonumber(argument())
      contentsAt = AT
      AT = AT + contents * 2
    end
    expansion = optional(flags, EXPANSION)
  end
  local new, first, count, arrivals = nil, 0, 0, NONE
  if expansion == 'self' or expansion == 'parent' then
    new = readSteps()
    count = #new.steps
  elseif expansion ~= '' then
    first, count, arrivals = tonumber(ARGV[AT]), tonumber(ARGV[AT + 1]), {}
    for i = 1, tonumber(ARGV[AT + 2]) do arrivals[i] = { ARGV[AT + 1 + i * 2], tonumber(ARGV[AT + 2 + i * 2]) } end
    AT = AT + 3 + #arrivals * 2
    expansion = sub(expansion, 8)
  end
  local fallback = flags >= FALLBACK and optional(flags, FALLBACK) or ''
  if not r then return LOST end
  local answer = fence(r, step, epoch, holder)
  if answer then return answer end

  -- Everything that can be refused is looked at before the first change.
  local group, outside, stale, wrong
  if count > 0 then
    group = step
    if expansion == 'parent' then
      group = step[S.parent] >= 0 and stepOf(r, step[S.parent]) or nil
      if not group or group[S.status] ~= EXPANDED then return 'group' end
    end
    wrong = checkBound(r, count)
    if not wrong and new then
      outside, wrong = findOutside(r, new)
      wrong = wrong or checkGroup(r, group, new, outside)
      if not wrong then wrong, stale = checkKeys(r, new, 1, count, nil) end
    end
    if wrong then return table.concat(wrong, '\0') end
  end
  local accepted
  if accepts ~= '' then
    accepted = stepByKey(r, accepts)
    if not accepted or step[S.parent] < 0 or (accepted[S.parent] ~= step[S.parent] and accepted[S.ix] ~= step[S.parent]) then return 'accepts\0' .. accepts end
  end

  for i = 0, contents - 1 do put(r, 'c' .. ARGV[contentsAt + i * 2], ARGV[contentsAt + i * 2 + 1]) end
  if result ~= '' then put(r, fieldOf('r', step[S.ix]), result) end
  if artifacts ~= '' then put(r, 'a' .. step[S.ix], artifacts) end
  leaveHands(r, step)
  local into = expansion == 'self' and count or 0
  step[S.status], step[S.recorded], step[S.reason] = into > 0 and EXPANDED or SUCCEEDED, step[S.epoch], ''
  step[S.openMembers], step[S.brokenMembers], step[S.accepted], step[S.finished] = into, 0, -1, 0
  spend(r, step, tin, tout)
  moved(r, step)
  if fallback ~= '' then note(r, EVENT.fallback, step[S.ix], fallback) end
  note(r, into > 0 and EVENT.expanded or EVENT.succeeded, step[S.ix])
  local f = served(r, step, model, tin, tout)
  f[2] = f[2] + 1
  if accepted then
    local parent = stepOf(r, step[S.parent])
    parent[S.accepted] = accepted[S.ix]
    moved(r, parent)
  end
  -- What joins with this report knows already that the step has ended, and is not to be told once more.
  local fan = step[S.fan]
  if count > 0 then
    if group ~= step then
      group[S.openMembers] = group[S.openMembers] + count
      moved(r, group)
    end
    if new then
      removeStale(r, stale)
      prepare(r, new)
      addSteps(r, new, group[S.ix], outside)
    else
      for i = 1, #arrivals do
        local a = figuresOf(r[R.terms], arrivals[i][1], '')
        a[1] = a[1] + arrivals[i][2]
      end
      added(r, count)
      unfinished(r, W.unfold, first, first, first + count)
    end
  end
  if step[S.status] == SUCCEEDED then
    stepEnded(r, step)
    follow(r, step, 0, fan)
  end
  return RECORDED
end

local function fail(r, step, epoch, holder, flags, tin, tout)
  local reason, model, retry = argument(), optional(flags, MODEL), optional(flags, RETRY)
  if not r then return LOST end
  local answer = fence(r, step, epoch, holder)
  if answer then return answer end
  leaveHands(r, step)
  step[S.attempts], step[S.recorded], step[S.reason] = step[S.attempts] + 1, epoch, reason
  spend(r, step, tin, tout)
  moved(r, step)
  local f = served(r, step, model, tin, tout)
  if retry ~= '' then
    step[S.status] = WAITING
    await(r, step, tonumber(retry))
    note(r, EVENT.retried, step[S.ix], reason)
    return RECORDED
  end
  step[S.status] = FAILED
  note(r, EVENT.failed, step[S.ix], reason)
  f[3] = f[3] + 1
  stepEnded(r, step)
  ended(r, step)
  return RECORDED
end

local function park(r, step, epoch, holder)
  local reason, due = argument(), tonumber(argument())
  if not r then return LOST end
  local answer = fence(r, step, epoch, holder)
  if answer then return answer end
  leaveHands(r, step)
  step[S.status], step[S.recorded], step[S.reason] = WAITING, epoch, reason
  moved(r, step)
  served(r, step, '', 0, 0)
  note(r, EVENT.parked, step[S.ix], reason)
  if isStopped(r, step) then skipStopped(r, step) else await(r, step, due) end
  return RECORDED
end

local function release(r, step, epoch, holder)
  if not r then return LOST end
  local answer = fence(r, step, epoch, holder)
  if answer then return answer end
  handBack(r, step)
  return RECORDED
end

-- What follows at once ------------------------------------------------------------------------------------------------------------------------------------

-- How many steps a run may be ahead of those in front of it, because it is under way: so that a chain of three ends before others begin. One more than it takes, because strides shrink as a tenant's runs end.
local AHEAD = 3

-- What instances could go on with, and the reports by which a run could go on.
local wishes, following = {}, {}

local function completeAndFollow(r, step, epoch, holder, flags, tin, tout, place)
  local wish = wishes[tonumber(argument())]
  local isRepeat = step and step[S.recorded] == epoch
  local answer = complete(r, step, epoch, holder, flags, tin, tout)
  if answer == RECORDED then following[#following + 1] = { r, step, wish, holder, place, isRepeat } end
  return answer
end

-- Classes of a wish that the store knows, each with what stands in front of its ring, of what was there and of what these reports bring; and whether a suspect waits there.
local fronts = {}
local function frontsOf(wish)
  if wish.classes then return wish.classes end
  local list = {}
  for i = 1, #wish do
    local front = fronts[wish[i]]
    if front == nil then
      local no = call('HGET', K.classes, 'n' .. wish[i])
      front = no and { no = tonumber(no), class = classOf(tonumber(no)) }
      if front then
        local page = call('ZRANGEBYLEX', K.ring, '[' .. pack('>H', front.no), '(' .. pack('>H', front.no + 1), 'LIMIT', 0, 16)
        for p = 1, #page do
          -- One that these reports have moved is in front no more; when all of them have been, the last of them stands for those behind.
          if wRing[page[p]] ~= false or p == #page then
            front.rank, front.time = unpk('>I4I8', page[p], 3)
            break
          end
        end
        for member, there in pairs(wRing) do
          if there and unpk('>H', member) == front.no then
            local rank, time = unpk('>I4I8', member, 3)
            if not front.rank or rank < front.rank or (rank == front.rank and time < front.time) then front.rank, front.time = rank, time end
          end
        end
        front.suspect = call('EXISTS', K.suspects) == 1 and #call('ZRANGEBYLEX', K.suspects, '[' .. pack('>H', front.no), '(' .. pack('>H', front.no + 1), 'LIMIT', 0, 1) > 0
      end
      fronts[wish[i]] = front or false
    end
    if front then list[#list + 1] = { i, front } end
  end
  wish.classes = list
  return list
end

local function isBefore(r, time, class, stride, classes)
  local rank = r[R.terms].rank + BIAS
  for i = 1, #classes do
    local front = classes[i][2]
    if front.suspect or (front.rank and (front.rank < rank or (front.rank == rank and time - class.clock > front.time - front.class.clock + AHEAD * stride))) then return false end
  end
  return true
end

-- What a claim would do before it hands anything out comes first: that is left to a claim.
local function mayFollow()
  return #call('ZRANGEBYSCORE', K.due, '-inf', NOW, 'LIMIT', 0, 1) == 0 and #silentOwners() == 0
end

local function loadConstants(r, ix)
  own(r, R.constants)[ix] = call('HGET', r[R.key], fieldOf('x', ix))
  r[R.f] = r[R.f] or call('HGET', r[R.key], 'f')
end

local shares, followed = {}, 0
local function follows(r, done, wish, me, place)
  -- Its steps are skipped, or cancelled; and in the place of one that had lost its lease something else may be running.
  if r[R.status] ~= 0 or r[R.cancel] or r[R.stopped] > 0 or done[S.was] ~= RUNNING then return end
  local classes = frontsOf(wish)
  for i = 1, #classes do
    local front = classes[i][2]
    local no = front.no
    local lane = r[R.lanes][no]
    -- Only what became ready by these reports: an older one may be executing at this very instance, if its lease had run out.
    local step = lane and lane.waiting and lane.only > 0 and stepOf(r, lane.only - 1)
    if step and step[S.was] == BLOCKED then
      local f, weight = shareField(r, no), r[R.terms].weight
      shares[f] = shares[f] or tonumber(call('HGET', K.share, f) or 0)
      local stride = strideOf(math.max(weight, shares[f] + (wShare[f] or 0)) / weight, r[R.terms])
      if isBefore(r, lane.time, front.class, stride, classes) then
        loadConstants(r, step[S.ix])
        if lane.time >= (front.served or front.class.clock) then front.served, front.servedRank = lane.time, r[R.terms].rank + BIAS end
        setLane(r, no, lane.time + stride, false, 0)
        fresh = fresh - 1
        handOut(r, place, step, front.class.executor, classes[i][1], me.owner)
        -- For a repeat, which is to be given the same.
        done[S.due] = step[S.epoch] * 4294967296 + step[S.ix] + 1
        followed = followed + 1
        return
      end
    end
  end
end

-- The caller has never heard of what was handed out with the report.
local function followsAgain(r, done, wish, me, place)
  if done[S.due] == 0 or done[S.status] ~= SUCCEEDED then return end
  local step = stepOf(r, done[S.due] % 4294967296 - 1)
  if step[S.status] ~= RUNNING or step[S.owner] ~= me.owner or step[S.epoch] ~= floor(done[S.due] / 4294967296) then return end
  local classes = frontsOf(wish)
  for i = 1, #classes do
    if classes[i][2].no == step[S.class] then
      loadConstants(r, step[S.ix])
      tell(r, place, step, classes[i][1])
      followed = followed + 1
    end
  end
end

local HEAD, HEADSIZE = '>HI4I4BBBI8I8', 29
local kinds, holders = { complete, fail, park, release, completeAndFollow }, {}
for i = 1, tonumber(argument()) do holders[i] = argument() end
local begins = argument() == '1'
for i = 1, tonumber(argument()) do
  wishes[i] = {}
  for j = 1, tonumber(argument()) do wishes[i][j] = argument() end
end
local count, heads = tonumber(argument()), argument()
-- All that a run is told of is read together.
local asked = {}
for i = 1, count do
  local run, ix = unpk('>HI4', heads, (i - 1) * HEADSIZE + 1)
  local list = asked[run]
  if list then list[#list + 1] = ix else asked[run] = { ix } end
end
for i = 1, count do
  local run, ix, epoch, holder, kind, flags, tin, tout = unpk(HEAD, heads, (i - 1) * HEADSIZE + 1)
  local r = runOf(run, asked[run])
  local step = r and stepOf(r, ix)
  answers[i] = kinds[kind](step and r, step, epoch, holders[holder], flags, tin, tout, i)
end

local may, alive = nil, {}
for i = 1, #following do
  local r, done, wish, holder, place, isRepeat = unpack(following[i])
  local me = alive[holder]
  if me == nil then
    me = instanceOf(holder) or false
    alive[holder] = me
  end
  if me and isRepeat then
    followsAgain(r, done, wish, me, place)
  elseif me and begins and me.expires > NOW then
    if may == nil then may = mayFollow() end
    if may then follows(r, done, wish, me, place) end
  end
end
local served = {}
for _, front in pairs(fronts) do
  if front and front.served then
    front.served = clockAfter(front.class, front.served, front.servedRank, front.rank, front.time)
    served[#served + 1] = front
  end
end

local reply = commit()
writeClocks(served)
local n = 3
for i = 1, count do reply[n + i] = answers[i] end
if followed == 0 then return reply end
n = n + count
reply[n + 1] = tostring(#names)
for i = 1, #names do reply[n + 1 + i] = names[i] end
n = n + 2 + #names
reply[n] = tostring(followed)
for i = 1, #out do reply[n + i] = out[i] end
return reply
