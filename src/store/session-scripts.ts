/** Owns the Lua that opens, rotates and ends sessions: one script a change, its audit entry included, each safe to repeat. */

import { defineScript, GRANT, LIVES, RECORD, REPEATED, TIDY, WHOLE } from './lua.ts'

/**
 * Opens a session, and before that makes the account when ARGV 13 says so.
 *
 * KEYS 1 user, 2 token_version:<uid>, 3 token_version, 4 sessions:<uid>, 5 session:<sid>, 6 its detail, 7 audit:<uid>,
 *      8 email:<hash>, 9 users, 10 emails, 11… mark and detail of each session that may have to make room
 * ARGV 1–12 audit, 13 'sign_up' or 'sign_in', 14 uid, 15 sid, 16 idle ms, 17 absolute ms, 18 most sessions,
 *      19 the password hash that was checked, 20 its replacement or '', 21 address, 22 how many may make room, then
 *      their sids, then (sign_up) the account's fields and values
 * Returns {'opened', …grant, with the evicted sids after a '|' field}, {'taken'}, {'gone'}, {'banned'} or {'overtaken'}
 */
export const openSession = defineScript(
  LIVES,
  WHOLE,
  TIDY,
  RECORD,
  GRANT,
  `
local user, sessions, mark, detail, audit = KEYS[1], KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local now, uid, sid, most = ARGV[4], ARGV[14], ARGV[15], tonumber(ARGV[18])
local spare = tonumber(ARGV[22])

local repeated = redis.call('EXISTS', detail) == 1
if not repeated then
  if ARGV[13] == 'sign_up' then
    if redis.call('EXISTS', KEYS[8]) == 1 then return { 'taken' } end
  else
    if not redis.call('HGET', user, 'id') then return { 'gone' } end
    if redis.call('HGET', user, 'password') ~= ARGV[19] or redis.call('HGET', user, 'email') ~= ARGV[21] then
      return { 'overtaken' }
    end
    local banned = redis.call('HGET', user, 'banned_until')
    if banned and banned ~= '' and tonumber(banned) > tonumber(now) then return { 'banned' } end
  end

  redis.call('SET', KEYS[2], now, 'NX')
  redis.call('SET', KEYS[3], now, 'NX')
  tidy(sessions, now, user, redis.call('GET', KEYS[3]))
  local may_go = {}
  for i = 1, spare do may_go[ARGV[22 + i]] = i end
  local surplus = redis.call('ZCARD', sessions) - most + 1
  local going = {}
  if surplus > 0 then going = redis.call('ZRANGE', sessions, 0, whole(surplus - 1)) end
  for i = 1, #going do
    if not may_go[going[i]] then return { 'overtaken' } end
  end
  for i = 1, #going do
    local at = 11 + 2 * (may_go[going[i]] - 1)
    redis.call('DEL', KEYS[at], KEYS[at + 1])
    redis.call('ZREM', sessions, going[i])
    record(audit, 'session_evicted', going[i])
  end

  if ARGV[13] == 'sign_up' then
    for i = 23 + spare, #ARGV, 2 do redis.call('HSET', user, ARGV[i], ARGV[i + 1]) end
    redis.call('SET', KEYS[8], uid)
    redis.call('ZADD', KEYS[9], now, uid)
    redis.call('ZADD', KEYS[10], 0, ARGV[21] .. ' ' .. uid)
  elseif ARGV[20] ~= '' then
    redis.call('HSET', user, 'password', ARGV[20])
  end
  redis.call('HSET', user, 'last_sign_in_at', now, 'realm', redis.call('GET', KEYS[3]))

  local life = math.min(tonumber(ARGV[16]), tonumber(ARGV[17]))
  local ends_at = whole(tonumber(now) + life)
  local version = redis.call('GET', KEYS[2]) .. '.' .. redis.call('GET', KEYS[3])
  redis.call('SET', mark, uid .. ' ' .. version .. ' ' .. ends_at, 'PX', whole(life))
  redis.call('HSET', detail, 'generation', '0', 'created_at', now, 'last_seen_at', now,
    'rotated_at', '0', 'authenticated_at', now, 'absolute_end', whole(tonumber(now) + tonumber(ARGV[17])),
    'device', ARGV[10], 'place', ARGV[9])
  redis.call('PEXPIRE', detail, whole(life))
  redis.call('ZADD', sessions, ends_at, sid)
  record(audit)
  local answer = grant('opened', version, detail, user)
  answer[#answer + 1] = '|'
  for i = 1, #going do answer[#answer + 1] = going[i] end
  return answer
end

-- A repeat of a call whose answer was lost: the session is there, unless it was ended meanwhile.
local user_version, realm_version = redis.call('GET', KEYS[2]), redis.call('GET', KEYS[3])
if not lives(redis.call('GET', mark), uid, user_version, realm_version, now) then return { 'gone' } end
local answer = grant('opened', user_version .. '.' .. realm_version, detail, user)
answer[#answer + 1] = '|'
return answer
`,
)

/**
 * Exchanges a refresh token's generation.
 *
 * KEYS 1 user, 2 token_version:<uid>, 3 token_version, 4 sessions:<uid>, 5 session:<sid>, 6 its detail, 7 audit:<uid>
 * ARGV 1–12 audit of a reuse, 13 uid, 14 sid, 15 generation, 16 idle ms, 17 reuse window ms
 * Returns {'rotated' or 'replayed', …grant}, {'gone'}, {'banned'} or {'reused'}
 */
export const rotateSession = defineScript(
  LIVES,
  WHOLE,
  RECORD,
  GRANT,
  `
local user, sessions, mark, detail = KEYS[1], KEYS[4], KEYS[5], KEYS[6]
local now, uid, sid, given = ARGV[4], ARGV[13], ARGV[14], tonumber(ARGV[15])

local user_version, realm_version = redis.call('GET', KEYS[2]), redis.call('GET', KEYS[3])
if not lives(redis.call('GET', mark), uid, user_version, realm_version, now) then return { 'gone' } end
if not redis.call('HGET', user, 'id') then return { 'gone' } end
local banned = redis.call('HGET', user, 'banned_until')
if banned and banned ~= '' and tonumber(banned) > tonumber(now) then return { 'banned' } end
local present = redis.call('HGET', detail, 'generation')
if not present then return { 'gone' } end
present = tonumber(present)
-- A generation that was never handed out here: Redis was set back to an older state.
if given > present then return { 'gone' } end

local kind = 'rotated'
if given == present then
  redis.call('HINCRBY', detail, 'generation', 1)
  redis.call('HSET', detail, 'rotated_at', now)
elseif tonumber(now) - tonumber(redis.call('HGET', detail, 'rotated_at')) <= tonumber(ARGV[17]) then
  kind = 'replayed'
else
  redis.call('DEL', mark, detail)
  redis.call('ZREM', sessions, sid)
  record(KEYS[7])
  return { 'reused' }
end

local left = tonumber(redis.call('HGET', detail, 'absolute_end')) - tonumber(now)
local life = math.min(tonumber(ARGV[16]), left)
local version = user_version .. '.' .. realm_version
redis.call('SET', mark, uid .. ' ' .. version .. ' ' .. whole(tonumber(now) + life), 'PX', whole(life))
redis.call('HSET', detail, 'last_seen_at', now, 'device', ARGV[10], 'place', ARGV[9])
redis.call('PEXPIRE', detail, whole(life))
redis.call('ZADD', sessions, whole(tonumber(now) + life), sid)
return grant(kind, version, detail, user)
`,
)

/**
 * Marks a session as reauthenticated.
 *
 * KEYS 1 user, 2 token_version:<uid>, 3 token_version, 4 session:<sid>, 5 its detail, 6 blacklist:<jti>, 7 audit:<uid>
 * ARGV 1–12 audit, 13 uid, 14 the password hash that was checked
 * Returns 'marked', 'revoked' or 'overtaken'
 */
export const markReauthenticated = defineScript(
  LIVES,
  RECORD,
  `
local now = ARGV[4]
if redis.call('EXISTS', KEYS[6]) == 1 then return 'revoked' end
if not lives(redis.call('GET', KEYS[4]), ARGV[13], redis.call('GET', KEYS[2]), redis.call('GET', KEYS[3]), now) then
  return 'revoked'
end
-- Details that were lost cannot be refreshed either: nothing is begun anew under a mark that outlived them.
if redis.call('EXISTS', KEYS[5]) == 0 then return 'revoked' end
if redis.call('HGET', KEYS[1], 'password') ~= ARGV[14] then return 'overtaken' end
redis.call('HSET', KEYS[5], 'authenticated_at', now)
record(KEYS[7])
return 'marked'
`,
)

/**
 * Ends sessions of one user.
 *
 * KEYS 1 token_version:<uid>, 2 token_version, 3 sessions:<uid>, 4 session:<sid>, 5 its detail, 6 blacklist:<jti>,
 *      7 audit:<uid>, 8 user, 9… mark and detail of each other session, as it was looked up
 * ARGV 1–12 audit, 13 uid, 14 sid, 15 which: 'own', 'others', 'all', 'one' or 'all_of', 16 ms for which the caller's access
 *      token still lives or '0', 17… the other sids
 * With 'own', 'others' and 'all' the caller's token (session 14, jti of KEYS 6) must still work; 'one' ends session 14,
 * and 'all_of' all, whoever asks.
 * Returns {'ended', how many}, {'already'} or {'overtaken'}
 */
export const endSessions = defineScript(
  LIVES,
  WHOLE,
  TIDY,
  RECORD,
  REPEATED,
  `
local sessions, mark, detail, blacklist, audit = KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local now, uid, sid, which = ARGV[4], ARGV[13], ARGV[14], ARGV[15]
local function already()
  if (which == 'own' or which == 'one') and repeated(audit) then return { 'ended', 1 } end
  return { 'already' }
end

if which == 'all_of' then
  if not redis.call('HGET', KEYS[8], 'id') then return { 'already' } end
else
  if which ~= 'one' and redis.call('EXISTS', blacklist) == 1 then return already() end
  local user_version, realm_version = redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2])
  if not lives(redis.call('GET', mark), uid, user_version, realm_version, now) then return already() end
end
tidy(sessions, now, KEYS[8], redis.call('GET', KEYS[2]))

local count = 0
if which == 'own' or which == 'one' then
  count = 1
  redis.call('DEL', mark, detail)
  redis.call('ZREM', sessions, sid)
elseif which == 'others' then
  local at = {}
  for i = 17, #ARGV do at[ARGV[i]] = 9 + 2 * (i - 17) end
  local members = redis.call('ZRANGE', sessions, 0, -1)
  for i = 1, #members do
    if members[i] ~= sid and not at[members[i]] then return { 'overtaken' } end
  end
  for i = 1, #members do
    if members[i] ~= sid then
      redis.call('DEL', KEYS[at[members[i]]], KEYS[at[members[i]] + 1])
      redis.call('ZREM', sessions, members[i])
      count = count + 1
    end
  end
else
  count = redis.call('ZCARD', sessions)
  -- A counter that was lost starts at now, never at a value that an old token may carry.
  redis.call('SET', KEYS[1], now, 'NX')
  redis.call('INCR', KEYS[1])
  redis.call('DEL', mark, detail, sessions)
end
if (which == 'own' or which == 'all') and ARGV[16] ~= '0' then
  redis.call('SET', blacklist, 'logout', 'PX', ARGV[16])
end
record(audit)
return { 'ended', count }
`,
)

/**
 * Ends everyone's sessions: one cutoff, whatever their number.
 *
 * KEYS 1 token_version, 2 audit. ARGV 1–12 audit. Returns 'ended'
 */
export const endEveryone = defineScript(
  RECORD,
  `
redis.call('SET', KEYS[1], ARGV[4], 'NX')
redis.call('INCR', KEYS[1])
record(KEYS[2])
return 'ended'
`,
)

/**
 * Ends one access token. One that was ended already stays so, and is not written down again.
 *
 * KEYS 1 blacklist:<jti>, 2 audit stream. ARGV 1–12 audit, 13 ms for which the token still lives. Returns 'ended'
 */
export const blacklistToken = defineScript(
  RECORD,
  `
if redis.call('EXISTS', KEYS[1]) == 1 then return 'ended' end
redis.call('SET', KEYS[1], 'revoked', 'PX', ARGV[13])
record(KEYS[2])
return 'ended'
`,
)
