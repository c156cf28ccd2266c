/** When Redis fails: every call that asks something of it, broken at every step in every way, tells the truth within 3 s. */

import { describe, expect, test } from 'vitest'
import { REDIS_TIMEOUT_MS } from '../src/domain/policy.ts'
import { WHEN_STORE_IS_DOWN } from '../src/http/fault-words.ts'
import { expectUnavailable, timed } from './support/fault-answers.ts'
import { createQueue } from './support/in-turn.ts'
import { dump } from './support/redis-dump.ts'
import type { Fault } from './support/redis-faults.ts'
import { type RedisRoute, redisRoutes, type Shot } from './support/redis-routes.ts'
import { openStreet, type Street } from './support/street.ts'

type Breaking = Omit<Fault, 'after'>

/** Those of a line run one after the other; the lines beside each other, each on a street of its own, since waiting takes time. */
const FAULTS: Record<string, Breaking>[] = [
  {
    'a connection that is cut': { kind: 'reset' },
    'a page of HTML with status 500': { kind: 'status-500' },
    'half of the answers': { kind: 'half-pipeline' },
    'answers of the wrong shape': { kind: 'garbage' },
    'a connection that is cut when all was done': { kind: 'late-answer', ms: 5 },
  },
  { 'no answer, and nothing done': { kind: 'hang' } },
  { 'no answer, and all was done': { kind: 'late-answer' } },
]
/** Rarer ways to be late, for one call of each kind. */
const RARE_FAULTS: Record<string, Breaking>[] = [
  { 'half of an answer, then silence': { kind: 'stall' } },
  { 'all done, after we had given up': { kind: 'slow', ms: 1500 } },
]
const MEETS_RARE_FAULTS = [
  'POST /token?grant_type=password',
  'POST /token?grant_type=refresh_token',
  'POST /logout?scope=local',
  'GET /user',
  'PUT /user',
]

const inTurn = createQueue()

/** Breaks one call at each of its steps, all by the same fault; then Redis is back, and a repeat succeeds. */
async function breakEverywhere(
  street: Street,
  route: RedisRoute,
  shot: Shot,
  fault: Breaking,
): Promise<void> {
  const { redis } = street
  const send = () => street.call(shot.method, shot.path, shot.call)
  for (const [step, faultRoute] of route.faults.entries()) {
    const at = `step ${step + 1}`
    const { sentence } = WHEN_STORE_IS_DOWN[faultRoute]
    // That a GET changes nothing is plain from the scripts that it runs, see round-trips.test.ts.
    const mustChangeNothing = sentence.includes('Nothing was changed') && shot.method !== 'GET'
    const before = mustChangeNothing ? await inTurn(() => dump(redis)) : null
    const firstLine = street.logs.length
    await redis.fail({ ...fault, after: step })
    const answer = await timed(send)
    await street.settled()
    await redis.heal()
    expectUnavailable(answer, { faultRoute, path: shot.path, secrets: shot.secrets, at })
    if (mustChangeNothing) expect(await inTurn(() => dump(redis)), at).toEqual(before)
    const lines = street.logs.slice(firstLine)
    expect(
      lines.filter(({ event }) => event === 'request'),
      at,
    ).toMatchObject([
      { level: 'error', event: 'request', status: 503, error_code: 'service_unavailable' },
    ])
    expect(lines[0]?.request_id).toBe(answer.headers.get('X-Request-Id'))
    for (const secret of shot.secrets) expect(JSON.stringify(lines), at).not.toContain(secret)
  }
  await inTurn(async () => {
    const repeated = await send()
    expect([200, ...(shot.repeats ?? [])], JSON.stringify(repeated.body)).toContain(repeated.status)
    await shot.proof(repeated)
  })
}

/** One call of a kind, after which Redis knows its scripts and steps are what the list says. */
async function warmUp(street: Street, route: RedisRoute): Promise<Shot> {
  const shot = await route.prepare(street)
  const answer = await street.call(shot.method, shot.path, shot.call)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  await shot.proof(answer)
  return shot
}

/** Long in a busy moment; each call is measured by itself. */
const LONG = 90_000

describe('whatever step meets the fault, the answer is the chosen one, and a repeat succeeds', () => {
  for (const route of redisRoutes)
    test.concurrent(
      route.name,
      async () => {
        const lines = MEETS_RARE_FAULTS.includes(route.name) ? [...FAULTS, ...RARE_FAULTS] : FAULTS
        await Promise.all(
          lines.map(async (faults) => {
            const street = await openStreet({ redisTimeout: REDIS_TIMEOUT_MS })
            const first = await inTurn(() => warmUp(street, route))
            for (const [name, fault] of Object.entries(faults)) {
              const shot =
                first.method === 'GET' ? first : await inTurn(() => route.prepare(street))
              await breakEverywhere(street, route, shot, fault).catch((error: Error) => {
                error.message = `${name}: ${error.message}`
                throw error
              })
            }
          }),
        )
      },
      LONG,
    )
})
