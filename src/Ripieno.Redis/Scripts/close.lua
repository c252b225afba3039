--!keys store
--!uses session
-- Closes the partition, because its runs go on in another store, or opens it again. Atomic with the mark: nothing. From then on scripts refuse, as session.lua says.
--
-- Own ARGV: target, or '' to open it again.
-- Answers open | closed: the mark ('>I8' when, ms, then the target) | other: the mark, when it is closed for another target; with open, 1 when it was closed before.
local target, mark = argument(), store[6]
if target ~= '' and mark then return { 'ok', store.ok, '0', sub(mark, 9) == target and 'closed' or 'other', mark } end
if target == '' and not mark then return { 'ok', store.ok, '0', 'open', '0' } end
dirty, news = true, true
local reply = commit()
if target == '' then
  call('HDEL', K.store, 'closed')
  reply[4], reply[5] = 'open', '1'
else
  mark = pack('>I8', NOW) .. target
  call('HSET', K.store, 'closed', mark)
  reply[4], reply[5] = 'closed', mark
end
return reply
