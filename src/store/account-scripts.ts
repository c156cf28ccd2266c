/** Owns the Lua that makes, changes and deletes accounts: one script a change, the sessions that it ends included. */

import { defineScript, LIVES, MEMBERS, RECORD, REPEATED } from './lua.ts'

/**
 * Makes an account that an operator asked for.
 *
 * KEYS 1 user, 2 email:<hash>, 3 users, 4 emails, 5 audit:<uid>
 * ARGV 1–12 audit, 13 uid, 14 address, 15… the account's fields and values
 * Returns 'created' or 'taken'
 */
export const createAccount = defineScript(
  RECORD,
  REPEATED,
  `
local owner = redis.call('GET', KEYS[2])
if owner and owner == ARGV[13] and repeated(KEYS[5]) then return 'created' end
if owner or redis.call('EXISTS', KEYS[1]) == 1 then return 'taken' end
for i = 15, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('SET', KEYS[2], ARGV[13])
redis.call('ZADD', KEYS[3], ARGV[4], ARGV[13])
redis.call('ZADD', KEYS[4], 0, ARGV[14] .. ' ' .. ARGV[13])
record(KEYS[5])
return 'created'
`,
)

/**
 * Changes an account, and ends sessions with it.
 *
 * KEYS 1 user, 2 email:<hash> of before, 3 email:<hash> of after, 4 emails, 5 token_version:<uid>, 6 token_version,
 *      7 sessions:<uid>, 8 session:<sid> of the caller, 9 blacklist:<jti> of the caller, 10 audit:<uid>,
 *      11… mark, detail and status list of each session, as it was looked up
 * ARGV 1–12 audit, 13 uid, 14 member of the caller or '' for an operator, 15 revision that was looked up, 16 address
 *      before, 17 address after, 18 ending: 'none', 'others' or 'all', 19 how many fields and values, then those, then the
 *      members
 * Returns {'changed', how many sessions ended; 0 for a repeat of what was done}, {'taken'}, {'gone'}, {'revoked'} or {'overtaken'}
 */
export const changeAccount = defineScript(
  LIVES,
  MEMBERS,
  RECORD,
  REPEATED,
  `
local user, sessions, now = KEYS[1], KEYS[7], ARGV[4]
local uid, caller, ending, fields = ARGV[13], ARGV[14], ARGV[18], tonumber(ARGV[19])
local function refuse(kind)
  if repeated(KEYS[10]) then return { 'changed', 0 } end
  return { kind }
end

if not redis.call('HGET', user, 'id') then return { 'gone' } end
if caller ~= '' then
  if redis.call('EXISTS', KEYS[9]) == 1 then return refuse('revoked') end
  if not lives(redis.call('GET', KEYS[8]), uid, redis.call('GET', KEYS[5]), redis.call('GET', KEYS[6]), now) then
    return refuse('revoked')
  end
end
if redis.call('HGET', user, 'revision') ~= ARGV[15] then return refuse('overtaken') end
local owner = redis.call('GET', KEYS[3])
if owner and owner ~= uid then return { 'taken' } end

redis.call('ZREMRANGEBYSCORE', sessions, '-inf', now)
local members = redis.call('ZRANGE', sessions, 0, -1)
local at = known_members(11, 20 + fields)
if ending ~= 'none' and not all_known(members, at) then return { 'overtaken' } end

for i = 20, 19 + fields, 2 do redis.call('HSET', user, ARGV[i], ARGV[i + 1]) end
redis.call('HINCRBY', user, 'revision', 1)
if ARGV[16] ~= ARGV[17] then
  redis.call('DEL', KEYS[2])
  redis.call('SET', KEYS[3], uid)
  redis.call('ZREM', KEYS[4], ARGV[16] .. ' ' .. uid)
  redis.call('ZADD', KEYS[4], 0, ARGV[17] .. ' ' .. uid)
end

local count = 0
for i = 1, #members do
  if ending == 'all' or (ending == 'others' and members[i] ~= caller) then
    end_member(members[i], at, sessions)
    count = count + 1
  end
end
if ending == 'all' then
  redis.call('SET', KEYS[5], now, 'NX')
  redis.call('INCR', KEYS[5])
end
record(KEYS[10])
return { 'changed', count }
`,
)

/**
 * Deletes an account with every session of it. Its audit log stays until it expires.
 *
 * KEYS 1 user, 2 email:<hash>, 3 users, 4 emails, 5 token_version:<uid>, 6 token_version, 7 sessions:<uid>,
 *      8 session:<sid> of the caller, 9 blacklist:<jti> of the caller, 10 audit:<uid>,
 *      11… mark, detail and status list of each session, as it was looked up
 * ARGV 1–12 audit, 13 uid, 14 member of the caller or '' for an operator, 15 revision that was looked up, 16 address,
 *      17… the members
 * Returns 'removed', 'gone' or 'overtaken'
 */
export const removeAccount = defineScript(
  LIVES,
  MEMBERS,
  RECORD,
  REPEATED,
  `
if not redis.call('HGET', KEYS[1], 'id') then return repeated(KEYS[10]) and 'removed' or 'gone' end
if ARGV[14] ~= '' then
  if redis.call('EXISTS', KEYS[9]) == 1 then return 'gone' end
  if not lives(redis.call('GET', KEYS[8]), ARGV[13], redis.call('GET', KEYS[5]), redis.call('GET', KEYS[6]), ARGV[4]) then
    return 'gone'
  end
end
if redis.call('HGET', KEYS[1], 'revision') ~= ARGV[15] then return 'overtaken' end
redis.call('ZREMRANGEBYSCORE', KEYS[7], '-inf', ARGV[4])
local members, at = redis.call('ZRANGE', KEYS[7], 0, -1), known_members(11, 17)
if not all_known(members, at) then return 'overtaken' end
for i = 1, #members do end_member(members[i], at, KEYS[7]) end
-- A version that is missing fits no token, so nothing of this user works from here on.
redis.call('DEL', KEYS[1], KEYS[2], KEYS[5], KEYS[7])
redis.call('ZREM', KEYS[3], ARGV[13])
redis.call('ZREM', KEYS[4], ARGV[16] .. ' ' .. ARGV[13])
record(KEYS[10])
return 'removed'
`,
)
