--!keys store permits limits
--!uses session
-- Gives a permit back. One that is not there is no error.
--
-- Own ARGV: permit. Answers nothing.
local record = call('HGET', K.permits, ARGV[AT])
if not record then return { 'ok', store.ok, '0' } end
dirty = true
local reply = commit()
call('HDEL', K.permits, ARGV[AT])
call('ZREM', K.limits, sub(record, 17) .. '\0' .. ARGV[AT])
return reply
