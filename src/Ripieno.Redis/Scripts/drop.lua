--!keys store drafts
--!uses session
-- Drops drafts of runs that never appeared; their keys go off the server's main thread.
--
-- KEYS of runs: for each its draft. Own ARGV: count, ids of the runs. Answers how many there were.
local dropped, count = 0, tonumber(argument())
dirty = true
local reply = commit()
for i = 1, count do
  dropped = dropped + call('HDEL', K.drafts, argument())
  call('UNLINK', KEYS[FIRST + (i - 1) * 2], KEYS[FIRST + (i - 1) * 2 + 1])
end
reply[4] = tostring(dropped)
return reply
