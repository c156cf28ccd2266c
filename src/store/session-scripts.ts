/** Owns the Lua that opens, rotates and ends sessions: one script a change, its audit entry included, each safe to repeat. */

import { ACCESS_TOKEN_TTL_MAX, CLOCK_LAG_MAX } from '../domain/policy.ts'
import { MAKE } from './account-making.ts'
import {
  BANNED,
  CALLER,
  DOOR,
  GRANT,
  LIVE,
  MEMBERS,
  RAISE,
  RECORD,
  REPEATED,
  TIDY,
  WHOLE,
} from './lua.ts'
import { defineScript } from './script.ts'
import { PLACES } from './status-places.ts'

/**
 * Opens a session, and before that makes the account when ARGV 13 says so.
 *
 * KEYS 1 user, 2 token_version:<uid>, 3 token_version, 4 sessions:<uid>, 5 session:<sid>, 6 its detail, 7 audit:<uid>,
 *      8 email:<hash>, 9 users, 10 emails, 11 statuslist, 12–14 the present list, its taken places and its realm version,
 *      15–17 the same of the list to begin if need be, 18… mark, detail and list of each session that may have to make room,
 *      then closing:<uid> and audit
 * ARGV 1–12 audit, 13 'sign_up' or 'sign_in', 14 uid, 15 sid, 16 idle ms, 17 absolute ms, 18 most sessions,
 *      19 the password hash that was checked, 20 its replacement or '', 21 address, 22 client, 23 places in a list,
 *      24 what statuslist held or '', 25 the list to begin and 26 the place in it, 27 how many candidates, 28 how many
 *      fields and values of the account (sign_up), then the candidates, then the fields and values, then the members
 * Returns {'opened', …grant}, {'taken'}, {'gone'}, {'banned'} or {'overtaken'}
 */
export const openSession = defineScript(
  LIVE,
  BANNED,
  MAKE,
  WHOLE,
  TIDY,
  MEMBERS,
  DOOR,
  RECORD,
  REPEATED,
  GRANT,
  PLACES,
  `
local user, sessions, mark, detail, audit = KEYS[1], KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local now, uid, sid, most = ARGV[4], ARGV[14], ARGV[15], tonumber(ARGV[18])
local fields = tonumber(ARGV[28])

if redis.call('EXISTS', detail) == 0 then
  -- A copy that comes after the session's end must not open it again.
  if repeated(audit) then return { 'gone' } end
  if ARGV[13] == 'sign_up' then
    if redis.call('EXISTS', KEYS[8]) == 1 then return { 'taken' } end
  else
    if not redis.call('HGET', user, 'id') then return { 'gone' } end
    if redis.call('HGET', user, 'password') ~= ARGV[19] or redis.call('HGET', user, 'email') ~= ARGV[21] then
      return { 'overtaken' }
    end
    if is_banned(user, now) then return { 'banned' } end
  end

  if is_closed() then return { 'overtaken' } end
  if (redis.call('GET', KEYS[11]) or '') ~= ARGV[24] then return { 'overtaken' } end
  redis.call('SET', KEYS[3], now, 'NX')
  tidy(sessions, now, user, redis.call('GET', KEYS[3]))
  local may_go = known_members(18, 29 + candidates + fields)
  local surplus = redis.call('ZCARD', sessions) - most + 1
  local going = {}
  if surplus > 0 then going = redis.call('ZRANGE', sessions, 0, whole(surplus - 1)) end
  if not all_known(going, may_go) then return { 'overtaken' } end
  for i = 1, #going do
    local was_current = is_current(going[i], sessions, now)
    end_member(going[i], may_go, sessions)
    if was_current then record(audit, 'session_evicted', string.match(going[i], '^%S+')) end
  end

  if ARGV[13] == 'sign_up' then
    make_account(user, KEYS[8], KEYS[9], KEYS[10], uid, ARGV[21], now, 29 + candidates, 28 + candidates + fields)
  elseif ARGV[20] ~= '' then
    redis.call('HSET', user, 'password', ARGV[20])
  end
  redis.call('HSET', user, 'last_sign_in_at', now, 'realm', redis.call('GET', KEYS[3]))

  redis.call('SET', KEYS[2], now, 'NX')
  local list, place = take_place(ARGV[17])
  local life = math.min(tonumber(ARGV[16]), tonumber(ARGV[17]))
  local ends_at = whole(tonumber(now) + life)
  local version = redis.call('GET', KEYS[2]) .. '.' .. redis.call('GET', KEYS[3])
  redis.call('SET', mark, uid .. ' ' .. version .. ' ' .. ends_at, 'PX', whole(life))
  redis.call('HSET', detail, 'generation', '0', 'created_at', now, 'last_seen_at', now,
    'rotated_at', '0', 'authenticated_at', now, 'absolute_end', whole(tonumber(now) + tonumber(ARGV[17])),
    'device', ARGV[10], 'place', ARGV[9], 'client', ARGV[22], 'list', list, 'index', place)
  redis.call('PEXPIRE', detail, whole(life))
  redis.call('ZADD', sessions, ends_at, sid .. ' ' .. list .. ' ' .. place)
  record(audit)
  return grant('opened', version, mark, detail, user)
end

-- A repeat of a call whose answer was lost: the session is there, unless it was ended meanwhile.
local user_version, realm_version = redis.call('GET', KEYS[2]), redis.call('GET', KEYS[3])
if not is_live(redis.call('GET', mark), uid, user_version, realm_version, now) then return { 'gone' } end
return grant('opened', user_version .. '.' .. realm_version, mark, detail, user)
`,
)

/**
 * Exchanges a refresh token's generation.
 *
 * KEYS 1 user, 2 token_version:<uid>, 3 token_version, 4 sessions:<uid>, 5 session:<sid>, 6 its detail, 7 its status list,
 *      8 audit:<uid>, 9 audit
 * ARGV 1–12 audit of a reuse (a rotation takes time, place and device from it), 13 uid, 14 member, 15 generation, 16 idle ms,
 *      17 reuse window ms, 18 client
 * Returns {'rotated' or 'replayed', …grant}, {'gone'}, {'banned'}, {'foreign'} or {'reused'}
 */
export const rotateSession = defineScript(
  LIVE,
  BANNED,
  WHOLE,
  MEMBERS,
  RECORD,
  GRANT,
  `
local user, sessions, mark, detail = KEYS[1], KEYS[4], KEYS[5], KEYS[6]
local now, uid, member, given = ARGV[4], ARGV[13], ARGV[14], tonumber(ARGV[15])

local user_version, realm_version = redis.call('GET', KEYS[2]), redis.call('GET', KEYS[3])
if not is_live(redis.call('GET', mark), uid, user_version, realm_version, now) then
  -- A mark that went a little before the time in its set has ended by itself: Redis and the Workers have clocks of their own.
  local ended_early = is_current(member, sessions, whole(tonumber(now) + ${CLOCK_LAG_MAX * 1000}))
  if end_leftover(member, { [member] = 5 }, sessions, now, user, realm_version) and ended_early then
    record(KEYS[8], 'session_ended')
  end
  return { 'gone' }
end
-- Whoever ends the others goes by the set: what was tidied out of it, at the very end of its time, must not come back.
local listed_until = redis.call('ZSCORE', sessions, member)
if not listed_until then return { 'gone' } end
if not redis.call('HGET', user, 'id') then return { 'gone' } end
if is_banned(user, now) then return { 'banned' } end
local present = redis.call('HGET', detail, 'generation')
if not present then return { 'gone' } end
if redis.call('HGET', detail, 'client') ~= ARGV[18] then return { 'foreign' } end
present = tonumber(present)
-- A generation that was never handed out here: Redis was set back to an older state.
if given > present then return { 'gone' } end

local kind = 'rotated'
if given == present then
  -- Both or neither: a generation without its time would make the next repeat a reuse.
  redis.call('HSET', detail, 'generation', whole(present + 1), 'rotated_at', now)
elseif tonumber(now) - tonumber(redis.call('HGET', detail, 'rotated_at')) <= tonumber(ARGV[17]) then
  kind = 'replayed'
else
  end_member(member, { [member] = 5 }, sessions)
  record(KEYS[8])
  return { 'reused' }
end

local most = tonumber(redis.call('HGET', detail, 'absolute_end')) - tonumber(now)
-- Where an operator has made lives shorter, access tokens of the longer ones may still be out: their session must not be over,
-- and no more to be ended in its list, before they are.
local least = math.min(tonumber(listed_until) - tonumber(now), ${ACCESS_TOKEN_TTL_MAX * 1000})
local life = math.min(math.max(tonumber(ARGV[16]), least), most)
local version = user_version .. '.' .. realm_version
redis.call('SET', mark, uid .. ' ' .. version .. ' ' .. whole(tonumber(now) + life), 'PX', whole(life))
redis.call('HSET', detail, 'last_seen_at', now, 'device', ARGV[10], 'place', ARGV[9])
redis.call('PEXPIRE', detail, whole(life))
redis.call('ZADD', sessions, whole(tonumber(now) + life), member)
return grant(kind, version, mark, detail, user)
`,
)

/**
 * Marks a session as reauthenticated.
 *
 * KEYS 1–4 caller, 5 user, 6 the session's detail, 7 audit:<uid>, 8 audit
 * ARGV 1–12 audit, 13 caller, 14 the password hash that was checked
 * Returns 'marked', 'revoked' or 'overtaken'
 */
export const markReauthenticated = defineScript(
  CALLER,
  RECORD,
  REPEATED,
  `
if repeated(KEYS[7]) then return 'marked' end
if not caller_works() then return 'revoked' end
-- Details that were lost cannot be refreshed either: nothing is begun anew under a mark that outlived them.
if redis.call('EXISTS', KEYS[6]) == 0 then return 'revoked' end
if redis.call('HGET', KEYS[5], 'password') ~= ARGV[14] then return 'overtaken' end
redis.call('HSET', KEYS[6], 'authenticated_at', ARGV[4])
record(KEYS[7])
return 'marked'
`,
)

/**
 * Ends sessions of one user.
 *
 * KEYS 1 token_version:<uid>, 2 token_version, 3 sessions:<uid>, 4 blacklist:<jti>, 5 audit:<uid>, 6 user,
 *      7… mark, detail and status list of each session: the token's own first, then the others as they were looked up,
 *      then closing:<uid> and audit
 * ARGV 1–12 audit, 13 uid, 14 reach: 'own', 'other' (the second member), 'others' or 'all', 15 'must work' when the token
 *      itself must, or 'signed', 16 a refresh token's generation or '' for an access token, 17 ms for which the access token
 *      still lives or '0', 18 reuse window ms, 19… the members, in the order of their keys
 * Returns {'ended', how many; 0 when the other one is gone}, {'already', how many others the user has} (the token's own session
 * has ended), {'revoked'} (the access token alone has), {'unlisted'} ('others' are asked for, and its session is not in
 * sessions:<uid>), {'reused'} (a refresh token was replaced: its session was ended by this) or {'overtaken'}
 */
export const endSessions = defineScript(
  LIVE,
  RAISE,
  TIDY,
  MEMBERS,
  DOOR,
  RECORD,
  REPEATED,
  `
local sessions, user, mark, detail, blacklist, audit = KEYS[3], KEYS[6], KEYS[7], KEYS[8], KEYS[4], KEYS[5]
local now, uid, reach, first = ARGV[4], ARGV[13], ARGV[14], ARGV[19]
local must_work, generation = ARGV[15] == 'must work', ARGV[16]
local at = known_members(7, 19)
local user_version, realm_version = redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2])
local function already()
  if (reach == 'own' or reach == 'other') and repeated(audit) then return { 'ended', 1 } end
  if generation ~= '' and must_work and repeated(audit, 'refresh_token_reused') then return { 'reused' } end
  -- A logout is to be heard of wherever its token may still pass, though its time is over here.
  if end_leftover(first, at, sessions, by_every_clock(now), user, realm_version) then
    record(audit, reach == 'own' and ARGV[3] or 'session_ended', string.match(first, '^%S+'))
  end
  -- Those too whom another Worker may still let in.
  local others = is_kept(user, realm_version) and count_live(sessions, whole(by_every_clock(now))) or 0
  return { 'already', others }
end

if not is_live(redis.call('GET', mark), uid, user_version, realm_version, now) then return already() end
if must_work and generation == '' and redis.call('EXISTS', blacklist) == 1 then return { 'revoked' } end
if must_work and generation ~= '' then
  -- A generation that is not on record (Redis set back, detail lost) still ends what was asked: else the logout would be told as
  -- done while the sessions live.
  local given, present = tonumber(generation), tonumber(redis.call('HGET', detail, 'generation') or '-1')
  if given < present
    and tonumber(now) - tonumber(redis.call('HGET', detail, 'rotated_at')) > tonumber(ARGV[18]) then
    end_member(first, at, sessions)
    record(audit, 'refresh_token_reused')
    return { 'reused' }
  end
end
if reach == 'other' and not is_live(redis.call('GET', KEYS[10]), uid, user_version, realm_version, now) then
  if repeated(audit) then return { 'ended', 1 } end
  if not end_leftover(ARGV[20], at, sessions, now, user, realm_version) then return { 'ended', 0 } end
  record(audit)
  return { 'ended', 1 }
end
-- Whoever has signed in since is not meant.
if reach == 'others' and repeated(audit) then return { 'ended', 0 } end
tidy(sessions, now, user, realm_version)

local count = 1
if reach == 'own' then
  end_member(first, at, sessions)
elseif reach == 'other' then
  end_member(ARGV[20], at, sessions)
else
  local members = redis.call('ZRANGE', sessions, 0, -1)
  if not looked_up(members, at) then return { 'overtaken' } end
  count = count_live(sessions, now)
  local own = own_of(mark, members, at)
  if reach == 'others' then
    if not own then return { 'unlisted' } end
    count = count - 1
  end
  end_all_but(own, members, at, sessions)
  if reach == 'all' then
    raise(KEYS[1], now)
    end_member(first, at, sessions)
  end
  open_door()
end
if (reach == 'own' or reach == 'all') and ARGV[17] ~= '0' then
  redis.call('SET', blacklist, 'logout', 'PX', ARGV[17])
end
record(audit)
return { 'ended', count }
`,
)
