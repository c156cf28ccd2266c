/** Owns the filling of Redis with other people's sessions: copies of one that the service made, under ids of their own. */

import type { Redis } from 'ioredis'
import { STATUS_LIST_SIZE } from '../../src/domain/policy.ts'
import { keys } from '../../src/store/keys.ts'
import type { Person } from './people.ts'

/**
 * ARGV 1 user, 2 session to copy, 3 owner of the copies, or '' for new users, 4 status list, 5 number of the first copy, 6 how
 * many copies, 7 sessions of each new user
 */
const copySessions = `
local user = redis.call('HGETALL', ${named(keys.user, 'ARGV[1]')})
local mark = redis.call('GET', ${named(keys.session, 'ARGV[2]')})
local detail = redis.call('HGETALL', ${named(keys.sessionDetail, 'ARGV[2]')})
local life = redis.call('PTTL', ${named(keys.session, 'ARGV[2]')})
local version, ends_at = string.match(mark, '^%S+ (%S+) (%d+)$')
local list, owner = ARGV[4], ARGV[3]
local at = {}
for i = 1, #user, 2 do at[user[i]] = i + 1 end
local of = {}
for i = 1, #detail, 2 do of[detail[i]] = i + 1 end
for n = tonumber(ARGV[5]), tonumber(ARGV[5]) + tonumber(ARGV[6]) - 1 do
  local text = string.format('%08x', n)
  if ARGV[3] == '' and n % tonumber(ARGV[7]) == 0 then
    owner = text .. '-0000-4000-8000-0123456789ab'
    local address = text .. '@others.example.com'
    user[at.id], user[at.email] = owner, address
    redis.call('HSET', ${named(keys.user, 'owner')}, unpack(user))
    redis.call('SET', ${named(keys.email, 'redis.sha1hex(address)')}, owner)
    redis.call('ZADD', '${keys.users}', ends_at, owner)
    redis.call('ZADD', '${keys.emails}', 0, address .. ' ' .. owner)
    redis.call('SET', ${named(keys.userVersion, 'owner')}, string.match(version, '^%d+'))
  end
  local sid = string.sub(redis.sha1hex(owner), 1, 8) .. '-0000-4000-9000-' .. text .. 'abcd'
  local index = n * 7919 % ${STATUS_LIST_SIZE}
  detail[of.list], detail[of.index] = list, index
  redis.call('SET', ${named(keys.session, 'sid')}, owner .. ' ' .. version .. ' ' .. ends_at, 'PX', life)
  redis.call('HSET', ${named(keys.sessionDetail, 'sid')}, unpack(detail))
  redis.call('PEXPIRE', ${named(keys.sessionDetail, 'sid')}, life)
  redis.call('ZADD', ${named(keys.sessions, 'owner')}, ends_at, sid .. ' ' .. list .. ' ' .. index)
  redis.call('SETBIT', ${named(keys.statusListTaken, 'list')}, index, 1)
end
`

/** A Lua expression for the name of a key, whose id is itself a Lua expression. */
function named(name: (id: string) => string, id: string): string {
  const [before = '', after = ''] = name('|').split('|')
  return `'${before}' .. ${id}${after === '' ? '' : ` .. '${after}'`}`
}

const BATCH = 5000
const SESSIONS_EACH = 4

/** So many sessions of others, four to a user. */
export async function fillWithOthers(
  redis: Redis,
  pattern: Person,
  sessions: number,
): Promise<void> {
  for (let done = 0; done < sessions; done += BATCH) {
    const list = `others-${Math.floor(done / (STATUS_LIST_SIZE / 2))}`
    const count = Math.min(BATCH, sessions - done)
    const [first = { id: '' }] = pattern.sessions
    const args = [pattern.id, first.id, '', list, done, count, SESSIONS_EACH]
    await redis.eval(copySessions, 0, ...args)
  }
}

/** More sessions for a person who has one, in the same status list. */
export async function addSessions(redis: Redis, person: Person, more: number): Promise<void> {
  const [first = { id: '' }] = person.sessions
  const list = (await redis.hget(keys.sessionDetail(first.id), 'list')) ?? ''
  for (let done = 0; done < more; done += BATCH) {
    const count = Math.min(BATCH, more - done)
    await redis.eval(copySessions, 0, person.id, first.id, person.id, list, done, count, 1)
  }
}

/** What the documented sample keeps: a key for each refresh token. */
export async function fillSample(redis: Redis, sessions: number): Promise<void> {
  const script = `for n = tonumber(ARGV[1]), tonumber(ARGV[2]) do
    redis.call('SET', 'refresh_token:other-' .. math.floor(n / 4) .. ':' .. n, redis.sha1hex(n), 'EX', 604800) end`
  for (let done = 0; done < sessions; done += BATCH)
    await redis.eval(script, 0, done, Math.min(done + BATCH, sessions) - 1)
}
