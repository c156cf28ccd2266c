/** An operator's change that Redis hears of after the end of the operator's own token: refused, and nothing of it is there. */

import { beforeAll, describe, expect, test } from 'vitest'
import { changeAccount, createAccount, removeAccount } from '../src/store/account-scripts.ts'
import { endAllOf, endEveryone, endOneOf } from '../src/store/operator-scripts.ts'
import type { Script } from '../src/store/script.ts'
import { post } from './support/oauth-clients.ts'
import { holdBack, withAnswersLost } from './support/on-the-way.ts'
import { openAdministrator } from './support/operators.ts'
import { entriesOf } from './support/redis-contents.ts'
import { dump } from './support/redis-dump.ts'
import {
  type Answer,
  claimsOf,
  openStreet,
  PASSWORD,
  type Person,
  type Street,
} from './support/street.ts'

interface Change {
  what: string
  script: Script
  /** `at` is whom it is done to. */
  order: (at: Person) => { method: string; path: string; body?: object }
}

const anyone = () => `${crypto.randomUUID()}@example.com`
const changes: Change[] = [
  {
    what: 'an account that is made',
    script: createAccount,
    order: () => ({
      method: 'POST',
      path: '/admin/users',
      body: { email: anyone(), password: PASSWORD, email_confirm: true, role: 'admin' },
    }),
  },
  {
    what: 'an account that is changed',
    script: changeAccount,
    order: (at) => ({
      method: 'PUT',
      path: `/admin/users/${at.user.id}`,
      body: { user_metadata: { a: 1 } },
    }),
  },
  {
    what: 'an account that is banned',
    script: changeAccount,
    order: (at) => ({
      method: 'PUT',
      path: `/admin/users/${at.user.id}`,
      body: { ban_duration: '1h' },
    }),
  },
  {
    what: 'an account that is given another address',
    script: changeAccount,
    order: (at) => ({
      method: 'PUT',
      path: `/admin/users/${at.user.id}`,
      body: { email: anyone() },
    }),
  },
  {
    what: 'an account that is deleted',
    script: removeAccount,
    order: (at) => ({ method: 'DELETE', path: `/admin/users/${at.user.id}` }),
  },
  {
    what: 'one session that is ended',
    script: endOneOf,
    order: (at) => ({
      method: 'DELETE',
      path: `/admin/users/${at.user.id}/sessions/${claimsOf(at.access_token).sid}`,
    }),
  },
  {
    what: 'a user who is logged out',
    script: endAllOf,
    order: (at) => ({ method: 'POST', path: `/admin/users/${at.user.id}/logout` }),
  },
  {
    what: 'everyone who is logged out',
    script: endEveryone,
    order: () => ({ method: 'POST', path: '/admin/logout' }),
  },
]

interface Ending {
  how: string
  open: (street: Street) => Promise<{ token: string; end: () => Promise<Answer> }>
}

const ofAdministrator = (
  how: string,
  end: (street: Street, admin: Person) => Promise<Answer>,
): Ending => ({
  how: `an administrator ${how}`,
  async open(street) {
    const admin = await openAdministrator(street)
    return { token: admin.access_token, end: () => end(street, admin) }
  },
})
const byService =
  (method: string, path: (id: string) => string, body?: object) =>
  async (street: Street, { user }: Person) =>
    street.call(method, path(user.id), { token: await street.serviceToken(), body })

const endings: Ending[] = [
  ofAdministrator('who logged out', (street, { access_token: token }) =>
    street.call('POST', '/logout?scope=local', { token }),
  ),
  ofAdministrator('who logged out everywhere', (street, { access_token: token }) =>
    street.call('POST', '/logout/all', { token }),
  ),
  ofAdministrator('who was logged out on another device', async (street, admin) => {
    const { access_token: token } = await street.signIn(admin)
    return street.call('POST', '/logout?scope=others', { token })
  }),
  ofAdministrator('whose token alone was revoked', (street, { access_token: token }) =>
    post(street, '/revoke', { token }, null),
  ),
  ofAdministrator(
    'who was banned',
    byService('PUT', (id) => `/admin/users/${id}`, { ban_duration: '1h' }),
  ),
  ofAdministrator(
    'who was deleted',
    byService('DELETE', (id) => `/admin/users/${id}`),
  ),
  ofAdministrator(
    'whom the realm-wide cutoff ended',
    byService('POST', () => '/admin/logout'),
  ),
  {
    how: 'a service that logged out',
    async open(street) {
      const token = await street.serviceToken()
      return { token, end: () => street.call('POST', '/logout', { token }) }
    },
  },
]

/** Sends the order, and lets something happen between its being let in and its script. */
async function lateOrder(
  street: Street,
  { script, order }: Change,
  { token, at }: { token: string; at: Person },
  meanwhile: () => Promise<unknown>,
) {
  const { method, path, body } = order(at)
  const call = () => street.call(method, path, { token, body })
  const held = holdBack(script)
  const answer = call()
  await held.caught
  await meanwhile()
  held.release()
  return { answer: await answer, again: call }
}

describe.each(endings)('of $how', ({ open }) => {
  let street: Street
  beforeAll(async () => {
    street = await openStreet()
  })

  test.each(changes)('$what: refused, and nothing has changed', async (change) => {
    const person = await street.signUp()
    const { token, end } = await open(street)
    await street.settled()
    let before: unknown

    const { answer, again } = await lateOrder(street, change, { token, at: person }, async () => {
      expect((await end()).status).toBe(200)
      before = await dump(street.redis)
    })

    expect(answer.status).toBe(401)
    await street.settled()
    expect(await dump(street.redis)).toEqual(before)
    // As whoever asks only now is refused.
    const refused = await again()
    expect(answer.body).toEqual(refused.body)
    expect(answer.body.error_code).toBe('session_not_found')
    const challenge = answer.headers.get('WWW-Authenticate')
    expect(challenge).toBe(refused.headers.get('WWW-Authenticate'))
    expect(challenge).toContain('invalid_token')
  })
})

describe('what ended somebody else does not concern the operator', () => {
  const operators = [
    {
      who: 'an administrator',
      tokenOf: async (street: Street) => (await openAdministrator(street)).access_token,
      meanwhile: async (street: Street) => {
        const other = await openAdministrator(street)
        return street.call('POST', '/logout/all', { token: other.access_token })
      },
    },
    {
      who: 'a service, even after the realm-wide cutoff',
      tokenOf: (street: Street) => street.serviceToken(),
      meanwhile: async (street: Street) =>
        street.call('POST', '/admin/logout', { token: await street.serviceToken() }),
    },
  ]
  describe.each(operators)('$who', ({ tokenOf, meanwhile }) => {
    // A cutoff ends the one session too, so that there is nothing left to end.
    test.each(changes.filter(({ script }) => script !== endOneOf))(
      '$what: done',
      async (change) => {
        const street = await openStreet()
        const person = await street.signUp()
        const token = await tokenOf(street)
        const { answer } = await lateOrder(street, change, { token, at: person }, async () =>
          expect((await meanwhile(street)).status).toBe(200),
        )
        expect(answer.status, JSON.stringify(answer.body)).toBe(200)
      },
    )
  })
})

describe('whose answer is lost, and which is sent again', () => {
  /** But for the realm's log, which is written after answers. */
  const kept = async (street: Street) => {
    const all = (await dump(street.redis)) as unknown[]
    const at = all.indexOf('audit')
    return at < 0 ? all : all.toSpliced(at, 2)
  }

  describe.each(endings)('when meanwhile it is that of $how', ({ open }) => {
    test.each(changes)('$what: told as done', async ({ script, order }) => {
      const street = await openStreet()
      const person = await street.signUp()
      const { token, end } = await open(street)
      const { method, path, body } = order(person)
      let before: unknown

      const answer = await withAnswersLost(
        script,
        () => street.call(method, path, { token, body }),
        async () => {
          await end()
          before = await kept(street)
        },
      )

      expect(answer.status, JSON.stringify(answer.body)).toBe(200)
      expect(await kept(street)).toEqual(before)
    })
  })

  const ownOrders = changes.filter(({ script }) => script !== createAccount)
  test.each(ownOrders)('of an administrator’s own account, $what: done once', async (change) => {
    const street = await openStreet()
    const admin = await openAdministrator(street)
    const { method, path, body } = change.order(admin)
    let before: unknown

    const answer = await withAnswersLost(
      change.script,
      () => street.call(method, path, { token: admin.access_token, body }),
      async () => {
        before = await kept(street)
      },
    )

    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
    expect(await kept(street)).toEqual(before)
  })

  test('a realm-wide cutoff, while everyone signs in again: told as done, and done once', async () => {
    const street = await openStreet()
    const admin = await openAdministrator(street)
    const version = Number(await street.redis.look('GET', 'token_version'))
    let renewed = ''

    const answer = await withAnswersLost(
      endEveryone,
      () => street.call('POST', '/admin/logout', { token: admin.access_token }),
      async () => {
        renewed = (await street.signIn(admin)).access_token
        const [entry = {}] = await entriesOf(street.redis, 'audit')
        for (let i = 0; i < 120; i++)
          await street.redis.look('XADD', 'audit', '*', ...Object.entries(entry).flat())
      },
    )

    expect(answer.status).toBe(200)
    expect(await street.redis.look('GET', 'token_version')).toBe(String(version + 1))
    const log = await entriesOf(street.redis, 'audit')
    expect(log.filter(({ action }) => action === 'logout_everyone')).toHaveLength(1)
    expect((await street.call('GET', '/user', { token: renewed })).status).toBe(200)
  })
})
