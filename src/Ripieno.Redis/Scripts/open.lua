--!keys store
-- Makes a partition, or says what is there. The only script that expects no identity.
--
-- ARGV: identity for a new one ('' = make none), schema, partitions, time in ms or ''.
-- Answers identity, schema, partitions, commits, made (1 | 0); nothing when there is none.
local store = KEYS[1]
local made = '0'
if redis.call('EXISTS', store) == 0 then
  if ARGV[1] == '' then return {} end
  local now = ARGV[4]
  if now == '' then
    local t = redis.call('TIME')
    now = string.format('%.0f', t[1] * 1000 + math.floor(t[2] / 1000))
  end
  redis.call('HSET', store, 'identity', ARGV[1], 'schema', ARGV[2], 'partitions', ARGV[3], 'created', now, 'commits', 0, 'at', now, 'open', 0, 'seq', 0, 'owner', 0, 'class', 0)
  made = '1'
end
local h = redis.call('HMGET', store, 'identity', 'schema', 'partitions', 'commits')
return { h[1] or '', h[2] or '', h[3] or '', h[4] or '0', made }
