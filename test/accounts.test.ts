/** One's own account over HTTP: signing up, reading it, changing it, proving the password, deleting it. */

import { beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createApp } from '../src/app.ts'
import { digests } from '../src/crypto/digest.ts'
import { createHashingTurns } from '../src/crypto/hashing-turns.ts'
import { createPasswords } from '../src/crypto/password-hash.ts'
import { keys } from '../src/store/keys.ts'
import { contentsOf, entriesOf, keysOf, sessionsOf } from './support/redis-contents.ts'
import {
  type Answer,
  CHEAP,
  claimsOf,
  openStreet,
  PASSWORD,
  type Person,
  pause,
  type Street,
} from './support/street.ts'

const NEW_PASSWORD = 'a new battery staple'
const TEN_MINUTES = 600

let street: Street
const open = async () => {
  street = await openStreet()
}

const signUp = (body: unknown, at = street) => at.call('POST', '/signup', { body })
const signIn = (email: string, password: string, at = street) =>
  at.call('POST', '/token?grant_type=password', { body: { email, password } })
const change = (token: string, body: unknown) => street.call('PUT', '/user', { token, body })
const worksOf = async (token: string) => (await street.call('GET', '/user', { token })).status

/** What is kept, but for the limiter's counts and the time of the last refresh. */
const kept = async (at = street) => {
  await at.settled()
  return contentsOf(at.redis, { without: ['limit:'] })
}

describe('signing up', () => {
  beforeAll(open)

  test('makes an account, a session and their record, and keeps only a hash of the password', async () => {
    const { redis } = street
    const answer = await signUp({ email: 'Ada@Example.com', password: PASSWORD, data: { a: 1 } })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    const user = answer.body.user as { id: string }
    expect(answer.body).toMatchObject({
      token_type: 'bearer',
      expires_in: 900,
      expires_at: Math.floor(street.clock.now / 1000) + 900,
      user: { email: 'ada@example.com', user_metadata: { a: 1 } },
    })
    const { sid } = claimsOf(String(answer.body.access_token))
    expect(await redis.look('HGET', `user:${user.id}`, 'email')).toBe('ada@example.com')
    expect(await redis.look('HGET', `user:${user.id}`, 'password')).toMatch(/^scrypt\$2\$1\$1\$/)
    expect(await sessionsOf(redis, user.id)).toEqual([sid])
    const contents = JSON.stringify(await kept())
    for (const secret of [PASSWORD, answer.body.refresh_token, answer.body.access_token])
      expect(contents).not.toContain(String(secret))
    // An address is nobody's business but the account's and the operator's search.
    expect((await keysOf(redis)).filter((key) => key.includes('@'))).toEqual([])
  })

  test('keeps no field of the data that is null, which the next change would take away', async () => {
    const data = { name: 'Ada', nickname: null }
    const answer = await signUp({ email: 'no-nickname@example.com', password: PASSWORD, data })
    expect(answer.body).toHaveProperty('user.user_metadata', { name: 'Ada' })
    const token = String(answer.body.access_token)
    const changed = await change(token, { data: { theme: 'dark' } })
    expect(changed.body.user_metadata).toEqual({ name: 'Ada', theme: 'dark' })
  })

  test.each([
    'taken@example.com',
    'TAKEN@example.com',
    ' taken@Example.COM ',
    'ｔａｋｅｎ@example.com',
  ])('with %j is refused where taken@example.com is taken', async (email) => {
    await signUp({ email: 'taken@example.com', password: PASSWORD })
    const before = await kept()
    const hash = vi.spyOn(street.services.ports.passwords, 'hash')
    onTestFinished(() => hash.mockRestore())
    const answer = await signUp({ email, password: 'another password' })
    expect(hash).not.toHaveBeenCalled()
    expect(answer.status).toBe(422)
    expect(answer.body).toEqual({
      code: 422,
      error_code: 'user_already_exists',
      msg: 'User already registered',
    })
    expect(await kept()).toEqual(before)
  })

  test.each([
    { what: 'what is no address', body: { email: 'nobody', password: PASSWORD }, status: 400 },
    {
      what: 'an address with a letter that nobody sees',
      body: { email: 'new\u3164@example.com', password: PASSWORD },
      status: 400,
    },
    { what: 'an empty address', body: { email: '', password: PASSWORD }, status: 422 },
    { what: 'no address', body: { password: PASSWORD }, status: 422 },
    { what: 'no password', body: { email: 'new@example.com' }, status: 422 },
    { what: 'a number as password', body: { email: 'new@example.com', password: 1 }, status: 422 },
    {
      what: 'a password of 1025 letters',
      body: { email: 'new@example.com', password: 'x'.repeat(1025) },
      status: 422,
    },
    {
      what: 'data of more than 16 KB',
      body: { email: 'new@example.com', password: PASSWORD, data: { a: 'x'.repeat(16_400) } },
      status: 422,
    },
    { what: 'a list', body: [], status: 422 },
  ])('with $what is refused, and makes nothing', async ({ body, status }) => {
    const before = await kept()
    const answer = await signUp(body)
    expect(answer.status).toBe(status)
    expect(answer.body.error_code).toBe('validation_failed')
    expect(await kept()).toEqual(before)
  })

  test.each([
    { password: 'short', reasons: ['length'] },
    { password: 'password', reasons: ['pwned'] },
    { password: 'new@example.com', reasons: ['characters'] },
  ])('with the weak password $password is refused, and says why', async ({ password, reasons }) => {
    const before = await kept()
    const answer = await signUp({ email: 'new@example.com', password })
    expect(answer.status).toBe(422)
    expect(answer.body).toEqual({
      code: 422,
      error_code: 'weak_password',
      msg: expect.any(String),
      weak_password: { reasons },
    })
    expect(await kept()).toEqual(before)
  })

  test('with what the address has before its @ is refused, in words that are true of it', async () => {
    const answer = await signUp({ email: 'long-enough@example.com', password: 'long-enough' })
    expect(answer.body).toMatchObject({
      error_code: 'weak_password',
      msg: 'The password must not be your email address, nor the part of it before the @. Choose another.',
    })
  })

  test('takes a password for the same on every keyboard, and cuts nothing off', async () => {
    const typed = '  ｃａｆｅ\u0301 ﬁn '
    await signUp({ email: 'keyboards@example.com', password: typed })
    expect((await signIn('keyboards@example.com', '  caf\u00E9 fin ')).status).toBe(200)
    expect((await signIn('keyboards@example.com', 'caf\u00E9 fin')).status).toBe(400)
  })

  test('tells two long passwords apart by their last letter', async () => {
    const long = '🦊'.repeat(127)
    await signUp({ email: 'foxes@example.com', password: `${long}a` })
    expect((await signIn('foxes@example.com', `${long}b`)).status).toBe(400)
    expect((await signIn('foxes@example.com', `${long}a`)).status).toBe(200)
  })

  test('can be closed; operators still make accounts, and those who have one sign in', async () => {
    const closed = await openStreet({ env: { SIGN_UP: 'closed' } })
    const answer = await signUp({ email: 'ada@example.com', password: PASSWORD }, closed)
    expect(answer.status).toBe(422)
    expect(answer.body.error_code).toBe('signup_disabled')
    expect(await kept(closed)).toEqual({})
    const made = await closed.call('POST', '/admin/users', {
      token: await closed.serviceToken(),
      body: { email: 'ada@example.com', password: PASSWORD, email_confirm: true },
    })
    expect(made.status).toBe(200)
    expect((await signIn('ada@example.com', PASSWORD, closed)).status).toBe(200)
  })

  test.each([
    { env: { PASSWORD_BLOCKLIST: 'off' }, password: 'password', status: 200 },
    { env: { PASSWORD_BLOCKLIST_EXTRA: 'Curfew-2026 acme' }, password: 'curfew-2026', status: 422 },
    { env: { PASSWORD_BLOCKLIST_EXTRA: 'curfew-2026' }, password: 'CURFEW-2026', status: 422 },
    { env: { PASSWORD_BLOCKLIST_EXTRA: 'curfew-2026' }, password: 'curfew-2027', status: 200 },
    { env: { PASSWORD_BLOCKLIST_EXTRA: 'curfew-2026' }, password: 'password', status: 422 },
    {
      env: { PASSWORD_BLOCKLIST: 'off', PASSWORD_BLOCKLIST_EXTRA: 'curfew-2026' },
      password: 'curfew-2026',
      status: 422,
    },
    { env: { PASSWORD_BLOCKLIST: 'off' }, password: 'ada@example.com', status: 200 },
    { env: { PASSWORD_MIN_LENGTH: '15' }, password: 'fourteen chars', status: 422 },
    { env: { PASSWORD_MIN_LENGTH: '4' }, password: 'four', status: 200 },
  ])('with $env and the password $password answers $status', async ({ env, password, status }) => {
    const own = await openStreet({ env })
    expect((await signUp({ email: 'ada@example.com', password }, own)).status).toBe(status)
  })
})

describe('signing in', () => {
  beforeAll(open)

  test.each(['ada@example.com', 'ADA@example.com', ' ada@example.com'])(
    'works with %j',
    async (email) => {
      await signUp({ email: 'ada@example.com', password: PASSWORD })
      expect((await signIn(email, PASSWORD)).status).toBe(200)
    },
  )

  test('works for an account whose address nobody could take today, as its owner types it', async () => {
    const person = await street.signUp()
    const email = 'ada\u1160@example.com'
    const nameOf = (address: string) => keys.email(digests.sha256(address))
    await street.redis.look('RENAME', nameOf(person.email), nameOf(email))
    await street.redis.look('HSET', keys.user(person.user.id), 'email', email)
    // The letter that a keyboard has is kept as the other one.
    for (const typed of [email, 'Ada\u3164@example.com '])
      expect((await signIn(typed, PASSWORD)).body).toHaveProperty('user.id', person.user.id)
  })

  test('is remembered as the last time', async () => {
    const person = await street.signUp()
    street.clock.pass(60)
    const { access_token: token, user } = await street.signIn(person)
    const now = new Date(street.clock.now).toISOString()
    expect(user.last_sign_in_at).toBe(now)
    expect((await street.call('GET', '/user', { token })).body.last_sign_in_at).toBe(now)
  })

  test('with a wrong password, an unknown address or none at all answers alike', async () => {
    const person = await street.signUp()
    const answers = [
      await signIn(person.email, 'not the password'),
      await signIn('nobody@example.com', PASSWORD),
      await signIn('no address', PASSWORD),
    ]
    for (const { status, body } of answers) {
      expect(status).toBe(400)
      expect(body).toEqual({
        code: 400,
        error_code: 'invalid_credentials',
        msg: 'Invalid login credentials',
        error: 'invalid_grant',
        error_description: 'Invalid login credentials',
      })
    }
  })

  test('of an account that is not confirmed is refused, once the password is right', async () => {
    await street.call('POST', '/admin/users', {
      token: await street.serviceToken(),
      body: { email: 'unconfirmed@example.com', password: PASSWORD },
    })
    const before = await kept()
    const refused = await signIn('unconfirmed@example.com', PASSWORD)
    expect(refused.status).toBe(400)
    expect(refused.body).toMatchObject({
      error_code: 'email_not_confirmed',
      error: 'invalid_grant',
    })
    const { audit, ...others } = await kept()
    const { audit: earlier, ...othersBefore } = before
    expect(others).toEqual(othersBefore)
    expect(audit).toEqual([
      ...(earlier as unknown[]),
      expect.objectContaining({ action: 'login_failed', detail: 'email_not_confirmed' }),
    ])
    const guessed = await signIn('unconfirmed@example.com', 'not the password')
    expect(guessed.body.error_code).toBe('invalid_credentials')
  })

  test('hashes the password anew where the cost has changed since', async () => {
    const person = await street.signUp()
    const key = `user:${person.user.id}`
    const hash = () => street.redis.look('HGET', key, 'password')
    const old = await createPasswords(
      { N: 4, r: 1, p: 1 },
      createHashingTurns({ now: () => 0, pause }, CHEAP),
    ).hash(PASSWORD, 0)
    await street.redis.look('HSET', key, 'password', old)

    expect((await signIn(person.email, 'not the password')).status).toBe(400)
    expect(await hash()).toBe(old)
    expect((await signIn(person.email, PASSWORD)).status).toBe(200)
    const renewed = await hash()
    expect(renewed).toMatch(/^scrypt\$2\$1\$1\$/)
    expect((await signIn(person.email, PASSWORD)).status).toBe(200)
    expect(await hash()).toBe(renewed)
  })
})

describe('reading and changing one’s account', () => {
  beforeEach(open)

  test('GET shows it as the sign-in did', async () => {
    const person = await street.signUp()
    const answer = await street.call('GET', '/user', { token: person.access_token })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(answer.body).toEqual(person.user)
  })

  test('PUT merges the data, and ends no session', async () => {
    const person = await street.signUp()
    const laptop = await street.signIn(person)
    await change(person.access_token, { data: { name: 'Ada', theme: 'dark' } })
    street.clock.pass(1)
    const answer = await change(person.access_token, { data: { theme: null, language: 'en' } })
    expect(answer.status).toBe(200)
    expect(answer.body.user_metadata).toEqual({ name: 'Ada', language: 'en' })
    expect(answer.body.updated_at).toBe(new Date(street.clock.now).toISOString())
    expect(await worksOf(laptop.access_token)).toBe(200)
  })

  test('PUT cannot make the data grow past what one call may bring', async () => {
    const person = await street.signUp()
    const half = 'x'.repeat(9_000)
    expect((await change(person.access_token, { data: { a: half } })).status).toBe(200)
    const answer = await change(person.access_token, { data: { b: half } })
    expect(answer.status).toBe(422)
    expect(answer.body.error_code).toBe('validation_failed')
    const swapped = await change(person.access_token, { data: { a: null, b: half } })
    expect(swapped.status).toBe(200)
  })

  test('PUT of what is nobody’s to change changes nothing of it', async () => {
    const person = await street.signUp()
    const id = '00000000-0000-4000-8000-000000000000'
    const answer = await change(person.access_token, {
      id,
      role: 'admin',
      app_metadata: { plan: 'gold' },
      email_confirmed_at: null,
      banned_until: null,
      created_at: '2000-01-01T00:00:00.000Z',
    })
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual(person.user)
    expect(await keysOf(street.redis, `*${id}*`)).toEqual([])
  })

  test.each([
    { what: 'an email that is a number', body: { email: 7 } },
    { what: 'data that is a list', body: { data: ['a'] } },
    { what: 'a logout that is none', body: { data: {}, logout: 'everyone' } },
  ])('PUT with $what is refused', async ({ body }) => {
    const person = await street.signUp()
    const answer = await change(person.access_token, body)
    expect(answer.status).toBe(422)
    expect(answer.body.error_code).toBe('validation_failed')
  })

  test.each([
    { what: 'a password', body: { password: NEW_PASSWORD } },
    { what: 'an email address', body: { email: 'renamed@example.com' } },
  ])(
    'PUT of $what ends every other session; this one and other people’s live on',
    async ({ body }) => {
      const [person, other] = [await street.signUp(), await street.signUp()]
      const laptop = await street.signIn(person)
      expect((await change(person.access_token, body)).status).toBe(200)
      expect(await worksOf(laptop.access_token)).toBe(401)
      expect((await street.refresh(laptop.refresh_token)).status).toBe(400)
      expect(await worksOf(person.access_token)).toBe(200)
      expect((await street.refresh(person.refresh_token)).status).toBe(200)
      expect(await worksOf(other.access_token)).toBe(200)
    },
  )

  test('PUT with logout others where there are none changes nothing, and fills no log', async () => {
    const person = await street.signUp()
    const log = () => entriesOf(street.redis, `audit:${person.user.id}`)
    const asked = await change(person.access_token, { logout: 'others' })
    expect(asked.status).toBe(200)
    expect((await log()).map(({ action }) => action)).toEqual(['user_signedup'])
    const laptop = await street.signIn(person)
    street.clock.pass(1)
    const ended = await change(person.access_token, { logout: 'others' })
    expect(ended.status).toBe(200)
    expect(await worksOf(laptop.access_token)).toBe(401)
    expect((await log()).at(-1)).toMatchObject({ action: 'user_modified', detail: 'others' })
  })

  test('PUT of data with logout others keeps the data, where there are no others too', async () => {
    const { access_token: token } = await street.signUp()
    const answer = await change(token, { data: { theme: 'dark' }, logout: 'others' })
    expect(answer).toMatchObject({ status: 200, body: { user_metadata: { theme: 'dark' } } })
    const { body } = await street.call('GET', '/user', { token })
    expect(body.user_metadata).toEqual({ theme: 'dark' })
  })

  test('PUT of a password and an email address at once is written down as the password’s', async () => {
    const person = await street.signUp()
    const email = `${crypto.randomUUID()}@example.com`
    const answer = await change(person.access_token, { password: NEW_PASSWORD, email })
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
    const log = await entriesOf(street.redis, `audit:${person.user.id}`)
    expect(log.at(-1)).toMatchObject({ action: 'user_updated_password', detail: 'others' })
    await street.signIn({ email, password: NEW_PASSWORD })
  })

  test('PUT of the present password in another spelling is the same one, compared or proven', async () => {
    const { access_token: token } = await street.signUp()
    // Full-width letters, which NFKC takes for the plain ones.
    const password = PASSWORD.replace('c', '\uff43')
    expect(password).not.toBe(PASSWORD)
    for (const proof of [{}, { current_password: PASSWORD }])
      expect((await change(token, { password, ...proof })).body.error_code).toBe('same_password')
  })

  test('PUT with logout global ends this session too', async () => {
    const person = await street.signUp()
    const body = { password: NEW_PASSWORD, logout: 'global' }
    expect((await change(person.access_token, body)).status).toBe(200)
    expect(await worksOf(person.access_token)).toBe(401)
    expect((await street.refresh(person.refresh_token)).status).toBe(400)
    expect((await signIn(person.email, NEW_PASSWORD)).status).toBe(200)
  })

  test('PUT of an email address moves the account there', async () => {
    const person = await street.signUp('old@example.com')
    const answer = await change(person.access_token, { email: ' New@Example.com' })
    expect(answer.body).toMatchObject({ id: person.user.id, email: 'new@example.com' })
    expect((await signIn('old@example.com', PASSWORD)).body.error_code).toBe('invalid_credentials')
    expect((await signIn('new@example.com', PASSWORD)).status).toBe(200)
    expect((await street.signUp('old@example.com')).user.id).not.toBe(person.user.id)
  })

  test('PUT of an email address shows in the session’s next access token, and the present one still works', async () => {
    const person = await street.signUp()
    const { status } = await change(person.access_token, { email: 'next-token@example.com' })
    expect(status).toBe(200)
    expect(await worksOf(person.access_token)).toBe(200)
    const { body } = await street.refresh(person.refresh_token)
    expect([person.access_token, String(body.access_token)].map((t) => claimsOf(t).email)).toEqual([
      person.email,
      'next-token@example.com',
    ])
  })

  test('PUT of an email address is written down as such, and confirms the new one', async () => {
    const person = await street.signUp()
    street.clock.pass(60)
    const answer = await change(person.access_token, { email: 'new@example.com' })
    expect(answer.body.email_confirmed_at).toBe(new Date(street.clock.now).toISOString())
    expect((await entriesOf(street.redis, `audit:${person.user.id}`)).at(-1)).toMatchObject({
      action: 'user_updated_email',
      detail: 'others',
    })
  })

  test('PUT of one’s present address in another spelling changes nothing and ends nothing', async () => {
    const person = await street.signUp('same@example.com')
    const laptop = await street.signIn(person)
    const answer = await change(person.access_token, { email: 'SAME@example.com' })
    expect(answer.status).toBe(200)
    expect(await worksOf(laptop.access_token)).toBe(200)
  })

  test.each([
    { what: 'a taken address', email: 'taken@example.com', status: 422, code: 'email_exists' },
    { what: 'what is no address', email: 'nobody', status: 400, code: 'validation_failed' },
  ])('PUT of $what is refused, and ends nothing', async ({ email, status, code }) => {
    await street.signUp('taken@example.com')
    const person = await street.signUp()
    const before = await kept()
    const answer = await change(person.access_token, { email })
    expect(answer.status).toBe(status)
    expect(answer.body.error_code).toBe(code)
    expect(await kept()).toEqual(before)
  })

  test.each([
    { what: 'the present password', body: { password: PASSWORD }, code: 'same_password' },
    { what: 'a weak password', body: { password: 'iloveyou' }, code: 'weak_password' },
    {
      what: 'the new address as password',
      body: { email: 'renamed@example.com', password: 'renamed@example.com' },
      code: 'weak_password',
    },
  ])('PUT of $what is refused, and changes nothing', async ({ body, code }) => {
    const person = await street.signUp()
    const before = await kept()
    const answer = await change(person.access_token, body)
    expect(answer.status).toBe(422)
    expect(answer.body.error_code).toBe(code)
    expect(await kept()).toEqual(before)
  })
})

describe('proving the password', () => {
  let person: Person
  beforeEach(async () => {
    await open()
    person = await street.signUp()
  })
  const sensitive: { what: string; ask: (more?: object) => Promise<Answer> }[] = [
    {
      what: 'a new password',
      ask: (more) => change(person.access_token, { password: NEW_PASSWORD, ...more }),
    },
    {
      what: 'a new email address',
      ask: (more) => change(person.access_token, { email: 'renamed@example.com', ...more }),
    },
    {
      what: 'the end of the account',
      ask: (more) =>
        street.call('DELETE', '/user', {
          token: person.access_token,
          ...(more === undefined ? {} : { body: more }),
        }),
    },
  ]
  const reauthenticate = (password: string, token = person.access_token) =>
    street.call('POST', '/reauthenticate', { token, body: { password } })

  describe.each(sensitive)('$what', ({ ask }) => {
    test('needs no more proof for ten minutes after the sign-in', async () => {
      street.clock.pass(TEN_MINUTES)
      expect((await ask()).status).toBe(200)
    })

    test('needs one after that, and says so as RFC 9470 has it', async () => {
      street.clock.pass(TEN_MINUTES + 1)
      const before = await kept()
      const answer = await ask()
      expect(answer.status).toBe(401)
      expect(answer.body.error_code).toBe('reauthentication_needed')
      expect(answer.headers.get('WWW-Authenticate')).toBe(
        'Bearer error="insufficient_user_authentication", error_description="A more recent authentication is required", max_age="600"',
      )
      expect(await kept()).toEqual(before)
    })

    test('takes the password along with it', async () => {
      street.clock.pass(TEN_MINUTES + 1)
      expect((await ask({ current_password: PASSWORD })).status).toBe(200)
    })

    test('does not take a wrong one, not even soon after the sign-in', async () => {
      const before = await kept()
      const answer = await ask({ current_password: 'not the password' })
      expect(answer.status).toBe(400)
      expect(answer.body.error_code).toBe('current_password_invalid')
      expect(await kept()).toEqual(before)
    })

    test('takes a proof that was given to /reauthenticate, for ten minutes', async () => {
      street.clock.pass(TEN_MINUTES + 1)
      expect((await reauthenticate(PASSWORD)).status).toBe(200)
      street.clock.pass(200)
      expect((await ask()).status).toBe(200)
    })

    test('does not take one that was given in another session', async () => {
      street.clock.pass(TEN_MINUTES + 1)
      const laptop = await street.signIn(person)
      expect((await reauthenticate(PASSWORD, laptop.access_token)).status).toBe(200)
      expect((await ask()).body.error_code).toBe('reauthentication_needed')
    })
  })

  test('is answered with how long it counts, and shows in the next token', async () => {
    street.clock.pass(TEN_MINUTES + 1)
    const answer = await reauthenticate(PASSWORD)
    expect(answer.body).toEqual({
      message: 'Reauthenticated',
      timestamp: new Date(street.clock.now).toISOString(),
      valid_until: new Date(street.clock.now + TEN_MINUTES * 1000).toISOString(),
    })
    const proven = Math.floor(street.clock.now / 1000)
    street.clock.pass(60)
    const renewed = await street.refresh(person.refresh_token)
    expect(claimsOf(String(renewed.body.access_token)).auth_time).toBe(proven)
  })

  test('with a wrong one is refused, and marks nothing', async () => {
    street.clock.pass(TEN_MINUTES + 1)
    const before = await kept()
    const answer = await reauthenticate('not the password')
    expect(answer.status).toBe(400)
    expect(answer.body).toEqual({
      code: 400,
      error_code: 'current_password_invalid',
      msg: 'The password is wrong.',
    })
    expect(await kept()).toEqual(before)
  })

  test('is not needed for what is not sensitive', async () => {
    street.clock.pass(TEN_MINUTES + 1)
    expect((await change(person.access_token, { data: { a: 1 } })).status).toBe(200)
  })

  test('a refresh is no proof', async () => {
    street.clock.pass(TEN_MINUTES + 1)
    const { body } = await street.refresh(person.refresh_token)
    const answer = await change(String(body.access_token), { password: NEW_PASSWORD })
    expect(answer.body.error_code).toBe('reauthentication_needed')
  })
})

describe('deleting one’s account', () => {
  beforeEach(open)

  test('ends every session, and leaves nothing but the audit log', async () => {
    const [person, other] = [await street.signUp(), await street.signUp()]
    const laptop = await street.signIn(person)
    const answer = await street.call('DELETE', '/user', {
      token: person.access_token,
      // As clients do: JSON is announced, nothing is sent.
      headers: { 'Content-Type': 'application/json' },
    })
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({})
    for (const { access_token, refresh_token } of [person, laptop]) {
      expect(await worksOf(access_token)).toBe(401)
      expect((await street.refresh(refresh_token)).status).toBe(400)
    }
    const { id } = person.user
    expect(await keysOf(street.redis, `*${id}*`)).toEqual([`audit:${id}`])
    expect(await street.redis.look('ZRANGE', 'emails', 0, -1)).toEqual([
      `${other.email} ${other.user.id}`,
    ])
    expect(await worksOf(other.access_token)).toBe(200)
  })

  test('frees the address for an account that has nothing of the old one', async () => {
    const person = await street.signUp('phoenix@example.com')
    await street.call('DELETE', '/user', { token: person.access_token })
    expect((await signIn('phoenix@example.com', PASSWORD)).body.error_code).toBe(
      'invalid_credentials',
    )
    const newcomer = await street.signUp('phoenix@example.com')
    expect(newcomer.user.id).not.toBe(person.user.id)
    expect(await worksOf(person.access_token)).toBe(401)
  })
})

test('a service token has no account of its own', async () => {
  await open()
  const token = await street.serviceToken()
  for (const [method, path] of [
    ['GET', '/user'],
    ['PUT', '/user'],
    ['DELETE', '/user'],
    ['POST', '/reauthenticate'],
    ['GET', '/sessions'],
    ['DELETE', '/sessions/00000000-0000-4000-8000-000000000000'],
  ] as const) {
    const answer = await street.call(method, path, {
      token,
      ...(method === 'GET' ? {} : { body: {} }),
    })
    expect([answer.status, answer.body.error_code]).toEqual([401, 'bad_jwt'])
  }
})

describe('a new password while its account is signed in to again and again', () => {
  const rows: [
    string,
    (one: Street, person: Person) => Promise<{ path: string; token: string }>,
  ][] = [
    ["one's own", async (_, { access_token: token }) => ({ path: '/user', token })],
    [
      "an operator's",
      async (one, { user }) => ({
        path: `/admin/users/${user.id}`,
        token: await one.serviceToken(),
      }),
    ],
  ]
  test.each(rows)('%s is set all the same', async (_, asked) => {
    const busy = await openStreet()
    const person = await busy.signUp()
    const { path, token } = await asked(busy, person)
    const { passwords } = busy.services.ports
    let crossed = 0
    const app = createApp({
      ...busy.services,
      ports: {
        ...busy.services.ports,
        passwords: {
          ...passwords,
          async hash(password, since) {
            crossed++
            await busy.signIn(person)
            return passwords.hash(password, since)
          },
        },
      },
    })
    const answer = await app.request(path, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ password: NEW_PASSWORD }),
    })
    expect(answer.status).toBe(200)
    expect(crossed).toBe(1)
    expect((await signIn(person.email, PASSWORD, busy)).status).toBe(400)
    expect((await signIn(person.email, NEW_PASSWORD, busy)).status).toBe(200)
  })
})
