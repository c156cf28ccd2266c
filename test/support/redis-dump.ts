/** Owns a fast look at all that a test's Redis holds but the limiter's counters: one command, so that it can be taken often. */

import type { RedisCase } from './redis-case.ts'

/** Without a `#!` line, so that it may touch keys that are not in KEYS. For tests only: the product sends no such script. */
const DUMP = `
local answer = {}
local names = redis.call('KEYS', '*')
table.sort(names)
for i = 1, #names do
  local name = names[i]
  if string.sub(name, 1, 6) ~= 'limit:' then
    local kind = redis.call('TYPE', name)
    if type(kind) == 'table' then kind = kind.ok end
    answer[#answer + 1] = name
    if kind == 'string' then answer[#answer + 1] = redis.call('GET', name)
    elseif kind == 'hash' then answer[#answer + 1] = table.concat(redis.call('HGETALL', name), ' ')
    elseif kind == 'set' then answer[#answer + 1] = table.concat(redis.call('SMEMBERS', name), ' ')
    elseif kind == 'zset' then
      answer[#answer + 1] = table.concat(redis.call('ZRANGE', name, 0, -1, 'WITHSCORES'), ' ')
    else answer[#answer + 1] = #redis.call('XREVRANGE', name, '+', '-') end
  end
end
return answer
`

/** Each key, then its value as text; of a stream, how many entries it has. */
export async function dump(redis: RedisCase): Promise<unknown> {
  return redis.look('EVAL', DUMP, 0)
}
