-- What was used of a limit, by seconds. No 60 s have more than the limit: a second counts until one more has passed than the 60 and itself, for the way to the server.

-- Entries that still count, oldest first, each { second, requests, tokens }.
local function usesOf(limit)
  local record, second, uses = call('HGET', K.rates, limit), floor(NOW / 1000), {}
  if record then
    for at = 21, #record, 12 do
      local use = { unpk(USE, record, at) }
      if use[1] > second - WINDOW and use[1] < second + WINDOW then uses[#uses + 1] = use end
    end
  end
  return uses, record
end

local function count(uses, requests, tokens)
  local second, at = floor(NOW / 1000), #uses
  while at > 0 and uses[at][1] > second do at = at - 1 end
  if at == 0 or uses[at][1] ~= second then
    at = at + 1
    table.insert(uses, at, { second, 0, 0 })
  end
  uses[at][2], uses[at][3] = uses[at][2] + requests, uses[at][3] + tokens
end

local function writeUses(limit, head, uses)
  local parts = { head }
  for i = 1, #uses do parts[i + 1] = pack(USE, uses[i][1], uses[i][2], uses[i][3]) end
  call('HSET', K.rates, limit, table.concat(parts))
end

-- When enough of what was used counts no longer; nil = there is room now. Which: 2 = requests, 3 = tokens.
local function freeAt(uses, which, wanted, limit)
  if limit == 0 then return nil end
  local over = wanted - limit
  for i = 1, #uses do over = over + uses[i][which] end
  if over <= 0 then return nil, over end
  local left = over
  for i = 1, #uses do
    left = left - uses[i][which]
    if left <= 0 then return (uses[i][1] + WINDOW) * 1000, over end
  end
  return nil, over
end
