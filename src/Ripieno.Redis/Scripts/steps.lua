-- Steps on their way into a run: read from ARGV, checked, added. C# has looked for keys that are there twice and for circles.

-- Reads at AT: definitions, classes (queue \0 executor), keys outside, contents (hash, value), steps (key, head, dependencies); each list with its count before it.
-- A head is '>HHBi4B': definition and class by their place in the lists, trigger, rank, input (0 = none, 1 = by hash, 2 = here), its hash, then, if it is here, its length (u2) and itself.
-- A dependency is an i4: an offset among these steps, or -1 - place among the keys outside.
local function readSteps()
  local new = { defs = {}, classes = {}, outside = {}, contents = {}, steps = {} }
  local function list(into, width)
    local count = tonumber(ARGV[AT])
    AT = AT + 1
    for i = 1, count do
      if width == 1 then into[i] = ARGV[AT] else
        local one = {}
        for j = 1, width do one[j] = ARGV[AT + j - 1] end
        into[i] = one
      end
      AT = AT + width
    end
  end
  list(new.defs, 1)
  list(new.classes, 1)
  list(new.outside, 1)
  list(new.contents, 2)
  list(new.steps, 3)
  return new
end

-- The steps outside that these depend on: list, or nil and what is wrong.
local function findOutside(r, new)
  local found = {}
  for i = 1, #new.outside do
    local step = stepByKey(r, new.outside[i])
    -- One that was written ahead is there as soon as its expansion is committed, unfolded or not.
    if not step or (step[S.status] == STAGED and not isUnfolding(r, step[S.ix])) then return nil, { 'unknown', new.outside[i] } end
    found[i] = step
  end
  return found
end

-- The group will wait for its new members: one of them that waits for the group, directly or not, would let neither end.
local function checkGroup(r, group, new, outside)
  local suspects, any = {}, false
  for i = 1, #outside do
    local status = outside[i][S.status]
    -- Only these can be waiting for something; a step that is running or ready waits for nothing.
    if outside[i] == group or status == BLOCKED or status == EXPANDED or status == STAGED then
      suspects[outside[i][S.ix]], any = new.outside[i], true
    end
  end
  if not any then return nil end
  local seen, queue, head = { [group[S.ix]] = true }, { group }, 1
  while queue[head] do
    local step = queue[head]
    head = head + 1
    if suspects[step[S.ix]] then return { 'waits', suspects[step[S.ix]], keyOf(r, group[S.ix]) } end
    local waits = step[S.fan] > 0 and dependentsOf(r, step, 0, step[S.fan]) or {}
    if step[S.parent] >= 0 then waits[#waits + 1] = step[S.parent] end
    for i = 1, #waits, 500 do loadSteps(r, { unpack(waits, i, math.min(i + 499, #waits)) }) end
    for i = 1, #waits do
      if not seen[waits[i]] then
        seen[waits[i]] = true
        queue[#queue + 1] = r[R.steps][waits[i]]
      end
    end
  end
  return nil
end

local function checkBound(r, count)
  if r[R.total] + count > r[R.terms].maxSteps then return { 'many', tostring(r[R.total] + count), tostring(r[R.terms].maxSteps) } end
end

-- A staged step that will not be committed by who wrote it: by an older execution, or by the lease that begins again.
local function mayReplace(r, step, lease)
  if step[S.status] ~= STAGED or isUnfolding(r, step[S.ix]) then return false end
  local writer = stepOf(r, step[S.accepted])
  return step[S.accepted] == lease or writer[S.epoch] ~= step[S.recorded] or writer[S.recorded] == step[S.recorded] or writer[S.status] >= SUCCEEDED
end

-- Looks whether the keys of steps [from, to] are free. Answers what is wrong, or nil and the steps of these keys that were written ahead and given up.
local function checkKeys(r, new, from, to, lease)
  local stale = {}
  for first = from, to, 500 do
    local fields = {}
    for i = first, math.min(first + 499, to) do fields[#fields + 1] = 'k' .. new.steps[i][1] end
    local found = #fields > 0 and call('HMGET', r[R.key], unpack(fields)) or {}
    for i = 1, #fields do
      if found[i] then
        local step = stepOf(r, tonumber(found[i]))
        if not mayReplace(r, step, lease) then return { 'twice', new.steps[first + i - 1][1] } end
        stale[#stale + 1] = step
      end
    end
  end
  return nil, stale
end

local function removeStale(r, stale)
  for i = 1, #stale do
    local ix = stale[i][S.ix]
    takeAway(r, fieldOf('s', ix))
    takeAway(r, fieldOf('x', ix))
    r[R.steps][ix], own(r, R.removed)[ix] = nil, true
  end
end

-- Numbers of the definitions in the run, new ones added.
local function numberDefinitions(r, names)
  local f = r[R.f] or call('HGET', r[R.key], 'f') or ''
  local known, count, at = {}, 0, 1
  while at <= #f do
    local name
    name, at = unpk('>Hc0', f, at)
    known[name] = count
    count = count + 1
  end
  local out, grown = {}, false
  for i = 1, #names do
    if not known[names[i]] then
      known[names[i]] = count
      count = count + 1
      f = f .. pack('>H', #names[i]) .. names[i]
      grown = true
    end
    out[i] = known[names[i]]
  end
  r[R.f] = f
  if grown then put(r, 'f', f) end
  return out
end

local function prepare(r, new)
  new.def, new.class = numberDefinitions(r, new.defs), {}
  for i = 1, #new.classes do new.class[i] = classNumber(new.classes[i]) end
  for i = 1, #new.contents do put(r, 'c' .. new.contents[i][1], new.contents[i][2]) end
end

-- A new step's table and constants; its dependencies by index are 'sources'.
local function makeStep(r, new, i, ix, parent, sources)
  local key, head = new.steps[i][1], new.steps[i][2]
  local def, class, trigger, rank, input = unpk('>HHBi4B', head)
  local x = { pack('>H', #key), key, sub(head, 10) }
  for j = 1, #sources do x[#x + 1] = pack('>I4', sources[j]) end
  x = table.concat(x)
  own(r, R.constants)[ix] = x
  put(r, fieldOf('x', ix), x)
  put(r, 'k' .. key, ix)
  if input == 2 then put(r, 'h' .. sub(head, 11, 42), ix) end
  local step = { ix, true, STAGED, '', BLOCKED, trigger, new.def[def], new.class[class], 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, parent, rank, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
  r[R.steps][ix] = step
  moved(r, step)
  return step
end

-- Indexes of what the i-th step depends on; first = index of the first of these steps.
local function sourcesOf(new, i, first, outside)
  local deps, sources = new.steps[i][3], {}
  for p = 1, #deps, 4 do
    local d = unpk('>i4', deps, p)
    sources[#sources + 1] = d >= 0 and first + d or outside[-d][S.ix]
  end
  return sources
end

local function arrived(r, new)
  local counts = {}
  for i = 1, #new.steps do
    local _, class = unpk('>HH', new.steps[i][2])
    counts[class] = (counts[class] or 0) + 1
  end
  for class, count in pairs(counts) do
    local f = figuresOf(r[R.terms], string.match(new.classes[class], '%z(.*)$'), '')
    f[1] = f[1] + count
  end
end

-- Adds all of them, checked before.
local function addSteps(r, new, parent, outside)
  local first, count, skipped = r[R.next], #new.steps, {}
  r[R.next] = first + count
  local sources = {}
  for i = 1, count do
    local ix = first + i - 1
    sources[i] = sourcesOf(new, i, first, outside)
    local step = makeStep(r, new, i, ix, parent, sources[i])
    local cause
    for j = 1, #sources[i] do
      local source = sources[i][j] < first and r[R.steps][sources[i][j]]
      if not source or source[S.status] < SUCCEEDED or source[S.status] == STAGED then
        step[S.pending] = step[S.pending] + 1
      elseif source[S.status] > SUCCEEDED then
        step[S.broken] = step[S.broken] + 1
        cause = cause or source
      end
    end
    if cause then step[S.reason] = because(r, cause) end
    if step[S.pending] == 0 then
      settle(r, step)
      if step[S.status] == SKIPPED then skipped[#skipped + 1] = step end
    end
  end
  for i = 1, count do
    for j = 1, #sources[i] do addDependent(r, r[R.steps][sources[i][j]], first + i - 1) end
  end
  arrived(r, new)
  added(r, count)
  -- Only once all are there, because skipping looks for dependents.
  for i = 1, #skipped do
    note(r, EVENT.skipped, skipped[i][S.ix], skipped[i][S.reason])
    stepEnded(r, skipped[i])
    ended(r, skipped[i])
  end
end
