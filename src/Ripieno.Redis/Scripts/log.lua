--!keys store
--!uses session
-- Adds lines to the logs of runs, of each of which the newest stay. The run must be there, so that a log never outlives its run: what deletes one takes both in one script. No commit is counted, so
-- that instances which log wake nobody; nothing else hangs on it.
--
-- KEYS after the runs': their logs, in the same order; last the note of the origin's last batch, for a repeat, which is kept for an hour.
-- Own ARGV: number of the batch, lines that a log keeps, number of lines, then for each the place of its run among the runs, body. Answers added | repeated.
local memory = KEYS[#KEYS]
local number, most, count = argument(), tonumber(argument()), tonumber(argument())
local before = call('GET', memory)
if before and tonumber(before) >= tonumber(number) then return { 'ok', store.ok, '0', 'repeated' } end
local lines, last = {}, {}
for i = 1, RUNS do
  if call('EXISTS', KEYS[FIRST + (i - 1) * 2]) == 1 then
    local line = call('LINDEX', KEYS[FIRST + RUNS * 2 + i - 1], -1)
    lines[i], last[i] = {}, line and unpk('>I4', line) or 0
  end
end
for _ = 1, count do
  local i, body = tonumber(argument()), argument()
  if lines[i] then
    last[i] = last[i] + 1
    lines[i][#lines[i] + 1] = pack('>I4', last[i]) .. body
  end
end
for i, added in pairs(lines) do
  if #added > 0 then
    local key = KEYS[FIRST + RUNS * 2 + i - 1]
    call('RPUSH', key, unpack(added))
    call('LTRIM', key, -most, -1)
  end
end
call('SET', memory, number, 'EX', 3600)
return { 'ok', store.ok, '0', 'added' }
