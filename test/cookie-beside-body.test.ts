/** The cookie of one session beside a token of another, or one that is no token: which of them counts, and which cookie stays. */

import { beforeEach, expect, test } from 'vitest'
import { type Answer, claimsOf, openStreet, type Person, type Street } from './support/street.ts'

const NAME = '__Host-curfew-refresh'
const CLEARED = `${NAME}=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict`

let street: Street
let mine: Person
let theirs: Person
beforeEach(async () => {
  street = await openStreet()
  mine = await street.signUp()
  theirs = await street.signUp()
})

const page = (path: string, cookie: string, more: { token?: string; body?: object } = {}) =>
  street.call('POST', path, {
    ...more,
    headers: {
      Origin: 'http://localhost',
      'Sec-Fetch-Site': 'same-origin',
      'X-Curfew-Transport': 'cookie',
      Cookie: `${NAME}=${cookie}`,
    },
  })
const refresh = (cookie: string, refresh_token: string) =>
  page('/token?grant_type=refresh_token', cookie, { body: { refresh_token } })
const setCookies = ({ headers }: Answer): string[] => headers.getSetCookie()

test('a refresh goes by the token of the body, whose session the cookie is from then on', async () => {
  const answer = await refresh(mine.refresh_token, theirs.refresh_token)
  expect(answer.status).toBe(200)
  expect(claimsOf(String(answer.body.access_token)).sub).toBe(theirs.user.id)
  const [cookie = ''] = setCookies(answer)
  const next = /=([^;]+)/.exec(cookie)?.[1] ?? ''
  const { body } = await street.refresh(next)
  expect(claimsOf(String(body.access_token)).sub).toBe(theirs.user.id)
})

test('a refresh token of the body that is refused takes no cookie of another session away', async () => {
  await street.call('POST', '/logout?scope=local', { token: theirs.access_token })
  for (const token of [theirs.refresh_token, 'none-of-ours']) {
    const answer = await refresh(mine.refresh_token, token)
    expect(answer).toMatchObject({ status: 400, body: { error_code: 'refresh_token_not_found' } })
    expect(setCookies(answer)).toEqual([])
  }
  expect((await street.refresh(mine.refresh_token)).status).toBe(200)
})

test('a logout clears a cookie that nobody can read, and has no ticket to give for it', async () => {
  const token = mine.access_token
  await street.redis.fail({ kind: 'status-500' })
  const failed = await page('/logout?scope=local', 'none-of-ours', { token })
  await street.redis.heal()
  expect(failed.status).toBe(503)
  expect(setCookies(failed)).toEqual([CLEARED])
  expect(failed.body).not.toHaveProperty('logout_ticket')

  const done = await page('/logout?scope=local', 'none-of-ours', { token })
  expect(done.body).toMatchObject({ scope: 'local', sessions_ended: 1 })
  expect(setCookies(done)).toEqual([CLEARED])
})

test('a logout by access token reads no body, whatever a page sends with it', async () => {
  for (const [person, text] of [
    [mine, '{'],
    [theirs, '{"session":"none"}'],
  ] as const) {
    const body = new TextEncoder().encode(text)
    const answer = await page('/logout', person.refresh_token, { token: person.access_token, body })
    expect(answer).toMatchObject({ status: 200, body: { scope: 'global', sessions_ended: 1 } })
    expect(setCookies(answer)).toEqual([CLEARED])
  }
})
