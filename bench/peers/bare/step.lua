-- The least that a durable step costs in one atomic call: look at its run, change it, add an event, queue the next step, take this one from the queue.
-- No dependencies, no fences, no results by hash, no fair share.
local version = redis.call('HGET', KEYS[2], 'v')
if version == ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[2], 'v', 1, 'st', ARGV[2], 's', 1)
redis.call('RPUSH', KEYS[3], ARGV[3])
local id = redis.call('XADD', KEYS[1], '*', 'r', '1', 'd', ARGV[4])
redis.call('XACK', KEYS[1], 'g', id)
redis.call('XDEL', KEYS[1], id)
return 1
