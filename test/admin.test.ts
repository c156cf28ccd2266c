/** What operators do to accounts and sessions: list, search, make, change, ban, delete, end. */

import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { NOBODY, openAdministrator } from './support/operators.ts'
import { contentsOf, keysOf } from './support/redis-contents.ts'
import { type Answer, claimsOf, openStreet, PASSWORD, type Street } from './support/street.ts'

const emailsOf = ({ body }: Answer): string[] =>
  (body.users as { email: string }[]).map(({ email }) => email)

let street: Street
let token: string
const open = async () => {
  street = await openStreet()
  token = await street.serviceToken()
}

const ask = (method: string, path: string, body?: unknown) =>
  street.call(method, path, { token, ...(body === undefined ? {} : { body }) })

async function create(email: string, more: Record<string, unknown> = {}): Promise<string> {
  const answer = await ask('POST', '/admin/users', { email, ...more })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return String(answer.body.id)
}

const worksOf = async (access_token: string) =>
  (await street.call('GET', '/user', { token: access_token })).status

describe('the list of users', () => {
  const newestFirst: string[] = []
  beforeAll(async () => {
    await open()
    for (const name of ['one', 'two', 'three', 'four', 'five']) {
      await create(`${name}@example.com`)
      newestFirst.unshift(`${name}@example.com`)
      street.clock.pass(1)
    }
  })
  beforeEach(async () => {
    token = await street.serviceToken()
  })

  test('begins with the newest', async () => {
    const answer = await ask('GET', '/admin/users')
    expect(emailsOf(answer)).toEqual(newestFirst)
    expect(answer.body).toMatchObject({ aud: 'authenticated', total: 5 })
    expect(answer.headers.get('X-Total-Count')).toBe('5')
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
  })

  test('comes in pages, each of which names the next and the last', async () => {
    const link = (page: number, rel: string) =>
      `<http://localhost/admin/users?page=${page}&per_page=2>; rel="${rel}"`
    const pages = await Promise.all(
      [1, 2, 3, 4].map((page) => ask('GET', `/admin/users?page=${page}&per_page=2`)),
    )
    expect(pages.map(emailsOf)).toEqual([
      newestFirst.slice(0, 2),
      newestFirst.slice(2, 4),
      newestFirst.slice(4),
      [],
    ])
    expect(pages.map(({ headers }) => headers.get('Link'))).toEqual([
      `${link(2, 'next')}, ${link(3, 'last')}`,
      `${link(3, 'next')}, ${link(3, 'last')}`,
      link(3, 'last'),
      link(3, 'last'),
    ])
    expect(pages.map(({ headers }) => headers.get('X-Total-Count'))).toEqual(['5', '5', '5', '5'])
  })

  test('takes an empty page for the first', async () => {
    expect(emailsOf(await ask('GET', '/admin/users?page=&per_page='))).toEqual(newestFirst)
  })

  test('also holds who signed up', async () => {
    const person = await street.signUp()
    const answer = await ask('GET', '/admin/users?per_page=1')
    expect(emailsOf(answer)).toEqual([person.email])
    await ask('DELETE', `/admin/users/${person.user.id}`)
  })

  test('never shows a password', async () => {
    const id = await create('secretive@example.com', { password: PASSWORD })
    const answer = await ask('GET', '/admin/users')
    expect(JSON.stringify(answer.body)).not.toMatch(/scrypt|password/i)
    await ask('DELETE', `/admin/users/${id}`)
  })

  test.each([
    'page=0',
    'page=-1',
    'page=x',
    'page=1.5',
    'page=1000001',
    'per_page=0',
    'per_page=1001',
    `filter=${'a'.repeat(255)}`,
  ])('with %s is refused', async (query) => {
    const answer = await ask('GET', `/admin/users?${query}`)
    expect(answer.status).toBe(400)
    expect(answer.body.error_code).toBe('validation_failed')
  })
})

describe('the search for users', () => {
  const addresses = [
    '!a@example.com',
    '*star@example.com',
    '+plus@example.com',
    '-dash@example.com',
    'ann@example.com',
    'ann@example.com.au',
    'anna@example.com',
    'bob@example.com',
    '{brace@example.com',
    'zoë@example.com',
    'ünal@example.com',
    '\u01F0im@example.com',
    'жанна@example.com',
    '山田@example.com',
  ]
  const ids = new Map<string, string>()
  beforeAll(async () => {
    await open()
    for (const address of addresses) ids.set(address, await create(address))
  })
  const search = (filter: string, more = '') =>
    ask('GET', `/admin/users?filter=${encodeURIComponent(filter)}${more}`)

  test.each([
    { filter: 'ann', found: ['ann@example.com', 'ann@example.com.au', 'anna@example.com'] },
    { filter: 'ann@', found: ['ann@example.com', 'ann@example.com.au'] },
    { filter: 'ann@example.com', found: ['ann@example.com', 'ann@example.com.au'] },
    { filter: 'ANN', found: ['ann@example.com', 'ann@example.com.au', 'anna@example.com'] },
    { filter: '  bob ', found: ['bob@example.com'] },
    { filter: 'zoe\u0308', found: ['zoë@example.com'] },
    { filter: 'J\u030C', found: ['\u01F0im@example.com'] },
    { filter: 'Ü', found: ['ünal@example.com'] },
    { filter: 'ЖАН', found: ['жанна@example.com'] },
    { filter: '山', found: ['山田@example.com'] },
    { filter: '!', found: ['!a@example.com'] },
    { filter: '*', found: ['*star@example.com'] },
    { filter: '+', found: ['+plus@example.com'] },
    { filter: '-', found: ['-dash@example.com'] },
    { filter: '{', found: ['{brace@example.com'] },
    { filter: '[', found: [] },
    { filter: '[ann', found: [] },
    { filter: '(', found: [] },
    { filter: '?', found: [] },
    { filter: 'nn', found: [] },
  ])('by $filter goes by the beginning of the address', async ({ filter, found }) => {
    const answer = await search(filter)
    expect(answer.status).toBe(200)
    expect(emailsOf(answer)).toEqual(found)
    expect(answer.body.total).toBe(found.length)
    expect(answer.headers.get('X-Total-Count')).toBe(String(found.length))
  })

  test('by an id finds that user, whatever blanks stand around it', async () => {
    const id = ids.get('bob@example.com')
    expect(emailsOf(await search(` ${id}  `))).toEqual(['bob@example.com'])
  })

  test('that finds nobody has one page', async () => {
    const { headers } = await search('nobody')
    expect(headers.get('Link')).toBe(
      '<http://localhost/admin/users?page=1&per_page=50&filter=nobody>; rel="last"',
    )
  })

  test('by what no address can begin with finds nobody', async () => {
    for (const filter of ['\u0000', '\n', '\u{10FFFF}', '\uFFFD'])
      expect(emailsOf(await search(`${filter}.`))).toEqual([])
  })

  test('comes in pages that keep to what was searched', async () => {
    const byId = await search((await street.signUp()).user.id, '&page=2')
    expect(emailsOf(byId)).toEqual([])
    const first = await search('Ann', '&per_page=2')
    const second = await search('Ann', '&per_page=2&page=2')
    expect(emailsOf(first)).toEqual(['ann@example.com', 'ann@example.com.au'])
    expect(emailsOf(second)).toEqual(['anna@example.com'])
    const link = 'http://localhost/admin/users?page=2&per_page=2&filter=Ann'
    expect(first.headers.get('Link')).toBe(`<${link}>; rel="next", <${link}>; rel="last"`)
  })

  test('by an id finds that one user', async () => {
    const answer = await search(ids.get('bob@example.com') ?? '')
    expect(emailsOf(answer)).toEqual(['bob@example.com'])
    expect(answer.body.total).toBe(1)
  })

  test('by an id that nobody has finds nobody', async () => {
    const answer = await search(NOBODY)
    expect(emailsOf(answer)).toEqual([])
    expect(answer.body.total).toBe(0)
  })

  test('goes by the address of now, not by an earlier one', async () => {
    const id = await create('early@example.com')
    await ask('PUT', `/admin/users/${id}`, { email: 'late@example.com' })
    expect(emailsOf(await search('early'))).toEqual([])
    expect(emailsOf(await search('late'))).toEqual(['late@example.com'])
  })

  test('does not find who was deleted', async () => {
    const id = await create('shortlived@example.com')
    await ask('DELETE', `/admin/users/${id}`)
    expect(emailsOf(await search('shortlived'))).toEqual([])
  })
})

describe('making a user', () => {
  beforeAll(open)

  test('keeps what was asked for, and only the hash of the password', async () => {
    const answer = await ask('POST', '/admin/users', {
      email: ' Ada@Example.com ',
      password: PASSWORD,
      email_confirm: true,
      role: 'editor',
      user_metadata: { name: 'Ada' },
      app_metadata: { plan: 'gold' },
    })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({
      email: 'ada@example.com',
      role: 'editor',
      email_confirmed_at: new Date(street.clock.now).toISOString(),
      last_sign_in_at: null,
      user_metadata: { name: 'Ada' },
      app_metadata: { provider: 'email', providers: ['email'], plan: 'gold' },
    })
    const kept = JSON.stringify(await contentsOf(street.redis))
    expect(kept).toContain('scrypt$')
    expect(kept).not.toContain(PASSWORD)
    await street.signIn({ email: 'ada@example.com' })
  })

  test.each([true, false])(
    'with email_confirm %s says so of the address, wherever it stands',
    async (email_confirm) => {
      const email = `${email_confirm}@example.com`
      const { body } = await ask('POST', '/admin/users', { email, email_confirm })
      expect(body).toMatchObject({
        email_confirmed_at: email_confirm ? new Date(street.clock.now).toISOString() : null,
        identities: [{ identity_data: { email, email_verified: email_confirm } }],
      })
    },
  )

  test('an address that is confirmed again keeps the time at which it was first', async () => {
    const id = await create('confirmed-again@example.com', { email_confirm: true })
    const first = new Date(street.clock.now).toISOString()
    street.clock.pass(60)
    const { body } = await ask('PUT', `/admin/users/${id}`, { email_confirm: true })
    expect(body).toMatchObject({ email_confirmed_at: first, confirmed_at: first })
  })

  test('opens no session', async () => {
    const id = await create('sessionless@example.com', { password: PASSWORD })
    expect(await keysOf(street.redis, `*session*${id}*`)).toEqual([])
    const { body } = await ask('GET', `/admin/users/${id}/sessions`)
    expect(body).toEqual({ sessions: [] })
  })

  test('without a password makes one that cannot sign in with any', async () => {
    await create('unarmed@example.com', { email_confirm: true })
    const answer = await street.call('POST', '/token?grant_type=password', {
      body: { email: 'unarmed@example.com', password: PASSWORD },
    })
    expect(answer.status).toBe(400)
    expect(answer.body.error_code).toBe('invalid_credentials')
  })

  test('takes an id of our form, and refuses one that is taken', async () => {
    const id = '11111111-1111-4111-8111-111111111111'
    expect(await create('given-id@example.com', { id })).toBe(id)
    const answer = await ask('POST', '/admin/users', { email: 'other@example.com', id })
    expect(answer.status).toBe(422)
    expect(await street.redis.look('HGET', `user:${id}`, 'email')).toBe('given-id@example.com')
  })

  test('with a taken address, however spelt, is refused and changes nothing', async () => {
    await create('taken@example.com')
    await street.settled()
    const before = await contentsOf(street.redis)
    const answer = await ask('POST', '/admin/users', { email: 'TAKEN@example.com' })
    expect(answer.status).toBe(422)
    expect(answer.body.error_code).toBe('email_exists')
    await street.settled()
    expect(await contentsOf(street.redis)).toEqual(before)
  })

  test.each([
    { what: 'no address', body: {}, status: 422 },
    { what: 'what is no address', body: { email: 'nobody' }, status: 400 },
    { what: 'a weak password', body: { email: 'a@example.com', password: 'short' }, status: 422 },
    {
      what: 'a role of 33 letters',
      body: { email: 'a@example.com', role: 'r'.repeat(33) },
      status: 422,
    },
    { what: 'a role with capitals', body: { email: 'a@example.com', role: 'Admin' }, status: 422 },
    {
      what: 'an id in capitals',
      body: { email: 'a@example.com', id: 'A'.repeat(36) },
      status: 422,
    },
    {
      what: 'a duration that is none',
      body: { email: 'a@example.com', ban_duration: '24 hours' },
      status: 422,
    },
    {
      what: 'metadata that is a list',
      body: { email: 'a@example.com', user_metadata: ['a'] },
      status: 422,
    },
  ])('with $what is refused', async ({ body, status }) => {
    const answer = await ask('POST', '/admin/users', body)
    expect(answer.status).toBe(status)
    expect(emailsOf(await ask('GET', '/admin/users?filter=a@'))).toEqual([])
  })
})

describe('changing a user', () => {
  beforeAll(open)

  test('to a password that is the new address is refused, and changes nothing', async () => {
    const person = await street.signUp()
    const email = `${crypto.randomUUID()}@example.com`
    const path = `/admin/users/${person.user.id}`
    const answer = await ask('PUT', path, { email, password: email })
    expect(answer).toMatchObject({ status: 422, body: { error_code: 'weak_password' } })
    expect((await ask('GET', path)).body.email).toBe(person.email)
    await street.signIn(person)
  })

  test.each([
    { what: 'the confirmation of an address taken back', body: { email_confirm: false } },
    { what: 'a phone confirmed', body: { phone_confirm: true } },
    { what: 'a ban for no time', body: { ban_duration: '0s' } },
    { what: 'a ban for no time, in parts', body: { ban_duration: '0h0.0m' } },
  ])('$what is not done here, and not told as done', async ({ body }) => {
    const person = await street.signUp()
    const path = `/admin/users/${person.user.id}`
    expect((await ask('PUT', path, { ban_duration: '1h' })).status).toBe(200)
    const before = (await ask('GET', path)).body
    const answer = await ask('PUT', path, body)
    expect(answer.status).toBe(422)
    expect(answer.body.msg).toContain(`${Object.keys(body)[0]}: `)
    expect((await ask('GET', path)).body).toEqual(before)
  })

  test('of a ban that is no duration one thing is said: the first that is wrong', async () => {
    const person = await street.signUp()
    const said = async (ban_duration: string) =>
      (await ask('PUT', `/admin/users/${person.user.id}`, { ban_duration })).body.msg
    expect(await said('forever')).toBe(
      "ban_duration: must be a duration such as '24h' or '1h30m', or 'none'",
    )
    expect(await said('0s')).toBe("ban_duration: must be longer than nothing; 'none' lifts a ban")
    expect(await said('for '.repeat(9))).toBe('ban_duration: must have at most 32 characters')
  })

  test('a ban for less than a millisecond is one all the same', async () => {
    const person = await street.signUp()
    const path = `/admin/users/${person.user.id}`
    const { body } = await ask('PUT', path, { ban_duration: '0.4ms' })
    expect(body.banned_until).toBe(new Date(street.clock.now + 1).toISOString())
    expect(await worksOf(person.access_token)).toBe(401)
  })

  test.each([
    { what: 'a password', body: { password: 'a new battery staple' } },
    { what: 'a role', body: { role: 'editor' } },
    { what: 'an address', body: { email: 'changed@example.com' } },
    { what: 'a ban', body: { ban_duration: '1h' } },
  ])('to $what ends every session of the user, and nobody else’s', async ({ body }) => {
    const [person, other] = [await street.signUp(), await street.signUp()]
    const laptop = await street.signIn(person)
    expect((await ask('PUT', `/admin/users/${person.user.id}`, body)).status).toBe(200)
    for (const { access_token, refresh_token } of [person, laptop]) {
      expect(await worksOf(access_token)).toBe(401)
      expect((await street.refresh(refresh_token)).status).toBe(400)
    }
    expect(await worksOf(other.access_token)).toBe(200)
  })

  test.each([
    { what: 'metadata', body: { user_metadata: { a: 1 }, app_metadata: { b: 2 } } },
    { what: 'the present role', body: { role: 'authenticated' } },
    { what: 'nothing', body: {} },
  ])('to $what ends no session', async ({ body }) => {
    const person = await street.signUp()
    expect((await ask('PUT', `/admin/users/${person.user.id}`, body)).status).toBe(200)
    expect(await worksOf(person.access_token)).toBe(200)
  })

  test('says when that was', async () => {
    const person = await street.signUp()
    street.clock.pass(60)
    const path = `/admin/users/${person.user.id}`
    const answer = await ask('PUT', path, { user_metadata: { a: 1 } })
    expect(answer.body).toMatchObject({
      created_at: person.user.created_at,
      updated_at: new Date(street.clock.now).toISOString(),
    })
    expect((await ask('GET', path)).body).toEqual(answer.body)
  })

  test('to another address frees the old one and takes the new one', async () => {
    const person = await street.signUp('old@example.com')
    await ask('PUT', `/admin/users/${person.user.id}`, { email: 'New@example.com' })
    const signedIn = await street.signIn({ email: 'new@example.com' })
    expect(signedIn.user.id).toBe(person.user.id)
    const newcomer = await street.signUp('old@example.com')
    expect(newcomer.user.id).not.toBe(person.user.id)
  })

  test('to a taken address is refused, and ends nothing', async () => {
    const [one, two] = [await street.signUp(), await street.signUp()]
    const answer = await ask('PUT', `/admin/users/${one.user.id}`, { email: two.email })
    expect(answer.status).toBe(422)
    expect(answer.body.error_code).toBe('email_exists')
    expect(await worksOf(one.access_token)).toBe(200)
  })

  test.each(['user_metadata', 'app_metadata'])(
    'cannot make the %s grow without end',
    async (kind) => {
      const id = await create(`${kind}@example.com`)
      const half = 'x'.repeat(9_000)
      const first = await ask('PUT', `/admin/users/${id}`, { [kind]: { a: half } })
      expect(first.status).toBe(200)
      const answer = await ask('PUT', `/admin/users/${id}`, { [kind]: { b: half } })
      expect(answer.status).toBe(422)
      expect(answer.body.error_code).toBe('validation_failed')
      expect((await ask('GET', `/admin/users/${id}`)).body).toEqual(first.body)
    },
  )

  test('who does not exist is user_not_found', async () => {
    const answer = await ask('PUT', `/admin/users/${NOBODY}`, { role: 'editor' })
    expect(answer.status).toBe(404)
    expect(answer.body.error_code).toBe('user_not_found')
    expect(await keysOf(street.redis, `*${NOBODY}*`)).toEqual([])
  })

  test.each(['GET', 'PUT', 'DELETE'])('%s of what is no id is refused', async (method) => {
    const answer = await ask(method, '/admin/users/7', method === 'GET' ? undefined : {})
    expect(answer.status).toBe(400)
    expect(answer.body.error_code).toBe('validation_failed')
  })

  test('is done to an account whose address nobody could take today, too', async () => {
    const { user } = await street.signUp()
    const email = 'ada\u1160@example.com'
    await street.redis.look('HSET', `user:${user.id}`, 'email', email)
    const answer = await ask('PUT', `/admin/users/${user.id}`, { ban_duration: '24h' })
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
    expect(answer.body.email).toBe(email)
  })

  test('keeps an account as it is, down to an address whose small letters compose', async () => {
    // 'J̌' has no form of one character, but its small letter has: 'ǰ'.
    const person = await street.signUp('J\u030Cim@example.com')
    await ask('PUT', `/admin/users/${person.user.id}`, { user_metadata: { a: 1 } })
    expect(await worksOf(person.access_token)).toBe(200)
    await street.signIn({ email: '\u01F0im@example.com' })
  })
})

describe('a ban', () => {
  beforeAll(open)
  const signIn = (email: string) =>
    street.call('POST', '/token?grant_type=password', { body: { email, password: PASSWORD } })

  test('keeps the user out until it ends', async () => {
    const person = await street.signUp()
    const { body } = await ask('PUT', `/admin/users/${person.user.id}`, { ban_duration: '1h30m' })
    expect(Date.parse(String(body.banned_until))).toBe(street.clock.now + 5400 * 1000)
    const refused = await signIn(person.email)
    expect(refused.status).toBe(400)
    expect(refused.body).toMatchObject({ error_code: 'user_banned', error: 'invalid_grant' })
    street.clock.pass(5400)
    expect((await signIn(person.email)).status).toBe(200)
  })

  test('can be lifted, and brings no old session back', async () => {
    token = await street.serviceToken()
    const person = await street.signUp()
    await ask('PUT', `/admin/users/${person.user.id}`, { ban_duration: '1h' })
    const { body } = await ask('PUT', `/admin/users/${person.user.id}`, { ban_duration: 'none' })
    expect(body.banned_until).toBeNull()
    expect(await worksOf(person.access_token)).toBe(401)
    expect((await signIn(person.email)).status).toBe(200)
  })

  test('is not told to who does not know the password', async () => {
    const person = await street.signUp()
    await ask('PUT', `/admin/users/${person.user.id}`, { ban_duration: '1h' })
    const answer = await street.call('POST', '/token?grant_type=password', {
      body: { email: person.email, password: 'not the password' },
    })
    expect(answer.body.error_code).toBe('invalid_credentials')
  })
})

describe('deleting a user', () => {
  beforeAll(open)

  test('ends everything of the user, and leaves nothing but the audit log', async () => {
    const [person, other] = [await street.signUp(), await street.signUp()]
    const { id } = person.user
    const answer = await ask('DELETE', `/admin/users/${id}`)
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ id, email: person.email })
    expect(await worksOf(person.access_token)).toBe(401)
    expect((await street.refresh(person.refresh_token)).status).toBe(400)
    expect(await keysOf(street.redis, `*${id}*`)).toEqual([`audit:${id}`])
    expect(await street.redis.look('ZSCORE', 'users', id)).toBeNull()
    const names = await street.redis.look('ZRANGE', 'emails', 0, -1)
    expect(names).toEqual([`${other.email} ${other.user.id}`])
    expect(await worksOf(other.access_token)).toBe(200)
  })

  test('frees the address, for an account that has nothing of the old one', async () => {
    const person = await street.signUp('phoenix@example.com')
    await ask('PUT', `/admin/users/${person.user.id}`, { app_metadata: { plan: 'gold' } })
    await ask('DELETE', `/admin/users/${person.user.id}`)
    const newcomer = await street.signUp('phoenix@example.com')
    expect(newcomer.user.id).not.toBe(person.user.id)
    expect(newcomer.user.app_metadata).toEqual({ provider: 'email', providers: ['email'] })
    expect(await worksOf(person.access_token)).toBe(401)
  })

  test('twice is user_not_found the second time', async () => {
    const person = await street.signUp()
    await ask('DELETE', `/admin/users/${person.user.id}`)
    const again = await ask('DELETE', `/admin/users/${person.user.id}`)
    expect(again.status).toBe(404)
    expect(again.body.error_code).toBe('user_not_found')
  })
})

describe('sessions', () => {
  beforeEach(open)

  test('of a user are listed as their owner sees them, but none as the operator’s own', async () => {
    const person = await street.signUp()
    street.clock.pass(1)
    await street.signIn(person, { headers: { 'User-Agent': 'curl/8.1' } })
    const { body } = await ask('GET', `/admin/users/${person.user.id}/sessions`)
    const own = await street.call('GET', '/sessions', { token: person.access_token })
    const unmarked = (own.body.sessions as object[]).map((one) => ({ ...one, current: false }))
    expect(body.sessions).toEqual(unmarked)
    expect(body.sessions).toMatchObject([{ device: 'Unknown device' }, { device: 'curl' }])
  })

  test('of an administrator are listed with the one that asks marked, and those of anybody else with none', async () => {
    const admin = await openAdministrator(street)
    const { access_token: phone } = await street.signIn(admin)
    const other = await street.signUp()
    token = admin.access_token
    const list = async (id: string) => {
      const { body } = await ask('GET', `/admin/users/${id}/sessions`)
      return (body.sessions as { id: string; current: boolean }[]).map((one) => [
        one.id,
        one.current,
      ])
    }
    const own = await list(admin.user.id)
    expect(own).toHaveLength(2)
    expect(Object.fromEntries(own)).toEqual({
      [String(claimsOf(token).sid)]: true,
      [String(claimsOf(phone).sid)]: false,
    })
    expect(await list(other.user.id)).toEqual([[claimsOf(other.access_token).sid, false]])
  })

  test('of nobody are user_not_found', async () => {
    for (const [method, path] of [
      ['GET', `/admin/users/${NOBODY}/sessions`],
      ['POST', `/admin/users/${NOBODY}/logout`],
    ] as const) {
      const answer = await ask(method, path)
      expect(answer.status).toBe(404)
      expect(answer.body.error_code).toBe('user_not_found')
    }
    expect(await keysOf(street.redis)).toEqual([])
  })

  test('of a user are ended all together, and counted', async () => {
    const [person, other] = [await street.signUp(), await street.signUp()]
    const laptop = await street.signIn(person)
    const answer = await ask('POST', `/admin/users/${person.user.id}/logout`)
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      message: 'Logged out from all devices',
      timestamp: new Date(street.clock.now).toISOString(),
      scope: 'global',
      sessions_ended: 2,
    })
    for (const { access_token, refresh_token } of [person, laptop]) {
      expect(await worksOf(access_token)).toBe(401)
      expect((await street.refresh(refresh_token)).status).toBe(400)
    }
    expect(await worksOf(other.access_token)).toBe(200)
    await street.signIn(person)
  })

  test('of a user can be ended one by one', async () => {
    const person = await street.signUp()
    const phone = await street.signIn(person)
    const path = `/admin/users/${person.user.id}/sessions/${claimsOf(phone.access_token).sid}`
    const answer = await ask('DELETE', path)
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      message: 'Logout successful',
      timestamp: new Date(street.clock.now).toISOString(),
      scope: 'session',
      sessions_ended: 1,
    })
    expect(await worksOf(phone.access_token)).toBe(401)
    expect((await street.refresh(phone.refresh_token)).status).toBe(400)
    expect(await worksOf(person.access_token)).toBe(200)
    const { body } = await ask('GET', `/admin/audit?user=${person.user.id}&action=session_ended`)
    expect(body.entries).toMatchObject([{ session: claimsOf(phone.access_token).sid }])
    const again = await ask('DELETE', path)
    expect([again.status, again.body.error_code]).toEqual([404, 'session_unknown'])
  })

  test("of somebody else are unknown under a user's id, and live on", async () => {
    const [person, other] = [await street.signUp(), await street.signUp()]
    const { sid } = claimsOf(other.access_token)
    for (const id of [person.user.id, NOBODY]) {
      const answer = await ask('DELETE', `/admin/users/${id}/sessions/${sid}`)
      expect([answer.status, answer.body.error_code]).toEqual([404, 'session_unknown'])
    }
    expect(await worksOf(other.access_token)).toBe(200)
  })

  test("of an operator may be the operator's own", async () => {
    const admin = await openAdministrator(street)
    const token = admin.access_token
    const path = `/admin/users/${admin.user.id}/sessions/${claimsOf(token).sid}`
    expect((await street.call('DELETE', path, { token })).status).toBe(200)
    expect(await worksOf(token)).toBe(401)
  })

  test('of a user who has none are ended without complaint', async () => {
    const person = await street.signUp()
    await ask('POST', `/admin/users/${person.user.id}/logout`)
    const again = await ask('POST', `/admin/users/${person.user.id}/logout`)
    expect(again.status).toBe(200)
    expect(again.body.sessions_ended).toBe(0)
  })

  test('of everyone are ended at once, the administrator’s own too', async () => {
    const admin = await openAdministrator(street)
    const people = [await street.signUp(), await street.signUp(), admin]
    const answer = await street.call('POST', '/admin/logout', { token: admin.access_token })
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      message: 'Everyone is logged out',
      timestamp: new Date(street.clock.now).toISOString(),
      scope: 'realm',
      sessions_ended: null,
    })
    for (const { access_token, refresh_token } of people) {
      expect(await worksOf(access_token)).toBe(401)
      expect((await street.refresh(refresh_token)).status).toBe(400)
    }
    expect((await ask('GET', '/admin/users')).status).toBe(200)
    for (const person of people)
      expect(await worksOf((await street.signIn(person)).access_token)).toBe(200)
  })

  test('of everyone are ended by one command, however many they are', async () => {
    for (let i = 0; i < 5; i++) await street.signUp()
    await street.settled()
    await street.redis.forget()
    await ask('POST', '/admin/logout')
    // The check of the service token, and the cutoff.
    const commands = (await street.redis.requests()).flatMap(({ commands }) => commands)
    expect(commands.filter((command) => !command.startsWith('EVAL '))).toHaveLength(2)
  })
})
