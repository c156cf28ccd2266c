/** Owns the Lua that only reads. Scripts, since a script may write, so the primary answers it and no replica (see redis.ts). */

import { defineScript } from './script.ts'

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

/**
 * KEYS 1 a status list, 2 its realm version, 3 token_version, 4 its ended tokens. ARGV 1 now.
 * Returns {the bits, 'whole' or 'void', …ids of ended tokens}, or {} when there is no such list
 */
export const readStatusList = defineScript(`
local bits, realm = redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2])
if not bits or not realm then return {} end
local answer = { bits, redis.call('GET', KEYS[3]) == realm and 'whole' or 'void' }
local ended = redis.call('ZRANGEBYSCORE', KEYS[4], ARGV[1], '+inf')
for i = 1, #ended do answer[#answer + 1] = ended[i] end
return answer
`)

/**
 * One snapshot; as a script, so that the primary answers.
 *
 * KEYS 1 session:<sid>, 2 its detail, 3 token_version:<uid>, 4 token_version
 * Returns {} when there is no such session, else mark, the two versions, client, generation, and its three times
 */
export const readRefreshFacts = defineScript(`
local mark, user_version, realm_version = redis.call('GET', KEYS[1]), redis.call('GET', KEYS[3]), redis.call('GET', KEYS[4])
local generation = redis.call('HGET', KEYS[2], 'generation')
if not mark or not user_version or not realm_version or not generation then return {} end
return { mark, user_version, realm_version, redis.call('HGET', KEYS[2], 'client'), generation,
  redis.call('HGET', KEYS[2], 'rotated_at'), redis.call('HGET', KEYS[2], 'created_at'),
  redis.call('HGET', KEYS[2], 'authenticated_at') }
`)
