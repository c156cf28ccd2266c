/** A call that reaches Redis once more, long after its answer: whatever was ended meanwhile stays ended. */

import { expect, test, vi } from 'vitest'
import type { TokenBody } from '../src/contract/answers.ts'
import { changeAccount, createAccount, removeAccount } from '../src/store/account-scripts.ts'
import { endAllOf, endEveryone, endOneOf } from '../src/store/operator-scripts.ts'
import type { Script } from '../src/store/script.ts'
import { openSession } from '../src/store/session-scripts.ts'
import { copyOf } from './support/on-the-way.ts'
import { dump } from './support/redis-dump.ts'
import { openStreet, PASSWORD, type Street } from './support/street.ts'

interface Opened {
  street: Street
  tokens: TokenBody
  email: string
  /** Sends what opened the session again, as it was. */
  again: () => Promise<{ kind: string }>
}

/** The list of the first session of all is another afterwards, which would refuse a copy by itself: so nobody is the first. */
async function openAfterAnother(): Promise<Street> {
  const street = await openStreet()
  await street.signUp()
  return street
}

async function bySignUp(): Promise<Opened> {
  const street = await openAfterAnother()
  const { sessions } = street.services.ports
  const sent = vi.spyOn(sessions, 'signUp')
  const person = await street.signUp()
  const [call] = sent.mock.calls
  if (!call) throw new Error('nothing was sent')
  return { street, tokens: person, email: person.email, again: () => sessions.signUp(...call) }
}

async function bySignIn(): Promise<Opened> {
  const street = await openAfterAnother()
  const { sessions } = street.services.ports
  const person = await street.signUp()
  const sent = vi.spyOn(sessions, 'open')
  const tokens = await street.signIn(person)
  const [call] = sent.mock.calls
  if (!call) throw new Error('nothing was sent')
  return { street, tokens, email: person.email, again: () => sessions.open(...call) }
}

const openings = [
  { how: 'a sign-up', open: bySignUp },
  { how: 'a sign-in', open: bySignIn },
]
const endings: [string, (opened: Opened) => Promise<{ status: number }>][] = [
  [
    '/logout?scope=local',
    ({ street, tokens }) =>
      street.call('POST', '/logout?scope=local', { token: tokens.access_token }),
  ],
  [
    '/logout?scope=others of another device',
    async ({ street, email }) => {
      const { access_token: token } = await street.signIn({ email })
      return street.call('POST', '/logout?scope=others', { token })
    },
  ],
  [
    '/logout/all',
    ({ street, tokens }) => street.call('POST', '/logout/all', { token: tokens.access_token }),
  ],
  [
    'DELETE /user',
    ({ street, tokens }) =>
      street.call('DELETE', '/user', {
        token: tokens.access_token,
        body: { current_password: PASSWORD },
      }),
  ],
  [
    '/admin/logout',
    async ({ street }) =>
      street.call('POST', '/admin/logout', { token: await street.serviceToken() }),
  ],
]

for (const { how, open } of openings)
  test.each(endings)(`of ${how} does not undo %s`, async (_, end) => {
    const opened = await open()
    const { street, tokens } = opened
    // A token that the ending does not name, and so does not blacklist.
    const renewed = await street.refresh(tokens.refresh_token)
    const newest = renewed.body as unknown as TokenBody
    expect((await end({ ...opened, tokens: newest })).status).toBe(200)

    const late = await opened.again()

    expect(late.kind).not.toBe('opened')
    for (const { access_token, refresh_token } of [tokens, newest]) {
      expect((await street.call('GET', '/user', { token: access_token })).status).toBe(401)
      expect((await street.refresh(refresh_token)).status).toBe(400)
    }
    const signIn = await street.call('POST', '/token?grant_type=password', {
      body: { email: opened.email, password: PASSWORD },
    })
    expect(signIn.status).toBe((await accountOf(opened)) ? 200 : 400)
  })

async function accountOf({ street, tokens }: Opened): Promise<boolean> {
  return (await street.redis.look('EXISTS', `user:${tokens.user.id}`)) === 1
}

/** An account that operators may make again under the same id and address: to a script it looks as the one of before. */
const account = { id: crypto.randomUUID(), email: 'again@example.com', password: PASSWORD }
type Order = (street: Street, method: string, path: string, body?: object) => Promise<void>
const order: Order = async (street, method, path, body) => {
  const token = await street.serviceToken()
  const answer = await street.call(method, path, { token, body })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
}
const make = (street: Street) =>
  order(street, 'POST', '/admin/users', { ...account, email_confirm: true })
const path = `/admin/users/${account.id}`
const remove = (street: Street) => order(street, 'DELETE', path)
async function makeAgain(street: Street) {
  await remove(street)
  await make(street)
}
const signIn = async (street: Street) => void (await street.signIn(account))

interface LateOrder {
  what: string
  script: Script
  given?: (street: Street) => Promise<void>
  send: (street: Street) => Promise<void>
  since?: (street: Street) => Promise<void>
}

const lateOrders: LateOrder[] = [
  { what: 'an account made and deleted since', script: createAccount, send: make, since: remove },
  {
    what: 'a ban of an account that was made anew since',
    script: changeAccount,
    given: make,
    send: (street) => order(street, 'PUT', path, { ban_duration: '1h' }),
    since: makeAgain,
  },
  {
    what: 'the lifting of a ban of one who was banned again since',
    script: changeAccount,
    given: make,
    send: (street) => order(street, 'PUT', path, { ban_duration: 'none' }),
    since: (street) => order(street, 'PUT', path, { ban_duration: '1h' }),
  },
  {
    what: 'the deletion of an account that was made anew since',
    script: removeAccount,
    given: make,
    send: remove,
    since: make,
  },
  {
    what: 'the end of one session of a user who has signed in since',
    script: endOneOf,
    given: async (street) => {
      await make(street)
      await signIn(street)
    },
    send: async (street) => {
      const token = await street.serviceToken()
      const { body } = await street.call('GET', `${path}/sessions`, { token })
      const { sessions } = body as { sessions: { id: string }[] }
      expect(sessions).toHaveLength(1)
      await order(street, 'DELETE', `${path}/sessions/${sessions[0]?.id}`)
    },
    since: signIn,
  },
  {
    // Of one who has signed in since it does not know the session, and does nothing.
    what: 'the end of all sessions of a user',
    script: endAllOf,
    given: make,
    send: (street) => order(street, 'POST', `${path}/logout`),
  },
  {
    what: 'the end of everyone’s sessions, one of whom has signed in since',
    script: endEveryone,
    given: make,
    send: (street) => order(street, 'POST', '/admin/logout'),
    since: signIn,
  },
]

test.each(lateOrders)('of an operator’s order changes nothing: $what', async (late) => {
  const street = await openStreet()
  await late.given?.(street)
  const again = await copyOf(late.script, () => late.send(street))
  await late.since?.(street)
  await street.settled()
  const before = await dump(street.redis)

  const answer = await again()

  expect(answer.status).toBe(200)
  expect(await answer.text()).not.toContain('error')
  expect(await dump(street.redis)).toEqual(before)
})

test('of a sign-in revives nothing, however much was written down since', async () => {
  const street = await openStreet({ env: { LIMIT_CHANGE_ACCOUNT: '100/300' } })
  const owner = await street.signUp()
  let ended = ''
  const again = await copyOf(openSession, async () => {
    ended = (await street.signIn(owner)).access_token
  })
  const { access_token: token } = owner
  expect((await street.call('POST', '/logout?scope=others', { token })).status).toBe(200)
  for (let number = 0; number < 60; number++) {
    const answer = await street.call('PUT', '/user', { token, body: { data: { number } } })
    expect(answer.status).toBe(200)
  }

  expect(await (await again()).text()).toContain('gone')

  expect((await street.call('GET', '/user', { token: ended })).status).toBe(401)
})
