/** Owns the real service that a sequence runs on: a Redis database, the deployments of a key rotation, and how an act is sent. */

import { refreshCookie, transportHeader } from '../../src/contract/cookies.ts'
import { planRotation } from '../../src/dev/rotation.ts'
import { API, basic, CLIENTS } from '../support/oauth-clients.ts'
import { GENEROUS, SCARCE } from '../support/quotas.ts'
import { openCase, type RedisCase } from '../support/redis-case.ts'
import type { Fault } from '../support/redis-faults.ts'
import { type Answer, type Call, openStreet, type Street, signingKey } from '../support/street.ts'
import { type Guards, openGuards } from './guards.ts'
import { type Act, RULES, type Signer, type Ticket } from './model.ts'

/** The client that introspects: only one with a secret is told of refresh tokens, and only of its own. */
export const ASKING = API.id
/** The client_id in tokens of sign-ins that name no client. */
export const FIRST_PARTY = 'curfew'
const NOBODY = '00000000-0000-4000-8000-000000000000'

export interface Deployment {
  signer: Signer
  accepts: readonly Signer[]
  /** Whether its limiters are soon full. */
  isScarce: boolean
  /** Which Redis answers its checks of tokens. */
  reads: 'primary' | 'replica'
  street: Street
  /** The same service, but it waits for Redis only HASTY ms. */
  hasty: Street
  guards: Guards
}

export interface Realm {
  redis: RedisCase
  deployments: Deployment[]
  now: () => number
  turnTo: (moment: number) => void
  /** Empties Redis, the logs and the list guards, and turns the clocks back to BEGINNING. */
  clear: () => Promise<void>
}

const SECRETS = {
  old: 'the-old-secret-of-the-model-that-is-long-enough',
  new: 'the-new-secret-of-the-model-that-is-long-enough',
}
const seconds = (ms: number): string => String(ms / 1000)

const rotation = await planRotation([signingKey])
const ROTATION = [
  { signer: 'old', keys: [signingKey], accepts: ['old'] },
  { signer: 'old', keys: rotation.announced, accepts: ['old', 'new'] },
  { signer: 'new', keys: rotation.promoted, accepts: ['new', 'old'] },
  { signer: 'new', keys: rotation.retired, accepts: ['new'] },
] as const

/** All stages of the rotation with generous limiters, then all with scarce ones, then all with checks by a replica. */
const KINDS = [
  { isScarce: false, reads: 'primary' },
  { isScarce: true, reads: 'primary' },
  { isScarce: false, reads: 'replica' },
] as const
const STAGES = KINDS.flatMap((kind) => ROTATION.map((stage) => ({ ...stage, ...kind })))

/** Milliseconds of real time by which the nearest replica hears later of a write. */
const REPLICA_LATE = 20

/** Milliseconds: what a hasty street waits for Redis, and what a late request takes. */
const HASTY = 120
export const LATE: Fault = { kind: 'slow', ms: 400, times: 1 }

/** Not on a whole second, unlike the times in a JWT. */
const BEGINNING = Math.floor(Date.now() / 1000) * 1000 + 250

export async function openRealm(): Promise<Realm> {
  const redis = await openCase(REPLICA_LATE)
  const deployments = await Promise.all(
    STAGES.map(async ({ keys, ...stage }) => {
      const { accepts, isScarce, reads } = stage
      const options = {
        redis,
        env: {
          ...(isScarce ? SCARCE : GENEROUS),
          CLIENTS,
          READ_CONSISTENCY: reads,
          SIGNING_KEYS: JSON.stringify({ keys }),
          REFRESH_SECRETS: accepts.map((name) => SECRETS[name]).join(','),
          ACCESS_TOKEN_TTL: seconds(RULES.access),
          SESSION_IDLE_TTL: seconds(RULES.idle),
          SESSION_ABSOLUTE_TTL: seconds(RULES.absolute),
          SESSIONS_PER_USER: String(RULES.perUser),
          STATUS_LIST_TTL: seconds(RULES.list),
          STATUS_LIST_SIZE: '1024',
        },
      }
      const street = await openStreet(options)
      const hasty = await openStreet({ ...options, redisTimeout: HASTY })
      return { ...stage, street, hasty, guards: await openGuards(street, reads) }
    }),
  )
  const turnTo = (moment: number) => {
    for (const { street, hasty } of deployments) {
      street.clock.now = moment
      hasty.clock.now = moment
    }
  }
  const now = () => deployments[0]?.street.clock.now ?? 0
  return {
    redis,
    deployments,
    now,
    turnTo,
    async clear() {
      await redis.look('FLUSHDB')
      await redis.settled()
      await redis.forget()
      for (const { street, hasty, guards } of deployments) {
        street.logs.length = 0
        hasty.logs.length = 0
        guards.clear()
      }
      turnTo(BEGINNING)
    },
  }
}

/** The texts of tokens and the ids that the service gave, by the model's names for them. */
export interface Names {
  access: (token: { place: number }) => string
  refresh: (token: { session: string; generation: number; signer: Signer }) => string
  service: (token: { place: number }) => string
  ticket: (token: Ticket) => string
  session: (key: string) => string
  account: (key: string) => string
}

type Sent = [method: string, path: string, call?: Call]

const FORM = 'application/x-www-form-urlencoded'
const as = (client: string): Record<string, string> =>
  client === ASKING ? { Authorization: basic(API) } : {}
const form = (fields: Record<string, string>, client: string): Call => ({
  body: new URLSearchParams(fields).toString(),
  headers: { 'Content-Type': FORM, ...as(client) },
})
const BROWSER = { [transportHeader]: 'cookie', Origin: 'http://localhost' }
const browserWith = (cookie: string) => ({ ...BROWSER, Cookie: `${refreshCookie}=${cookie}` })
const scoped = (scope: string | null): string =>
  scope === null ? '/logout' : scope === 'all' ? '/logout/all' : `/logout?scope=${scope}`

export async function send(street: Street, act: Act, names: Names): Promise<Answer> {
  return street.call(...(await request(street, act, names)))
}

async function request(street: Street, act: Act, names: Names): Promise<Sent> {
  switch (act.do) {
    case 'sign up': {
      const { email, password, client } = act
      return ['POST', '/signup', { body: { email, password }, headers: as(client) }]
    }
    case 'sign in': {
      const { email, password, client } = act
      const fields = { grant_type: 'password', email, password }
      return ['POST', '/token', form(fields, client)]
    }
    case 'refresh': {
      const fields = { grant_type: 'refresh_token', refresh_token: names.refresh(act.token) }
      return ['POST', '/token', form(fields, act.client)]
    }
    case 'refresh by ticket': {
      const fields = { grant_type: 'refresh_token', refresh_token: names.ticket(act.token) }
      return ['POST', '/token', form(fields, ASKING)]
    }
    case 'log out':
      return ['POST', scoped(act.scope), { token: names.access(act.token) }]
    case 'log out by cookie':
      return ['POST', scoped(act.scope), { headers: browserWith(names.refresh(act.token)) }]
    case 'log out in browser': {
      const headers = browserWith(names.refresh(act.cookie))
      return ['POST', scoped(act.scope), { token: names.access(act.token), headers }]
    }
    case 'log out by ticket': {
      const body = { ticket: names.ticket(act.token) }
      return ['POST', scoped(act.scope), { headers: BROWSER, body }]
    }
    case 'log out service':
      return ['POST', scoped(act.scope), { token: names.service(act.token) }]
    case 'end session':
      return [
        'DELETE',
        `/sessions/${names.session(act.session)}`,
        { token: names.access(act.token) },
      ]
    case 'change': {
      const body = {
        ...(act.password === null ? {} : { password: act.password }),
        ...(act.email === null ? {} : { email: act.email }),
        ...(act.proof === null ? {} : { current_password: act.proof }),
        ...(act.global ? { logout: 'global' } : {}),
      }
      return ['PUT', '/user', { token: names.access(act.token), body }]
    }
    case 'reauthenticate': {
      const { password } = act
      return ['POST', '/reauthenticate', { token: names.access(act.token), body: { password } }]
    }
    case 'delete': {
      const body = act.proof === null ? {} : { current_password: act.proof }
      return ['DELETE', '/user', { token: names.access(act.token), body }]
    }
    case 'revoke access':
      return ['POST', '/revoke', form({ token: names.access(act.token) }, act.client)]
    case 'revoke refresh':
      return ['POST', '/revoke', form({ token: names.refresh(act.token) }, act.client)]
    case 'order': {
      const token = await street.serviceToken()
      const path = `/admin/users/${names.account(act.account)}`
      if (act.order === 'log out') return ['POST', `${path}/logout`, { token }]
      if (act.order === 'delete') return ['DELETE', path, { token }]
      const orders = {
        ban: { ban_duration: `${RULES.ban / 60_000}m` },
        lift: { ban_duration: 'none' },
        password: { password: act.password },
        role: {
          role: `role_${act.account.replace('.', '_')}_${act.password.replaceAll(/\D/g, '')}`,
        },
      }
      return ['PUT', path, { token, body: orders[act.order] }]
    }
    case 'end session by operator': {
      const token = await street.serviceToken()
      const [user, session] = [names.account(act.account), names.session(act.session)]
      return ['DELETE', `/admin/users/${user}/sessions/${session}`, { token }]
    }
    case 'end everyone':
      return ['POST', '/admin/logout', { token: await street.serviceToken() }]
    case 'look':
      return ['GET', '/user', { token: names.access(act.token) }]
  }
}

/** Whether GET /user lets an access token in. Null: it could not be checked. */
export async function tryAccess(street: Street, token: string): Promise<boolean | null> {
  const { status, body } = await street.call('GET', '/user', { token })
  if (status === 200 || status === 401) return status === 200
  if (status === 503) return null
  throw new Error(`GET /user answered ${status} ${JSON.stringify(body)}`)
}

/** Whether an operators' route lets a service token in: it looks for a user who does not exist, so 404 says yes. */
export async function tryService(street: Street, token: string): Promise<boolean | null> {
  const { status, body } = await street.call('GET', `/admin/users/${NOBODY}`, { token })
  if (status === 404 || status === 401) return status === 404
  if (status === 503) return null
  throw new Error(`GET /admin/users/:id answered ${status} ${JSON.stringify(body)}`)
}

/** Whether a refresh token would be answered with tokens. Asking does not use it up. */
export async function tryRefresh(street: Street, token: string): Promise<boolean | null> {
  const { status, body } = await street.call('POST', '/introspect', form({ token }, ASKING))
  if (status === 200 && typeof body.active === 'boolean') return body.active
  if (status === 503) return null
  throw new Error(`POST /introspect answered ${status} ${JSON.stringify(body)}`)
}

/** How Redis may fail under an act: before or after it did what it was asked, once, again on the retry, or for good. */
export const FAULTS = {
  refuses: { kind: 'status-500', times: 1 },
  'is down': { kind: 'reset' },
  'breaks once': { kind: 'reset', times: 1 },
  'does it and breaks once': { kind: 'late-answer', ms: 0, times: 1 },
  'does it and breaks twice': { kind: 'late-answer', ms: 0, times: 2 },
  'does it and breaks': { kind: 'late-answer', ms: 0 },
  'answers half': { kind: 'half-pipeline', times: 1 },
  'answers nonsense': { kind: 'garbage', times: 1 },
  'answers null': { kind: 'garbage', times: 1, result: null },
  'is late': { kind: 'slow', ms: 40, times: 1 },
  'does it and is silent': { kind: 'late-answer', times: 1 },
  'is silent': { kind: 'hang', times: 1 },
} as const satisfies Record<string, Fault>

export type FaultName = keyof typeof FAULTS
