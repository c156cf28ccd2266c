/** Owns the list of every call that asks Redis: how to make it, what it asks in which order, how to see whether it happened. */

import { expect } from 'vitest'
import type { TokenBody } from '../../src/contract/answers.ts'
import type { FaultRoute } from '../../src/http/fault-words.ts'
import { type Answer, type Call, claimsOf, PASSWORD, type Person, type Street } from './street.ts'

/** One call, ready to be sent, as often as one likes. */
export interface Shot {
  method: string
  path: string
  call: Call
  /** What no log line and no error may hold. */
  secrets: string[]
  /** Statuses of a repeat once Redis is back, besides 200: the first call may have been done although it answered 503. */
  repeats?: number[]
  /** Called after a success: expects that what it promised has happened. */
  proof: (answer: Answer) => Promise<void>
}

export interface RedisRoute {
  name: string
  /** The HTTP requests to Redis, one after the other, and the commands in each, by the names of the scripts. */
  trips: string[][]
  /** What is asked after the answer. */
  afterwards: string[][]
  /** For each trip, by which route's words the answer tells of a fault there. */
  faults: FaultRoute[]
  prepare: (street: Street) => Promise<Shot>
}

interface Scene {
  laptop: Person
  phone: TokenBody
}

/** Somebody who is signed in on two devices. */
async function openScene(street: Street): Promise<Scene> {
  const laptop = await street.signUp()
  const phone = await street.signIn(laptop)
  await street.settled()
  return { laptop, phone }
}

let addresses = 0
const someIp = () => `192.0.2.${++addresses % 250}`
const someEmail = () => `new-${crypto.randomUUID().slice(0, 13)}@example.com`
const sessionOf = (tokens: TokenBody) => String(claimsOf(tokens.access_token).sid)
const secretsOf = (tokens: TokenBody) => [
  tokens.access_token,
  tokens.refresh_token,
  tokens.user.email,
  PASSWORD,
]

/** Whether the access token of a sign-in works. */
async function works(street: Street, tokens: TokenBody): Promise<boolean> {
  const { status } = await street.call('GET', '/user', { token: tokens.access_token })
  expect([200, 401]).toContain(status)
  return status === 200
}
async function expectDead(street: Street, tokens: TokenBody): Promise<void> {
  expect(await works(street, tokens)).toBe(false)
  expect((await street.refresh(tokens.refresh_token)).status).toBe(400)
}
async function expectAlive(street: Street, tokens: TokenBody): Promise<void> {
  expect(await works(street, tokens)).toBe(true)
}
async function canSignIn(street: Street, email: string, password: string): Promise<boolean> {
  const answer = await street.call('POST', '/token?grant_type=password', {
    body: { email, password },
    ip: someIp(),
  })
  expect([200, 400]).toContain(answer.status)
  return answer.status === 200
}
const tokensOf = (answer: Answer) => answer.body as unknown as TokenBody
const nothing = async () => {}

const CHECK = ['readValues']

/** A logout of several sessions looks up the user's sessions first. */
const SEVERAL = [['limit', 'readRange'], ['endSessions']]

const logout = (
  path: string,
  { trips, alive }: { trips: string[][]; alive: ('laptop' | 'phone')[] },
): RedisRoute => ({
  name: `POST ${path}`,
  trips,
  afterwards: [],
  faults: trips.map(() => 'logout'),
  async prepare(street) {
    const devices = await openScene(street)
    const { laptop } = devices
    return {
      method: 'POST',
      path,
      call: { token: laptop.access_token },
      secrets: secretsOf(laptop),
      async proof() {
        for (const name of ['laptop', 'phone'] as const)
          await (alive.includes(name) ? expectAlive : expectDead)(street, devices[name])
      },
    }
  },
})

interface Checked {
  /** Sent in one trip with the check of the token, before it. */
  beside?: string[]
  /** The trips after the check. */
  trips: string[][]
  /** By which route's words the answer tells of a fault after the check. */
  fault: FaultRoute
  prepare?: (street: Street, scene: Scene) => Partial<Shot>
}

/** A call whose token is checked first: of somebody who is signed in, or of a service about them. */
const checked = (
  name: string,
  { beside = [], trips, fault, prepare = () => ({}) }: Checked,
): RedisRoute => {
  const [method = '', path = ''] = name.split(' ')
  const ofService = path.startsWith('/admin/')
  return {
    name,
    trips: [[...beside, ...CHECK], ...trips],
    afterwards: [],
    faults: ['read', ...trips.map(() => fault)],
    async prepare(street) {
      const scene = await openScene(street)
      const token = ofService ? await street.serviceToken() : scene.laptop.access_token
      const shot = prepare(street, scene)
      return {
        method,
        path: path.replace(':id', scene.laptop.user.id),
        secrets: [token, ...secretsOf(scene.laptop)],
        proof: nothing,
        ...shot,
        call: { token, ...shot.call },
      }
    },
  }
}

export const redisRoutes: RedisRoute[] = [
  {
    name: 'POST /signup',
    trips: [['limit', 'readValues', 'readValues'], ['openSession']],
    afterwards: [],
    faults: ['signUp', 'signUp'],
    async prepare(street) {
      const email = someEmail()
      return {
        method: 'POST',
        path: '/signup',
        call: { body: { email, password: PASSWORD }, ip: someIp() },
        secrets: [email, PASSWORD],
        repeats: [422],
        async proof(answer) {
          if (answer.status === 200) await expectAlive(street, tokensOf(answer))
          expect(await canSignIn(street, email, PASSWORD)).toBe(true)
        },
      }
    },
  },
  {
    name: 'POST /token?grant_type=password',
    trips: [['limit', 'readValues'], ['readHashes', 'readRange', 'readValues'], ['openSession']],
    afterwards: [['limit']],
    faults: ['signIn', 'signIn', 'signIn'],
    async prepare(street) {
      const { laptop } = await openScene(street)
      return {
        method: 'POST',
        path: '/token?grant_type=password',
        call: { body: { email: laptop.email, password: PASSWORD }, ip: someIp() },
        secrets: secretsOf(laptop),
        proof: (answer) => expectAlive(street, tokensOf(answer)),
      }
    },
  },
  {
    name: 'POST /token?grant_type=refresh_token',
    trips: [['limit + rotateSession']],
    afterwards: [],
    faults: ['refresh'],
    async prepare(street) {
      const { laptop } = await openScene(street)
      return {
        method: 'POST',
        path: '/token?grant_type=refresh_token',
        call: { body: { refresh_token: laptop.refresh_token } },
        secrets: secretsOf(laptop),
        async proof(answer) {
          await expectAlive(street, tokensOf(answer))
          expect((await street.refresh(tokensOf(answer).refresh_token)).status).toBe(200)
        },
      }
    },
  },
  logout('/logout', { trips: SEVERAL, alive: [] }),
  logout('/logout?scope=local', { trips: [['limit + endSessions']], alive: ['phone'] }),
  logout('/logout?scope=others', { trips: SEVERAL, alive: ['laptop'] }),
  logout('/logout?scope=global', { trips: SEVERAL, alive: [] }),
  logout('/logout/all', { trips: SEVERAL, alive: [] }),
  {
    name: 'POST /logout of a service',
    trips: [['limit + blacklistToken']],
    afterwards: [],
    faults: ['logout'],
    async prepare(street) {
      const token = await street.serviceToken()
      return {
        method: 'POST',
        path: '/logout',
        call: { token },
        secrets: [token],
        async proof() {
          expect((await street.call('GET', '/admin/users', { token })).status).toBe(401)
        },
      }
    },
  },
  checked('GET /user', { beside: ['readHashes'], trips: [], fault: 'read' }),
  checked('PUT /user', {
    trips: [['limit', 'readHashes', 'readHashes', 'readRange'], ['limit'], ['changeAccount']],
    fault: 'change',
    prepare(street, { laptop, phone }) {
      const password = `changed ${crypto.randomUUID()}`
      return {
        call: { body: { password, current_password: PASSWORD } },
        secrets: [...secretsOf(laptop), password],
        // In a repeat, current_password is the old password.
        repeats: [400],
        async proof() {
          expect(await canSignIn(street, laptop.email, password)).toBe(true)
          expect(await canSignIn(street, laptop.email, PASSWORD)).toBe(false)
          await expectAlive(street, laptop)
          await expectDead(street, phone)
        },
      }
    },
  }),
  checked('DELETE /user', {
    trips: [['readHashes', 'readHashes', 'readRange'], ['limit'], ['removeAccount']],
    fault: 'change',
    prepare: (street, { laptop, phone }) => ({
      call: { body: { current_password: PASSWORD } },
      repeats: [401],
      async proof() {
        expect(await canSignIn(street, laptop.email, PASSWORD)).toBe(false)
        await expectDead(street, laptop)
        await expectDead(street, phone)
      },
    }),
  }),
  checked('POST /reauthenticate', {
    trips: [['readHashes'], ['limit'], ['markReauthenticated']],
    fault: 'change',
    prepare: () => ({ call: { body: { password: PASSWORD } } }),
  }),
  checked('GET /sessions', {
    beside: ['readRange'],
    trips: [['readValues', 'readHashes']],
    fault: 'read',
  }),
  checked('DELETE /sessions/:id', {
    beside: ['readRange'],
    trips: [['endSessions']],
    fault: 'logout',
    prepare: (street, { laptop, phone }) => ({
      path: `/sessions/${sessionOf(phone)}`,
      repeats: [404],
      async proof() {
        await expectDead(street, phone)
        await expectAlive(street, laptop)
      },
    }),
  }),
  checked('GET /admin/users', { trips: [['readTop'], ['readHashes']], fault: 'read' }),
  checked('POST /admin/users', {
    trips: [['createAccount']],
    fault: 'change',
    prepare(street) {
      const email = someEmail()
      return {
        call: { body: { email, password: PASSWORD, email_confirm: true } },
        secrets: [email, PASSWORD],
        repeats: [422],
        proof: async () => expect(await canSignIn(street, email, PASSWORD)).toBe(true),
      }
    },
  }),
  checked('GET /admin/users/:id', { trips: [['readHashes']], fault: 'read' }),
  checked('PUT /admin/users/:id', {
    trips: [['readHashes', 'readRange'], ['changeAccount']],
    fault: 'change',
    prepare: (street, { laptop, phone }) => ({
      call: { body: { ban_duration: '24h' } },
      async proof() {
        await expectDead(street, laptop)
        await expectDead(street, phone)
      },
    }),
  }),
  checked('DELETE /admin/users/:id', {
    trips: [['readHashes', 'readRange'], ['removeAccount']],
    fault: 'change',
    prepare: (street, { laptop, phone }) => ({
      repeats: [404],
      async proof() {
        expect(await canSignIn(street, laptop.email, PASSWORD)).toBe(false)
        await expectDead(street, phone)
      },
    }),
  }),
  checked('GET /admin/users/:id/sessions', {
    trips: [['readHashes'], ['readRange'], ['readValues', 'readHashes']],
    fault: 'read',
  }),
  checked('DELETE /admin/users/:id/sessions/:session', {
    trips: [['readRange'], ['endOneOf']],
    fault: 'logout',
    prepare: (street, { laptop, phone }) => ({
      path: `/admin/users/${laptop.user.id}/sessions/${sessionOf(phone)}`,
      repeats: [404],
      async proof() {
        await expectDead(street, phone)
        await expectAlive(street, laptop)
      },
    }),
  }),
  checked('POST /admin/users/:id/logout', {
    trips: [['readRange'], ['endAllOf']],
    fault: 'logout',
    prepare: (street, { laptop, phone }) => ({
      async proof() {
        await expectDead(street, laptop)
        await expectDead(street, phone)
      },
    }),
  }),
  checked('POST /admin/logout', {
    trips: [['endEveryone']],
    fault: 'logout',
    prepare: (street, { laptop, phone }) => ({
      async proof() {
        for (const tokens of [laptop, phone]) await expectDead(street, tokens)
      },
    }),
  }),
  checked('GET /admin/audit', { trips: [['readNewest']], fault: 'read' }),
]
