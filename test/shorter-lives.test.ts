/** Lives that an operator made shorter: what a longer one has left must still be refused after a logout, wherever it is presented. */

import { expect, test } from 'vitest'
import { PASSES_AFTER_EXPIRY } from '../src/domain/policy.ts'
import { ask, lineTo, listGuard } from './support/guards.ts'
import { openStreet } from './support/street.ts'

const long = { ACCESS_TOKEN_TTL: '3600', SESSION_IDLE_TTL: '7200' }
const short = { ACCESS_TOKEN_TTL: '100', SESSION_IDLE_TTL: '200' }

async function openScene() {
  const before = await openStreet({ env: long })
  const person = await before.signUp()
  const after = await openStreet({ env: short, redis: before.redis })
  after.clock.now = before.clock.now
  const pass = (seconds: number) => {
    for (const { clock } of [before, after]) clock.pass(seconds)
  }
  const guard = listGuard(after, lineTo(after))
  pass(60)
  // The app is still open, and refreshes once under the new lives.
  expect((await after.refresh(person.refresh_token)).status).toBe(200)
  return { after, person, guard, pass }
}

const OVER_BY_THE_NEW_TIME = 200 + PASSES_AFTER_EXPIRY + 60

test.each(['/logout?scope=local', '/logout/all'])(
  'a token of the longer time is refused after %s, also by a guard that goes by lists',
  async (path) => {
    const { after, person, guard, pass } = await openScene()
    pass(OVER_BY_THE_NEW_TIME)
    const token =
      path === '/logout/all' ? (await after.signIn(person)).access_token : person.access_token
    expect(await ask(guard, person.access_token)).toBe('passes')
    expect((await after.call('POST', path, { token })).status).toBe(200)
    pass(31)
    expect(await ask(guard, person.access_token)).toBe('revoked')
  },
)

test('the cookie of such a session lasts as long as the session', async () => {
  const before = await openStreet({ env: long })
  const person = await before.signUp()
  const origin = 'https://app.example.com'
  const after = await openStreet({
    env: { ...short, CORS_ORIGINS: origin },
    redis: before.redis,
  })
  after.clock.now = before.clock.now
  after.clock.pass(60)
  const { status, body, headers } = await after.call('POST', '/token?grant_type=refresh_token', {
    body: { refresh_token: person.refresh_token },
    headers: { Origin: origin, 'X-Curfew-Transport': 'cookie' },
  })
  expect(status).toBe(200)
  const listed = await after.call('GET', '/sessions', { token: String(body.access_token) })
  const [session] = listed.body.sessions as { expires_at: string }[]
  const left = (Date.parse(session?.expires_at ?? '') - after.clock.now) / 1000
  expect(left).toBe(7200 - 60)
  expect(headers.getSetCookie()).toEqual([expect.stringContaining(`; Max-Age=${left};`)])
})

test('service and guard both accept an access token of the longer life until it expires', async () => {
  const { after, person, guard, pass } = await openScene()
  pass(OVER_BY_THE_NEW_TIME)
  expect((await after.call('GET', '/user', { token: person.access_token })).status).toBe(200)
  expect(await ask(guard, person.access_token)).toBe('passes')
})

test('once the longer time is over, a session that is refreshed may be unused for the shorter time only', async () => {
  const { after, person, pass } = await openScene()
  let { refresh_token } = person
  const refresh = async () => {
    const answer = await after.refresh(refresh_token)
    refresh_token = String(answer.body.refresh_token)
    return answer.status
  }
  await refresh()
  for (let passed = 0; passed < 7200; passed += 190) {
    pass(190)
    expect(await refresh()).toBe(200)
  }
  pass(201)
  expect(await refresh()).toBe(400)
})

test('one that was unused for days may be so for a day more, and no longer', async () => {
  const before = await openStreet({ env: { SESSION_IDLE_TTL: '604800' } })
  const person = await before.signUp()
  const after = await openStreet({ env: short, redis: before.redis })
  after.clock.now = before.clock.now
  const { refresh_token } = (await after.refresh(person.refresh_token)).body
  after.clock.pass(86_401)
  expect((await after.refresh(String(refresh_token))).status).toBe(400)
})
