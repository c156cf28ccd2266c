/** Owns the pieces of Lua that several scripts share. Never calls Redis. */

import type { AuditEvent } from '../domain/audit.ts'
import {
  AUDIT_ENTRIES,
  AUDIT_ENTRIES_PER_ACCOUNT,
  AUDIT_TTL,
  CLOCK_LAG_MAX,
  DOOR_CLOSED_MS,
  PASSES_AFTER_EXPIRY,
} from '../domain/policy.ts'
import { piece } from './script.ts'

/** Newest entries of a log, which a script looks through first. */
const NEWEST = 50

/** Whether a session's mark is this subject's, has the present token version, and is not over. As isLive in revocation.ts. */
export const LIVE = piece(`
local function is_live(mark, subject, user_version, realm_version, now)
  if not mark or not user_version or not realm_version then return false end
  local owner, version, ends_at = string.match(mark, '^(%S+) (%S+) (%d+)$')
  return owner == subject and version == user_version .. '.' .. realm_version
    and tonumber(ends_at) > tonumber(now)
end
`)

/**
 * Whether the caller's token still works: domain/authenticate.ts let it in, and it may have ended since. KEYS 1 to 4 and ARGV 13
 * are the caller's, see caller.ts.
 */
export const CALLER = piece(
  `
local function caller_works()
  if redis.call('EXISTS', KEYS[1]) == 1 then return false end
  if ARGV[13] == '' then return true end
  return is_live(redis.call('GET', KEYS[2]), ARGV[13], redis.call('GET', KEYS[3]), redis.call('GET', KEYS[4]), ARGV[4])
end
`,
  LIVE,
)

/** Whether the account is banned now. As isBanned in domain/account.ts. */
export const BANNED = piece(`
local function is_banned(user, now)
  local banned = redis.call('HGET', user, 'banned_until')
  return banned and banned ~= '' and tonumber(banned) > tonumber(now)
end
`)

/** Ends all tokens of a token version, by raising it. A lost counter starts at now: no old token can carry that value. */
export const RAISE = piece(`
local function raise(version, now)
  redis.call('SET', version, now, 'NX')
  redis.call('INCR', version)
end
`)

/** Milliseconds as Redis takes them, without point or exponent: Lua 5.1 has only floats, the embedded 5.3 also integers. */
export const WHOLE = piece(`
local function whole(number) return string.format('%.0f', number) end
`)

/** Whether a user's set of sessions is of the present realm version. If not, a realm-wide cutoff has ended all that is in it. */
export const KEPT = piece(`
local function is_kept(user, realm_version)
  local kept_under = redis.call('HGET', user, 'realm')
  return not kept_under or kept_under == realm_version
end
`)

/**
 * Removes ended members from a user's set of sessions: those whose time is over by every clock, and after a realm-wide cutoff all
 * from before it. The account's field 'realm' is the realm version of the set. A member that is over by this Worker's clock only
 * may still pass at another Worker, so it stays, to be ended with the others, but count_live leaves it out.
 */
export const TIDY = piece(
  `
-- What is over by this moment passes nowhere: by every clock, and wherever an expired token is tolerated.
local function by_every_clock(now) return tonumber(now) - ${PASSES_AFTER_EXPIRY * 1000} end
local function tidy_times(sessions, now)
  redis.call('ZREMRANGEBYSCORE', sessions, '-inf', whole(by_every_clock(now)))
end
local function count_live(sessions, now) return redis.call('ZCOUNT', sessions, '(' .. now, '+inf') end
local function tidy(sessions, now, user, realm_version)
  if realm_version and not is_kept(user, realm_version) then
    redis.call('DEL', sessions)
    redis.call('HSET', user, 'realm', realm_version)
  end
  tidy_times(sessions, now)
end
`,
  WHOLE,
  KEPT,
)

/**
 * The audit entry of ARGV 1 to 12, see auditArguments; a script may record it under another action and session. It goes
 * into the realm's log, which is the last of the KEYS, and into an account's when that is named; both lose what is too old.
 */
export const RECORD = piece(`
local function add(log, most, action, session)
  local id = redis.call('XADD', log, 'MAXLEN', '~', most, '*',
    'action', action or ARGV[3], 'at', ARGV[4], 'subject', ARGV[5], 'actor', ARGV[6],
    'session', session or ARGV[7], 'ip', ARGV[8], 'place', ARGV[9], 'device', ARGV[10],
    'request_id', ARGV[11], 'detail', ARGV[12])
  local oldest = tonumber(string.match(id, '^%d+')) - ${AUDIT_TTL * 1000}
  redis.call('XTRIM', log, 'MINID', string.format('%.0f', oldest))
end
local function record(log, action, session)
  if log then
    add(log, ARGV[2], action, session)
    redis.call('EXPIRE', log, '${AUDIT_TTL}')
  end
  add(KEYS[#KEYS], ARGV[1], action, session)
end
`)

/** Reads a log: its newest entries, and the fields of one entry as a table. */
export const ENTRIES = piece(`
local function newest(log) return redis.call('XREVRANGE', log, '+', '-', 'COUNT', ${NEWEST}) end
local function fields_of(entry)
  local fields, texts = {}, entry[2]
  for i = 1, #texts, 2 do fields[texts[i]] = texts[i + 1] end
  return fields
end
`)

/**
 * Whether an audit stream holds this very call already: its answer was lost and it was sent again, or a copy of it comes late.
 * The script must then answer that it is done, and not do it again after what came in between. `action`: another action under
 * which the call may have been recorded. The newest entries nearly always tell; if all were written within CLOCK_LAG_MAX,
 * for which a copy may be on its way, older ones of that time are read too, as many as an account's log keeps.
 */
export const REPEATED = piece(
  `
local function holds_call(entries, action)
  for i = 1, #entries do
    local entry = fields_of(entries[i])
    if entry.action == (action or ARGV[3]) and entry.at == ARGV[4] and entry.session == ARGV[7]
      and entry.request_id == ARGV[11] and entry.actor == ARGV[6] and entry.detail == ARGV[12] then return true end
  end
  return false
end
local function written_at(entry) return tonumber(string.match(entry[1], '^%d+')) end
local function repeated(log, action)
  local entries = newest(log)
  if holds_call(entries, action) then return true end
  if #entries < ${NEWEST} then return false end
  local since = written_at(entries[1]) - ${CLOCK_LAG_MAX * 1000}
  if written_at(entries[#entries]) < since then return false end
  return holds_call(redis.call('XREVRANGE', log, '+', whole(since), 'COUNT', ${AUDIT_ENTRIES_PER_ACCOUNT}), action)
end
`,
  WHOLE,
  ENTRIES,
)

/**
 * A script that is cut short, as by a full database, which only takes deletes, undoes nothing. So an ending first deletes what
 * says that the session lives, and last what says that it is still to be ended: a repeat goes on where the script stopped.
 *
 * A member of a user's set of sessions is '<sid> <status list> <place>'. The looked-up members are in ARGV from `from` on. Their
 * keys are in KEYS from `first` on, in the same order, three for each: mark, detail and status list.
 */
export const MEMBERS = piece(
  `
local function known_members(first, from)
  local at = {}
  for i = from, #ARGV do at[ARGV[i]] = first + 3 * (i - from) end
  return at
end
local function all_known(members, at)
  for i = 1, #members do
    if not at[members[i]] then return false end
  end
  return true
end
-- Whether it stands in its set, and its time is not over.
local function is_current(member, sessions, now)
  local ends_at = redis.call('ZSCORE', sessions, member)
  return ends_at and tonumber(ends_at) > tonumber(now)
end
-- A list that was lost stays lost: a new one in its place would call every session in it alive.
local function set_bit(member, at)
  if redis.call('EXISTS', KEYS[at[member] + 2]) == 0 then return end
  -- Redis counts the bits of a byte from the most significant one, a status list from the least.
  local place = tonumber(string.match(member, ' (%d+)$'))
  local bit = place % 8
  redis.call('SETBIT', KEYS[at[member] + 2], string.format('%.0f', place - bit + 7 - bit), 1)
end
local function forget(member, at)
  redis.call('DEL', KEYS[at[member]], KEYS[at[member] + 1])
end
local function strike_out(member, at, sessions)
  set_bit(member, at)
  redis.call('ZREM', sessions, member)
end
local function end_member(member, at, sessions)
  forget(member, at)
  strike_out(member, at, sessions)
end
-- For a session that has no mark. While it still stands in its set it was lost or its ending cut short, and whoever goes by
-- the list has heard of nothing. Returns whether that is to be written down: what a cutoff has ended was, then.
local function end_leftover(member, at, sessions, now, user, realm_version)
  if not is_current(member, sessions, now) then return false end
  end_member(member, at, sessions)
  return is_kept(user, realm_version)
end
-- The member that this mark belongs to. Nil for the caller's own mark means that the set was lost: nobody knows the others then,
-- and rotateSession refuses the caller too.
local function own_of(mark, members, at)
  for i = 1, #members do
    if KEYS[at[members[i]]] == mark then return members[i] end
  end
end
-- All but the caller's: as long as that works, the call can be repeated, so the script ends it last.
local function end_all_but(own, members, at, sessions)
  for i = 1, #members do
    if members[i] ~= own then forget(members[i], at) end
  end
  for i = 1, #members do
    if members[i] ~= own then strike_out(members[i], at, sessions) end
  end
end
-- Of the caller. Refused from here on, it cannot finish anything, so the list comes first.
local function end_last(own, at, sessions)
  set_bit(own, at)
  forget(own, at)
  redis.call('ZREM', sessions, own)
end
`,
  KEPT,
)

/**
 * Each sign-in overtakes an ending that has looked up the user's sessions, so whoever knows the password could hold off every
 * ending by signing in again and again. So an overtaken ending closes the door: it adds its call's id (ARGV 11) to the set
 * `closing:<uid>`, the last KEYS but one, and while that set exists nobody signs in. When the ending has looked up anew and is
 * done, it removes its own id only. A set without a time to live comes from a script that was cut short: it keeps nobody out.
 */
export const DOOR = piece(
  `
local function close_door()
  redis.call('SADD', KEYS[#KEYS - 1], ARGV[11])
  redis.call('PEXPIRE', KEYS[#KEYS - 1], ${DOOR_CLOSED_MS})
end
local function open_door() redis.call('SREM', KEYS[#KEYS - 1], ARGV[11]) end
-- Whether an ending may go on: every session that is to end was looked up.
local function looked_up(members, at)
  if all_known(members, at) then return true end
  close_door()
  return false
end
local function is_closed() return redis.call('PTTL', KEYS[#KEYS - 1]) > 0 end
`,
  MEMBERS,
)

/** The answer for a granted session: kind, version, end unless refreshed, the detail's fields, then the account's hash. */
export const GRANT = piece(`
local function grant(kind, version, mark, detail, user)
  local ends_at = string.match(redis.call('GET', mark), '%d+$')
  local answer = { kind, version, ends_at, redis.call('HGET', detail, 'generation'),
    redis.call('HGET', detail, 'absolute_end'), redis.call('HGET', detail, 'authenticated_at'),
    redis.call('HGET', detail, 'client'), redis.call('HGET', detail, 'list'), redis.call('HGET', detail, 'index') }
  local account = redis.call('HGETALL', user)
  for i = 1, #account do answer[#answer + 1] = account[i] end
  return answer
end
`)

/** ARGV 1 to 12 of every script that changes something. `event.at`, ARGV 4, is the time that the script goes by. */
export const auditArguments = (event: AuditEvent): string[] => [
  String(AUDIT_ENTRIES),
  String(AUDIT_ENTRIES_PER_ACCOUNT),
  event.action,
  String(event.at),
  event.subject,
  event.actor,
  event.session,
  event.ip,
  event.place,
  event.device,
  event.requestId,
  event.detail,
]
