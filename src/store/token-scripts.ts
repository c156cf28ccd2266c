/** Owns the Lua that ends a single access token, its audit entry included, safe to repeat. */

import { ENTRIES, MEMBERS, RECORD } from './lua.ts'
import { defineScript } from './script.ts'

/** Among the newest entries of an account's log, at most so many are of single access tokens. */
const TOLD_OF_NEWEST = 10

/**
 * Ends one access token. One that was ended before is not recorded again. A session's token is also named in the session's status
 * list, since the bit there would end the whole session. When the list names as many tokens as it may (ARGV 17), the bit is set
 * instead, and the session ends.
 *
 * KEYS 1 blacklist:<jti>, 2 audit:<uid>, 3 the list's ended tokens, 4 sessions:<uid>, 5 session:<sid>, 6 its detail, 7 its
 *      status list, 8 audit
 * ARGV 1–12 audit, 13 ms for which a guard may still accept the token, 14 jti, 15 the end of that time (epoch ms), 16 'session',
 *      or 'service' for a token without session and account, 17 the most tokens that a list names, 18 member
 * Returns 'ended' or 'already'
 */
export const blacklistToken = defineScript(
  MEMBERS,
  ENTRIES,
  RECORD,
  `
if redis.call('EXISTS', KEYS[1]) == 1 then return 'already' end
-- Last of all: cut short behind that, a repeat would find it done.
local function write_down() redis.call('SET', KEYS[1], 'revoked', 'PX', ARGV[13]) end
if ARGV[16] == 'service' then
  record()
  write_down()
  return 'ended'
end
-- A session hands out new ones all the time: told of each, the account's log would forget what came before. The realm's has all.
local function may_be_told()
  local told, entries = 0, newest(KEYS[2])
  for i = 1, #entries do
    local entry = fields_of(entries[i])
    if entry.action == ARGV[3] and entry.detail == ARGV[12] then told = told + 1 end
  end
  return told < ${TOLD_OF_NEWEST}
end
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', ARGV[4])
if redis.call('ZCARD', KEYS[3]) >= tonumber(ARGV[17]) then
  end_member(ARGV[18], { [ARGV[18]] = 5 }, KEYS[4])
  record(KEYS[2], 'session_ended')
  write_down()
  return 'ended'
end
redis.call('ZADD', KEYS[3], ARGV[15], ARGV[14])
if redis.call('PTTL', KEYS[3]) < tonumber(ARGV[13]) then redis.call('PEXPIRE', KEYS[3], ARGV[13]) end
if may_be_told() then record(KEYS[2]) else record() end
write_down()
return 'ended'
`,
)
