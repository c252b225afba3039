--!keys store instances reports drains
--!uses session instances
-- What an instance tells of itself, for people and figures: in the first partition only. No commit is counted, so that a hundred instances that do this wake nobody; nothing else hangs on it.
--
-- Own ARGV: incarnation, report. Answers gone | told: 1 when it was asked to drain, else 0.
local incarnation = ARGV[AT]
if not instanceOf(incarnation) then return { 'ok', store.ok, '0', 'gone' } end
call('HSET', K.reports, incarnation, pack('>I8', NOW) .. ARGV[AT + 1])
return { 'ok', store.ok, '0', 'told', tostring(call('HEXISTS', K.drains, incarnation)) }
