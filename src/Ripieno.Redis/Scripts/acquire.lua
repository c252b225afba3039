--!keys store instances permits limits rates cooling
--!uses session instances limits rates
-- Takes part of a limit that all instances share, until a time, and counts it into the limit's rates. Repeatable by the permit's name. Permits whose time is over are cleared away; those of an instance whose
-- registration has run out do not count, but stay: it may come back in time (keep.lua).
--
-- Own ARGV: incarnation, permit, limit, capacity (0 = none), weight, duration (ms), requests a minute, tokens a minute (0 = any number), tokens. Answers gone | given | full | paced: ms | cooling: ms, reason.
local me, name, limit, capacity, weight, duration = instanceOf(argument()), argument(), argument(), tonumber(argument()), tonumber(argument()), tonumber(argument())
local requests, most, tokens = tonumber(argument()), tonumber(argument()), tonumber(argument())
if not me or me.expires <= NOW then return { 'ok', store.ok, '0', 'gone' } end
local own = permitOf(name)
if own and own.expires > NOW then return { 'ok', store.ok, '0', 'given' } end
local cooling = call('HGET', K.cooling, limit)
if cooling then
  local till = unpk('>I8', cooling)
  if till > NOW then return { 'ok', store.ok, '0', 'cooling', format('%.0f', till - NOW), sub(cooling, 9) } end
end
if most > 0 and tokens > most then tokens = most end

local members, over, held, reserved, second = permitsOf(limit), { own }, 0, 0, floor(NOW / 1000)
for i = 1, #members do
  local p = permitOf(sub(members[i], #limit + 2))
  if p.second > second - WINDOW then reserved = reserved + p.tokens end
  if p.expires <= NOW then
    if p.name ~= name then over[#over + 1] = p end
  elseif isLive(p.owner) then
    held = held + p.weight
  end
end

local uses = usesOf(limit)
local byRequests = freeAt(uses, 2, 1, requests)
local byTokens, excess = freeAt(uses, 3, tokens, most)
-- Only what calls under way have reserved stands in the way: they may give it back at any moment.
if byTokens and byTokens > NOW + SETTLING and excess - reserved <= 0 then byTokens = NOW + SETTLING end
if byRequests or byTokens then return { 'ok', store.ok, '0', 'paced', format('%.0f', math.max(byRequests or 0, byTokens or 0) - NOW) } end
if capacity > 0 and held + weight > capacity then return { 'ok', store.ok, '0', 'full' } end

count(uses, 1, tokens)
dirty = true
local reply = commit()
for i = 1, #over do removePermit(over[i]) end
call('HSET', K.permits, name, pack(PERMIT, weight, me.owner, NOW + duration, capacity, second, tokens) .. limit)
call('ZADD', K.limits, 0, limit .. '\0' .. name)
writeUses(limit, pack(ALLOWANCE, capacity, requests, most, NOW), uses)
reply[4] = 'given'
return reply
