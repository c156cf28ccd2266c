/** Owns the Lua by which operators end sessions: one, one user's, or everyone's. Each is one script, safe to repeat. */

import { CALLER, DOOR, MEMBERS, RAISE, RECORD, REPEATED, TIDY } from './lua.ts'
import { defineScript } from './script.ts'

/**
 * Ends one session of one user.
 *
 * KEYS 1–4 caller, 5 user, 6 sessions:<uid>, 7 audit:<uid>, 8–10 mark, detail and status list of the session, 11 audit
 * ARGV 1–12 audit, 13 caller, 14 the member
 * Returns 'ended', 'gone' or 'revoked'
 */
export const endOneOf = defineScript(
  CALLER,
  TIDY,
  MEMBERS,
  RECORD,
  REPEATED,
  `
local sessions, audit, member = KEYS[6], KEYS[7], ARGV[14]
if repeated(audit) then return 'ended' end
if not caller_works() then return 'revoked' end
tidy(sessions, ARGV[4], KEYS[5], redis.call('GET', KEYS[4]))
if not is_current(member, sessions, ARGV[4]) then return 'gone' end
-- Also what was lost, or whose ending was cut short. It may be the operator's own.
end_last(member, { [member] = 8 }, sessions)
record(audit)
return 'ended'
`,
)

/**
 * Ends all sessions of one user.
 *
 * KEYS 1–4 caller, 5 user, 6 token_version:<uid>, 7 sessions:<uid>, 8 audit:<uid>, 9… mark, detail and status list of each
 *      session, as it was looked up, then closing:<uid> and audit
 * ARGV 1–12 audit, 13 caller, 14… the members
 * Returns {'ended', how many; 0 for a repeat of what was done}, {'gone'}, {'revoked'} or {'overtaken'}
 */
export const endAllOf = defineScript(
  CALLER,
  RAISE,
  TIDY,
  MEMBERS,
  DOOR,
  RECORD,
  REPEATED,
  `
local user, sessions, audit, now = KEYS[5], KEYS[7], KEYS[8], ARGV[4]
if repeated(audit) then return { 'ended', 0 } end
if not caller_works() then return { 'revoked' } end
if not redis.call('HGET', user, 'id') then return { 'gone' } end
tidy(sessions, now, user, redis.call('GET', KEYS[4]))
local members, at = redis.call('ZRANGE', sessions, 0, -1), known_members(9, 14)
if not looked_up(members, at) then return { 'overtaken' } end
local count = count_live(sessions, now)
local own = own_of(KEYS[2], members, at)
end_all_but(own, members, at, sessions)
if own then end_last(own, at, sessions) end
raise(KEYS[6], now)
open_door()
record(audit)
return { 'ended', count }
`,
)

/**
 * Ends everyone's sessions: one cutoff, whatever their number.
 *
 * KEYS 1–4 caller, the realm's token_version being the fourth, 5 audit. ARGV 1–12 audit, 13 caller
 * Returns 'ended' or 'revoked'
 */
export const endEveryone = defineScript(
  CALLER,
  RAISE,
  RECORD,
  REPEATED,
  `
if repeated(KEYS[5]) then return 'ended' end
if not caller_works() then return 'revoked' end
raise(KEYS[4], ARGV[4])
record()
return 'ended'
`,
)
