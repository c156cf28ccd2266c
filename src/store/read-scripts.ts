/** Owns the Lua that only looks: sent as scripts, since what may write is answered by the primary (see redis.ts). */

import { defineScript } from './lua.ts'

/** KEYS: any strings. Returns their values, null where missing. */
export const readValues = defineScript(`return redis.call('MGET', unpack(KEYS))`)

/** KEYS: any hashes. Returns for each: how many texts follow, then its fields and values. */
export const readHashes = defineScript(`
local answer = {}
for i = 1, #KEYS do
  local hash = redis.call('HGETALL', KEYS[i])
  answer[#answer + 1] = #hash
  for j = 1, #hash do answer[#answer + 1] = hash[j] end
end
return answer
`)

/** KEYS 1 a sorted set. ARGV 1 first, 2 last rank. Returns the members between, lowest score first. */
export const readRange = defineScript(`return redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[2])`)

/** KEYS 1 a sorted set. ARGV 1 first, 2 last rank from the top. Returns how many it has, then the members between. */
export const readTop = defineScript(`
local answer = { redis.call('ZCARD', KEYS[1]) }
local members = redis.call('ZREVRANGE', KEYS[1], ARGV[1], ARGV[2])
for i = 1, #members do answer[#answer + 1] = members[i] end
return answer
`)

/** KEYS 1 a sorted set of one score. ARGV 1 lowest, 2 highest member, 3 offset, 4 count. Returns how many fit, then the page. */
export const readLexical = defineScript(`
local answer = { redis.call('ZLEXCOUNT', KEYS[1], ARGV[1], ARGV[2]) }
local members = redis.call('ZRANGEBYLEX', KEYS[1], ARGV[1], ARGV[2], 'LIMIT', ARGV[3], ARGV[4])
for i = 1, #members do answer[#answer + 1] = members[i] end
return answer
`)

/** KEYS 1 a stream. ARGV 1 the newest id wanted or '+', 2 how many. Returns for each entry: id, how many texts, then those. */
export const readNewest = defineScript(`
local answer = {}
local entries = redis.call('XREVRANGE', KEYS[1], ARGV[1], '-', 'COUNT', ARGV[2])
for i = 1, #entries do
  local id, texts = entries[i][1], entries[i][2]
  answer[#answer + 1] = id
  answer[#answer + 1] = #texts
  for j = 1, #texts do answer[#answer + 1] = texts[j] end
end
return answer
`)

/** KEYS 1 a stream. ARGV 1 most entries, 2 texts an entry, then the texts of each. Returns 'appended' */
export const appendEntries = defineScript(`
local width = tonumber(ARGV[2])
for first = 3, #ARGV, width do
  local entry = { 'XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*' }
  for i = first, first + width - 1 do entry[#entry + 1] = ARGV[i] end
  redis.call(unpack(entry))
end
return 'appended'
`)
