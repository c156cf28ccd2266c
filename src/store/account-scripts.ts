/**
 * Owns the Lua that makes, changes and deletes accounts: one script a change, the sessions that it ends included. What was
 * done is told so to a copy of the call, before anything else is asked: it may itself have ended the caller's session.
 */

import { CALLER, defineScript, LIVES, MEMBERS, RECORD, REPEATED } from './lua.ts'

/**
 * Makes an account that an operator asked for.
 *
 * KEYS 1–4 caller, 5 user, 6 email:<hash>, 7 users, 8 emails, 9 audit:<uid>, 10 audit
 * ARGV 1–12 audit, 13 caller, 14 uid, 15 address, 16… the account's fields and values
 * Returns 'created', 'taken' or 'revoked'
 */
export const createAccount = defineScript(
  LIVES,
  CALLER,
  RECORD,
  REPEATED,
  `
local user, email, audit, uid = KEYS[5], KEYS[6], KEYS[9], ARGV[14]
if repeated(audit) then return 'created' end
if not caller_works() then return 'revoked' end
if redis.call('EXISTS', user, email) > 0 then return 'taken' end
for i = 16, #ARGV, 2 do redis.call('HSET', user, ARGV[i], ARGV[i + 1]) end
redis.call('SET', email, uid)
redis.call('ZADD', KEYS[7], ARGV[4], uid)
redis.call('ZADD', KEYS[8], 0, ARGV[15] .. ' ' .. uid)
record(audit)
return 'created'
`,
)

/**
 * Changes an account, and ends sessions with it.
 *
 * KEYS 1–4 caller, 5 user, 6 email:<hash> of before, 7 email:<hash> of after, 8 emails, 9 token_version:<uid>,
 *      10 sessions:<uid>, 11 audit:<uid>, 12… mark, detail and status list of each session, as it was looked up, the last
 *      audit
 * ARGV 1–12 audit, 13 caller, 14 uid, 15 revision that was looked up, 16 address before, 17 address after, 18 ending:
 *      'none', 'others' or 'all', 19 the member that 'others' leaves, 20 how many fields and values, then those, then the
 *      members
 * Returns 'changed', 'taken', 'gone', 'revoked' or 'overtaken'
 */
export const changeAccount = defineScript(
  LIVES,
  CALLER,
  MEMBERS,
  RECORD,
  REPEATED,
  `
local user, sessions, audit, now = KEYS[5], KEYS[10], KEYS[11], ARGV[4]
local uid, ending, fields = ARGV[14], ARGV[18], tonumber(ARGV[20])

if repeated(audit) then return 'changed' end
if not caller_works() then return 'revoked' end
if not redis.call('HGET', user, 'id') then return 'gone' end
if redis.call('HGET', user, 'revision') ~= ARGV[15] then return 'overtaken' end
local owner = redis.call('GET', KEYS[7])
if owner and owner ~= uid then return 'taken' end

redis.call('ZREMRANGEBYSCORE', sessions, '-inf', now)
local members = redis.call('ZRANGE', sessions, 0, -1)
local at = known_members(12, 21 + fields)
if ending ~= 'none' and not all_known(members, at) then return 'overtaken' end

for i = 21, 20 + fields, 2 do redis.call('HSET', user, ARGV[i], ARGV[i + 1]) end
redis.call('HINCRBY', user, 'revision', 1)
if ARGV[16] ~= ARGV[17] then
  redis.call('DEL', KEYS[6])
  redis.call('SET', KEYS[7], uid)
  redis.call('ZREM', KEYS[8], ARGV[16] .. ' ' .. uid)
  redis.call('ZADD', KEYS[8], 0, ARGV[17] .. ' ' .. uid)
end

for i = 1, #members do
  if ending == 'all' or (ending == 'others' and members[i] ~= ARGV[19]) then
    end_member(members[i], at, sessions)
  end
end
if ending == 'all' then
  redis.call('SET', KEYS[9], now, 'NX')
  redis.call('INCR', KEYS[9])
end
record(audit)
return 'changed'
`,
)

/**
 * Deletes an account with every session of it. Its audit log stays until it expires.
 *
 * KEYS 1–4 caller, 5 user, 6 email:<hash>, 7 users, 8 emails, 9 token_version:<uid>, 10 sessions:<uid>, 11 audit:<uid>,
 *      12… mark, detail and status list of each session, as it was looked up, the last audit
 * ARGV 1–12 audit, 13 caller, 14 uid, 15 revision that was looked up, 16 address, 17… the members
 * Returns 'removed', 'gone', 'revoked' or 'overtaken'
 */
export const removeAccount = defineScript(
  LIVES,
  CALLER,
  MEMBERS,
  RECORD,
  REPEATED,
  `
local user, sessions, audit, uid = KEYS[5], KEYS[10], KEYS[11], ARGV[14]
if repeated(audit) then return 'removed' end
if not caller_works() then return 'revoked' end
if not redis.call('HGET', user, 'id') then return 'gone' end
if redis.call('HGET', user, 'revision') ~= ARGV[15] then return 'overtaken' end
redis.call('ZREMRANGEBYSCORE', sessions, '-inf', ARGV[4])
local members, at = redis.call('ZRANGE', sessions, 0, -1), known_members(12, 17)
if not all_known(members, at) then return 'overtaken' end
for i = 1, #members do end_member(members[i], at, sessions) end
-- A version that is missing fits no token, so nothing of this user works from here on.
redis.call('DEL', user, KEYS[6], KEYS[9], sessions)
redis.call('ZREM', KEYS[7], uid)
redis.call('ZREM', KEYS[8], ARGV[16] .. ' ' .. uid)
record(audit)
return 'removed'
`,
)
