/**
 * Owns the Lua that makes, changes and deletes accounts: one script a change, the sessions that it ends included. Each answers a
 * repeated call as done before it checks the caller: the first run may have ended the caller's session.
 */

import { MAKE, OR_NOTHING } from './account-making.ts'
import { CALLER, DOOR, MEMBERS, RAISE, RECORD, REPEATED, TIDY, WHOLE } from './lua.ts'
import { defineScript, piece } from './script.ts'

/** Whether a field still has the value that was looked up. '' means that the change does not rest on the field. */
const RESTS = piece(`
local function as_looked_up(user, field, value) return value == '' or redis.call('HGET', user, field) == value end
`)

/**
 * Whether an address leads to this account. One whose making was cut short before its address was set has it in its hash only,
 * and by then the address may be somebody else's.
 */
const LEADS_TO = piece(`
local function leads_to(email, uid) return redis.call('GET', email) == uid end
`)

/**
 * Makes an account that an operator asked for.
 *
 * KEYS 1–4 caller, 5 user, 6 email:<hash>, 7 users, 8 emails, 9 audit:<uid>, 10 audit
 * ARGV 1–12 audit, 13 caller, 14 uid, 15 address, 16… the account's fields and values
 * Returns 'created', 'taken' or 'revoked'
 */
export const createAccount = defineScript(
  CALLER,
  MAKE,
  RECORD,
  REPEATED,
  `
local user, email, audit, uid = KEYS[5], KEYS[6], KEYS[9], ARGV[14]
if repeated(audit) then return 'created' end
if not caller_works() then return 'revoked' end
if redis.call('EXISTS', user, email) > 0 then return 'taken' end
make_account(user, email, KEYS[7], KEYS[8], uid, ARGV[15], ARGV[4], 16, #ARGV)
record(audit)
return 'created'
`,
)

/**
 * Changes an account, and ends sessions with it.
 *
 * KEYS 1–4 caller, 5 user, 6 email:<hash> of before, 7 email:<hash> of after, 8 emails, 9 token_version:<uid>,
 *      10 sessions:<uid>, 11 audit:<uid>, 12… mark, detail and status list of each session, as it was looked up, then
 *      closing:<uid> and audit
 * ARGV 1–12 audit, 13 caller, 14 uid, 15 revision that the change rests on or '', 16 address before, 17 address after,
 *      18 ending: 'none', 'others' than the caller's or 'all', 19 password hash that the change rests on or '', 20 how many
 *      fields and values, then those, then the members
 * Returns 'changed', 'taken', 'gone', 'revoked', 'unlisted' (the caller's session is not in sessions:<uid>) or 'overtaken'
 */
export const changeAccount = defineScript(
  CALLER,
  RAISE,
  WHOLE,
  TIDY,
  MEMBERS,
  DOOR,
  RECORD,
  REPEATED,
  RESTS,
  LEADS_TO,
  OR_NOTHING,
  `
local user, sessions, audit, now = KEYS[5], KEYS[10], KEYS[11], ARGV[4]
local uid, ending, fields = ARGV[14], ARGV[18], tonumber(ARGV[20])
local moves = ARGV[16] ~= ARGV[17]

if repeated(audit) then return 'changed' end
if not caller_works() then return 'revoked' end
if not redis.call('HGET', user, 'id') then return 'gone' end
-- No more than what it rests on must be as it was: whoever goes on changing other things cannot hold off a ban.
if not as_looked_up(user, 'revision', ARGV[15]) or not as_looked_up(user, 'password', ARGV[19]) then return 'overtaken' end
if moves then
  if not as_looked_up(user, 'email', ARGV[16]) then return 'overtaken' end
  local owner = redis.call('GET', KEYS[7])
  if owner and owner ~= uid then return 'taken' end
end

tidy_times(sessions, now)
local members = redis.call('ZRANGE', sessions, 0, -1)
local at = known_members(12, 21 + fields)
if ending ~= 'none' and not looked_up(members, at) then return 'overtaken' end

-- The endings first: cut short behind the change, a repeat would find that there is nothing to change.
if ending ~= 'none' then
  local own = own_of(KEYS[2], members, at)
  if ending == 'others' and not own then return 'unlisted' end
  end_all_but(own, members, at, sessions)
  if ending == 'all' then
    if own then end_last(own, at, sessions) end
    raise(KEYS[9], now)
  end
end
write_or_nothing(function()
  if moves then
    -- What can be too large by itself comes first.
    redis.call('ZADD', KEYS[8], 0, ARGV[17] .. ' ' .. uid)
    redis.call('SET', KEYS[7], uid)
  end
  redis.call('HINCRBY', user, 'revision', 1)
  redis.call('HSET', user, unpack(ARGV, 21, 20 + fields))
end, function()
  -- Else the new address would be taken by one who cannot sign in with it.
  if not moves then return end
  redis.call('DEL', KEYS[7])
  redis.call('ZREM', KEYS[8], ARGV[17] .. ' ' .. uid)
end)
if moves then
  if leads_to(KEYS[6], uid) then redis.call('DEL', KEYS[6]) end
  redis.call('ZREM', KEYS[8], ARGV[16] .. ' ' .. uid)
end
if ending ~= 'none' then open_door() end
record(audit)
return 'changed'
`,
)

/**
 * Deletes an account with every session of it. Its audit log stays until it expires.
 *
 * KEYS 1–4 caller, 5 user, 6 email:<hash>, 7 users, 8 emails, 9 token_version:<uid>, 10 sessions:<uid>, 11 audit:<uid>,
 *      12… mark, detail and status list of each session, as it was looked up, then closing:<uid> and audit
 * ARGV 1–12 audit, 13 caller, 14 uid, 15 address, 16 password hash that it rests on or '', 17… the members
 * Returns 'removed', 'gone', 'revoked' or 'overtaken'
 */
export const removeAccount = defineScript(
  CALLER,
  TIDY,
  MEMBERS,
  DOOR,
  RECORD,
  REPEATED,
  RESTS,
  LEADS_TO,
  `
local user, sessions, audit, uid = KEYS[5], KEYS[10], KEYS[11], ARGV[14]
if repeated(audit) then return 'removed' end
if not caller_works() then return 'revoked' end
if not redis.call('HGET', user, 'id') then return 'gone' end
if not as_looked_up(user, 'email', ARGV[15]) or not as_looked_up(user, 'password', ARGV[16]) then return 'overtaken' end
tidy_times(sessions, ARGV[4])
local members, at = redis.call('ZRANGE', sessions, 0, -1), known_members(12, 17)
if not looked_up(members, at) then return 'overtaken' end
local own = own_of(KEYS[2], members, at)
end_all_but(own, members, at, sessions)
if own then set_bit(own, at) end
-- A version that is missing fits no token, so nothing of this user works from here on.
if leads_to(KEYS[6], uid) then redis.call('DEL', user, KEYS[6], KEYS[9], sessions)
else redis.call('DEL', user, KEYS[9], sessions) end
if own then forget(own, at) end
redis.call('ZREM', KEYS[7], uid)
redis.call('ZREM', KEYS[8], ARGV[15] .. ' ' .. uid)
open_door()
record(audit)
return 'removed'
`,
)
