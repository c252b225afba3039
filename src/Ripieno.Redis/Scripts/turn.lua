--!keys store turns
--!uses session
-- Whose turn it is: the next number of a sequence.
--
-- Own ARGV: name of the sequence. Answers the number.
dirty = true
local reply = commit()
reply[4] = tostring(call('HINCRBY', K.turns, ARGV[AT], 1) - 1)
return reply
