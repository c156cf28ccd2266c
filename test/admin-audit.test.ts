/** The audit log: who did what to whom, found by user and by action, page by page, and without a secret in it. */

import { beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import type { AuditEntryBody } from '../src/contract/answers.ts'
import type { AuditEvent } from '../src/domain/audit.ts'
import { recordAlone } from '../src/store/audit-scripts.ts'
import { openSession } from '../src/store/session-scripts.ts'
import { holdBack, withAnswersLost } from './support/on-the-way.ts'
import { NOBODY, openAdministrator } from './support/operators.ts'
import { contentsOf, entriesOf, keysOf } from './support/redis-contents.ts'
import { claimsOf, openStreet, PASSWORD, type Person, type Street } from './support/street.ts'

let street: Street
let token: string
const open = async () => {
  street = await openStreet()
  token = await street.serviceToken()
}

interface Page {
  entries: AuditEntryBody[]
  next: string | null
}

async function read(query = ''): Promise<Page> {
  await street.settled()
  const answer = await street.call('GET', `/admin/audit?${query}`, { token })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body as unknown as Page
}

const actionsOf = ({ entries }: Page): string[] => entries.map(({ action }) => action)

/** More pages than any log here has. */
const MOST_PAGES = 100

/** Follows `next` to the end. */
async function readAll(query: string, between: () => Promise<void> = async () => {}) {
  const pages: Page[] = [await read(query)]
  for (let next = pages[0]?.next; next; next = pages.at(-1)?.next) {
    expect(pages.length, 'pages without an end').toBeLessThan(MOST_PAGES)
    await between()
    pages.push(await read(`${query}&after=${next}`))
  }
  return pages
}

/** Little by little: the embedded Redis serves nobody else meanwhile. */
async function addLogins(count: number, log = 'audit', atOnce = 100): Promise<void> {
  const some = `for i = 1, ARGV[1] do redis.call('XADD', KEYS[1], '*', 'action', 'login', 'at', ARGV[2]) end`
  const at = street.clock.now
  for (let left = count; left > 0; left -= atOnce)
    await street.redis.look('EVAL', some, 1, log, atOnce, at)
}

// The embedded Redis makes its ids itself, so that nothing in it is ever old.
test.skipIf(inject('redis').kind === 'embedded')(
  'everyone’s log and an account’s forget what is older than 90 days',
  async () => {
    await open()
    const person = await street.signUp()
    const days = (count: number) => `${Date.now() - count * 86_400_000}-0`
    const young = days(89)
    const logs = ['audit', `audit:${person.user.id}`]
    for (const log of logs) {
      await street.redis.look('DEL', log)
      for (const id of [days(400), days(91), young])
        await street.redis.look('XADD', log, id, 'action', 'login', 'at', '1')
    }
    await street.signIn(person)
    for (const log of logs) {
      const ids = (await street.redis.look('XRANGE', log, '-', '+')) as [string, unknown][]
      expect(ids.map(([id]) => id)).toEqual([young, expect.any(String)])
    }
  },
)

test('nor does either tell of it while no new event makes it forget', async () => {
  await open()
  const person = await street.signUp()
  street.clock.pass(89 * 86_400)
  await street.signIn(person)
  street.clock.pass(86_400)
  const logs = ['', `user=${person.user.id}`, `user=${person.user.id}&action=user_signedup`]
  const told = async () => {
    token = await street.serviceToken()
    return Promise.all(logs.map(async (query) => actionsOf(await read(query))))
  }
  expect(await told()).toEqual([
    ['login', 'user_signedup'],
    ['login', 'user_signedup'],
    ['user_signedup'],
  ])
  street.clock.pass(1)
  expect(await told()).toEqual([['login'], ['login'], []])
  expect(await read('per_page=1')).toMatchObject({ next: null })

  const { access_token } = await street.signIn(person)
  const { body } = await street.call('GET', '/user/events', { token: access_token })
  expect(body).toMatchObject({ events: [{ action: 'login' }, { action: 'login' }], next: null })
})

test('everyone’s log keeps far more than an account’s', async () => {
  await open()
  await addLogins(3000)
  await street.signUp()
  expect(await street.redis.look('XLEN', 'audit')).toBe(3001)
})

// The embedded Redis would take minutes to write as much.
test.skipIf(inject('redis').kind === 'embedded')(
  'everyone’s log keeps its last hundred thousand entries, and hardly more',
  async () => {
    await open()
    await addLogins(100_300, 'audit', 10_030)
    await street.signUp()
    const kept = Number(await street.redis.look('XLEN', 'audit'))
    expect(kept).toBeGreaterThanOrEqual(100_000)
    expect(kept).toBeLessThan(100_200)
  },
)

describe('one account’s log', () => {
  let person: Person
  beforeAll(async () => {
    await open()
    person = await street.signUp()
    for (let i = 0; i < 3; i++) await street.signIn(person)
    await street.call('PUT', '/user', { token: person.access_token, body: { data: { a: 1 } } })
    await street.call('POST', '/logout?scope=others', { token: person.access_token })
    await street.signUp()
  })

  test('tells what happened to it, newest first, and nothing of others', async () => {
    const page = await read(`user=${person.user.id}`)
    expect(actionsOf(page)).toEqual([
      'logout',
      'user_modified',
      'login',
      'login',
      'login',
      'user_signedup',
    ])
    expect(new Set(page.entries.map(({ subject }) => subject))).toEqual(new Set([person.user.id]))
    expect(page.next).toBeNull()
  })

  test('says who, when, where and in which session', async () => {
    const somebody = await street.signUp()
    const answer = await street.call('PUT', '/user', {
      token: somebody.access_token,
      body: { data: { a: 2 } },
      ip: '198.51.100.99',
      headers: {
        'User-Agent': 'curl/8.1',
        'X-Request-Id': 'request-of-the-test',
        // Anyone may say so; the edge's word counts.
        'X-Forwarded-For': '192.0.2.66',
        'X-Real-IP': '192.0.2.66',
        Forwarded: 'for=192.0.2.66',
      },
    })
    expect(answer.status).toBe(200)
    const { entries } = await read(`user=${somebody.user.id}&per_page=1`)
    expect(entries).toEqual([
      {
        id: expect.stringMatching(/^\d+-\d+$/),
        at: new Date(street.clock.now).toISOString(),
        action: 'user_modified',
        subject: somebody.user.id,
        actor: somebody.user.id,
        session: claimsOf(somebody.access_token).sid,
        ip: '198.51.100.99',
        place: '',
        device: 'curl',
        request_id: expect.stringMatching(/^request-of-the-test\.[0-9a-f]{8}$/),
        detail: 'none',
      },
    ])
  })

  test('can be asked for one action', async () => {
    const page = await read(`user=${person.user.id}&action=login`)
    expect(actionsOf(page)).toEqual(['login', 'login', 'login'])
  })

  test('comes in pages without a gap or a repeat, even of one action', async () => {
    for (const query of [`user=${person.user.id}`, `user=${person.user.id}&action=login`]) {
      const whole = await read(query)
      const pages = await readAll(`${query}&per_page=2`)
      expect(pages.length).toBeGreaterThan(1)
      expect(pages.flatMap(({ entries }) => entries)).toEqual(whole.entries)
    }
  })

  test('keeps its last thousand entries, and hardly more', async () => {
    const busy = await street.signUp()
    const log = `audit:${busy.user.id}`
    await addLogins(1200, log)
    await street.signIn(busy)
    const kept = Number(await street.redis.look('XLEN', log))
    expect(kept).toBeGreaterThanOrEqual(1000)
    // Redis lets go of a whole node of its entries at a time.
    expect(kept).toBeLessThan(1100)
  })

  test('stays for another 90 days from its newest entry on', async () => {
    const { user, email } = await street.signUp()
    await street.redis.look('EXPIRE', `audit:${user.id}`, 100)
    await street.signIn({ email })
    const life = Number(await street.redis.look('TTL', `audit:${user.id}`))
    expect(life).toBeGreaterThan(89 * 86_400)
    expect(life).toBeLessThanOrEqual(90 * 86_400)
  })

  test('of nobody is empty', async () => {
    expect(await read(`user=${NOBODY}`)).toEqual({ entries: [], next: null })
  })
})

describe('everyone’s log', () => {
  beforeEach(open)

  test('holds every account’s entries, newest first', async () => {
    const one = await street.signUp()
    await street.settled()
    const two = await street.signUp()
    const { entries } = await read()
    expect(entries.map(({ subject, action }) => [subject, action])).toEqual([
      [two.user.id, 'user_signedup'],
      [one.user.id, 'user_signedup'],
    ])
  })

  test('can be asked for one action', async () => {
    const person = await street.signUp()
    await street.signIn(person)
    expect(actionsOf(await read('action=login'))).toEqual(['login'])
    expect(await read('action=user_deleted')).toEqual({ entries: [], next: null })
  })

  test('does not repeat or miss an entry when others are added between two pages', async () => {
    const people: string[] = []
    for (let i = 0; i < 5; i++) {
      people.unshift((await street.signUp()).user.id)
      await street.settled()
    }
    const pages = await readAll('per_page=2', async () => void (await street.signUp()))
    expect(pages.map(({ entries }) => entries.length)).toEqual([2, 2, 1])
    expect(pages.flatMap(({ entries }) => entries.map(({ subject }) => subject))).toEqual(people)
  })

  test('has no next page when the last one is just full', async () => {
    for (let i = 0; i < 4; i++) await street.signUp()
    const pages = await readAll('per_page=2')
    expect(pages.map(({ next }) => next === null)).toEqual([false, true])
  })

  test('finds a rare action far back, page by page', async () => {
    const event = (action: AuditEvent['action'], number: number): AuditEvent => ({
      action,
      at: street.clock.now + number,
      subject: NOBODY,
      actor: '',
      session: '',
      ip: '',
      place: '',
      device: '',
      requestId: '',
      detail: '',
    })
    const { auditLog } = street.services.ports
    await auditLog.append(event('user_deleted', 0))
    await addLogins(2500)
    const pages = await readAll('action=user_deleted')
    expect(pages.length).toBeGreaterThan(1)
    expect(pages.flatMap(actionsOf)).toEqual(['user_deleted'])
  })

  test('has every ending by the time of its answer, once, as its account’s log has it', async () => {
    const people = await Promise.all(Array.from({ length: 20 }, () => street.signUp()))
    const answers = await Promise.all(
      people.map((person) => street.call('POST', '/logout', { token: person.access_token })),
    )
    expect(answers.map(({ status }) => status)).toEqual(people.map(() => 200))

    const everyone = (await entriesOf(street.redis, 'audit')).filter(
      ({ action }) => action === 'logout',
    )
    const own = await Promise.all(
      people.map(async ({ user }) => (await entriesOf(street.redis, `audit:${user.id}`)).at(-1)),
    )
    expect(everyone).toHaveLength(people.length)
    expect(everyone).toEqual(expect.arrayContaining(own))
  })

  test('knows of a logout of everyone, which is no one account’s', async () => {
    await street.call('POST', '/admin/logout', { token })
    const { entries } = await read()
    expect(entries).toMatchObject([
      { action: 'logout_everyone', subject: '', actor: 'service_role' },
    ])
  })
})

describe('a question to the log', () => {
  beforeAll(open)
  test.each([
    'user=7',
    `user=${NOBODY.toUpperCase().replaceAll('0', 'A')}`,
    'user=*',
    'action=LOGIN',
    'action=login%20or',
    'action=log_in',
    'per_page=0',
    'per_page=201',
    'per_page=x',
    'after=x',
    'after=-',
    'after=1',
    'after=99999999999999999999-0',
  ])('with %s is refused', async (query) => {
    const answer = await street.call('GET', `/admin/audit?${query}`, { token })
    expect(answer.body.error_code).toBe('validation_failed')
    expect(answer.status).toBe(400)
  })
})

describe('the log names who did it', () => {
  beforeAll(open)

  test.each([
    {
      what: 'a service',
      actor: async () => ({ id: 'service_role', by: await street.serviceToken() }),
    },
    {
      what: 'an administrator',
      actor: async () => {
        const admin = await openAdministrator(street)
        return { id: admin.user.id, by: admin.access_token }
      },
    },
  ])('when it was $what', async ({ actor }) => {
    const { id, by } = await actor()
    const person = await street.signUp()
    const path = `/admin/users/${person.user.id}`
    const orders: [string, string, unknown][] = [
      ['PUT', path, { user_metadata: { a: 1 } }],
      ['PUT', path, { password: 'a new battery staple' }],
      ['PUT', path, { email: `renamed-${crypto.randomUUID()}@example.com` }],
      ['PUT', path, { ban_duration: '1h' }],
      ['POST', `${path}/logout`, undefined],
      ['DELETE', path, undefined],
    ]
    for (const [method, target, body] of orders)
      expect((await street.call(method, target, { token: by, body })).status).toBe(200)
    const { entries } = await read(`user=${person.user.id}`)
    expect(entries.map(({ action, actor }) => [action, actor])).toEqual([
      ['user_deleted', id],
      ['logout_by_admin', id],
      ['user_banned', id],
      ['user_updated_email', id],
      ['user_updated_password', id],
      ['user_modified', id],
      ['user_signedup', person.user.id],
    ])
  })

  test.each([
    ['made administrator', { role: 'admin' }, 'user_modified', 'role=admin; ends all'],
    ['who is one already', { role: 'authenticated' }, 'user_modified', 'nothing; ends none'],
    ['banned', { ban_duration: '1h30m' }, 'user_banned', 'ban=1h30m; ends all'],
    [
      'of whom all is new',
      {
        role: 'admin',
        ban_duration: 'none',
        email: 'all-new@example.com',
        password: 'a new battery staple',
        user_metadata: { name: 'Zq7' },
        app_metadata: { plan: 'zq7' },
      },
      'user_updated_password',
      'role=admin email password user_metadata app_metadata; ends all',
    ],
  ])('and what became of one %s', async (_, body, action, detail) => {
    const { user } = await street.signUp()
    const answer = await street.call('PUT', `/admin/users/${user.id}`, { token, body })
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
    const { entries } = await read(`user=${user.id}&per_page=1`)
    expect(entries).toMatchObject([{ action, detail, session: '' }])
  })

  test('and a ban that is lifted, once', async () => {
    const { user } = await street.signUp()
    for (const ban_duration of ['1h', 'none', 'none'])
      await street.call('PUT', `/admin/users/${user.id}`, { token, body: { ban_duration } })
    const { entries } = await read(`user=${user.id}&per_page=3`)
    expect(entries.map(({ action, detail }) => [action, detail])).toEqual([
      ['user_modified', 'nothing; ends none'],
      ['user_modified', 'ban=none; ends none'],
      ['user_banned', 'ban=1h; ends all'],
    ])
  })

  test('and a ban that is made longer, which is a change and no second ban', async () => {
    const { user } = await street.signUp()
    for (const ban_duration of ['1h', '2h'])
      await street.call('PUT', `/admin/users/${user.id}`, { token, body: { ban_duration } })
    const { entries } = await read(`user=${user.id}&per_page=2`)
    expect(entries.map(({ action, detail }) => [action, detail])).toEqual([
      ['user_modified', 'ban=2h; ends all'],
      ['user_banned', 'ban=1h; ends all'],
    ])
  })

  test('and as what somebody was made', async () => {
    const email = `made-${crypto.randomUUID()}@example.com`
    const { body } = await street.call('POST', '/admin/users', {
      token,
      body: { email, password: 'a new battery staple', email_confirm: true, role: 'admin' },
    })
    const { entries } = await read(`user=${body.id}`)
    expect(entries).toMatchObject([
      { action: 'user_created', detail: 'role=admin email_confirm password' },
    ])
  })

  test('but no one, when someone merely tried to sign in', async () => {
    const person = await street.signUp()
    await street.call('POST', '/token?grant_type=password', {
      body: { email: person.email, password: 'not the password' },
    })
    const { entries } = await read('action=login_failed')
    expect(entries[0]).toMatchObject({ subject: person.user.id, actor: '', session: '' })
    // It stands in everyone's log only, and is found by its user there too.
    const own = await read(`user=${person.user.id}&action=login_failed`)
    expect(own.entries).toEqual([entries[0]])
    expect((await read(`user=${NOBODY}&action=login_failed`)).entries).toEqual([])
  })

  test('and why, when the password was right', async () => {
    const body = { email: 'unconfirmed@example.com', password: PASSWORD }
    const made = await street.call('POST', '/admin/users', { token, body })
    const banned = await street.signUp()
    const ban = { token, body: { ban_duration: '1h' } }
    await street.call('PUT', `/admin/users/${banned.user.id}`, ban)
    for (const { email } of [body, banned])
      expect(
        await street.call('POST', '/token?grant_type=password', {
          body: { email, password: PASSWORD },
        }),
      ).toMatchObject({ status: 400 })
    for (const [id, detail] of [
      [made.body.id, 'email_not_confirmed'],
      [banned.user.id, 'user_banned'],
    ])
      expect((await read(`user=${id}&action=login_failed`)).entries).toMatchObject([
        { subject: id, actor: '', session: '', detail },
      ])
  })

  test.each([
    ['banned', 'PUT', { ban_duration: '1h' }, 'user_banned'],
    ['deleted', 'DELETE', undefined, ''],
  ])('and who was %s while the password was compared', async (_, method, body, detail) => {
    const { email, user } = await street.signUp()
    const held = holdBack(openSession)
    const late = street.call('POST', '/token?grant_type=password', {
      body: { email, password: PASSWORD },
    })
    await held.caught
    const order = await street.call(method, `/admin/users/${user.id}`, { token, body })
    expect(order.status, JSON.stringify(order.body)).toBe(200)
    held.release()
    expect((await late).status).toBe(400)
    await street.settled()
    expect((await read(`user=${user.id}&action=login_failed`)).entries).toMatchObject([
      { subject: user.id, actor: '', session: '', detail },
    ])
  })

  test('once, even when the answer of its writing was lost', async () => {
    const person = await street.signUp()
    await withAnswersLost(recordAlone, async () => {
      await street.call('POST', '/token?grant_type=password', {
        body: { email: person.email, password: 'not the password' },
      })
      await street.settled()
    })
    expect((await read(`user=${person.user.id}&action=login_failed`)).entries).toHaveLength(1)
  })

  test('and keeps the log of an account that was deleted', async () => {
    const person = await street.signUp()
    await street.redis.look('EXPIRE', `audit:${person.user.id}`, 100)
    await street.call('DELETE', '/user', { token: person.access_token })
    const page = await read(`user=${person.user.id}`)
    expect(actionsOf(page)).toEqual(['user_deleted', 'user_signedup'])
    const life = Number(await street.redis.look('TTL', `audit:${person.user.id}`))
    expect(life).toBeGreaterThan(89 * 86_400)
    expect(life).toBeLessThanOrEqual(90 * 86_400)
  })
})

test('no email address, password, hash or token is in any log', async () => {
  await open()
  const secrets = ['old-address@example.com', 'new-address@example.com', PASSWORD, 'a wrong one']
  const person = await street.signUp('old-address@example.com')
  const { access_token, refresh_token } = person
  const signIn = (password: string) =>
    street.call('POST', '/token?grant_type=password', { body: { email: person.email, password } })
  await signIn('a wrong one')
  const { body: laptop } = await signIn(PASSWORD)
  const { body: renewed } = await street.refresh(refresh_token)
  await street.call('POST', '/reauthenticate', {
    token: access_token,
    body: { password: PASSWORD },
  })
  await street.call('PUT', '/user', {
    token: access_token,
    body: { email: 'new-address@example.com', password: 'a new battery staple' },
  })
  street.clock.pass(60)
  await street.refresh(refresh_token)
  await street.call('PUT', `/admin/users/${person.user.id}`, {
    token,
    body: { email: 'newest-address@example.com', ban_duration: '1h' },
  })
  await street.call('DELETE', `/admin/users/${person.user.id}`, { token })
  await street.call('POST', '/logout', { token })
  await street.settled()

  const streams = await keysOf(street.redis, 'audit*')
  expect(streams).toEqual(['audit', `audit:${person.user.id}`])
  const contents = await contentsOf(street.redis)
  const text = JSON.stringify(streams.map((name) => contents[name]))
  expect(text).toContain('refresh_token_reused')
  for (const secret of [
    ...secrets,
    'newest-address@example.com',
    'a new battery staple',
    access_token,
    refresh_token,
    token,
    ...[laptop, renewed].flatMap((tokens) => [tokens.access_token, tokens.refresh_token]),
  ])
    expect(text).not.toContain(String(secret))
  expect(text).not.toMatch(/@|scrypt|eyJ/)
})
