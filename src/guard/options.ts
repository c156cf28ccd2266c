/** Owns what a guard's options are and must be. A wrong one is told of when the guard is made, never by letting someone in. */

import type { PublishedKeys } from '../crypto/published-keys.ts'
import { CLOCK_TOLERANCE_MAX } from '../domain/policy.ts'
import type { GuardDecision } from './decision.ts'
import type { WaitUntil } from './shelf.ts'
import type { StrictRedis } from './strict.ts'

interface CommonOptions {
  /** The `iss` of the tokens: the service's `ISSUER`. */
  issuer: string
  /** Where the service is reached, when that is not its issuer: with a `BASE_PATH`, the issuer and that. */
  url?: string
  /** The `aud` of the tokens. @default 'authenticated' */
  audience?: string
  /** Roles that may pass; left out, every role may. */
  roles?: readonly string[]
  /** Seconds that the sign-in may lie back; left out, any time (RFC 9470). */
  maxAge?: number
  /** What to do when it cannot be known whether a token was ended. @default 'closed' */
  onFault?: 'closed' | 'open'
  /** Seconds by which clocks may differ. @default 5 */
  clockTolerance?: number
  /** The issuer's public keys; left out, they are fetched from it. */
  keys?: PublishedKeys
  /** Called with every decision, for metrics. What it throws is ignored. */
  onDecision?: (decision: GuardDecision) => void
  /** Milliseconds that one fetch may take. @default 2000 */
  timeout?: number
  fetch?: typeof fetch
  /** Epoch milliseconds. */
  now?: () => number
}

/** `strict` asks the service's Redis at every check; `status-list` goes by a signed list that it fetches now and then. */
export type GuardOptions = CommonOptions &
  ({ mode: 'strict'; redis: StrictRedis } | { mode?: 'status-list' })

/** What one check may want beyond the guard's own options. */
export interface GuardCheck {
  roles?: readonly string[] | undefined
  /** Seconds. */
  maxAge?: number | undefined
  /** Keeps a renewal of the list going after the answer: `ctx.waitUntil` of a Worker. */
  waitUntil?: WaitUntil
}

const KNOWN: readonly string[] = [
  'issuer',
  'url',
  'audience',
  'roles',
  'maxAge',
  'mode',
  'redis',
  'onFault',
  'clockTolerance',
  'keys',
  'onDecision',
  'timeout',
  'fetch',
  'now',
]

/** Throws a TypeError with one sentence. */
export function requireSound(options: GuardOptions): void {
  const given: Record<string, unknown> = { ...options }
  const unknown = Object.keys(given).find((name) => !KNOWN.includes(name))
  if (unknown !== undefined)
    throw misuse(`there is no option ${unknown}; there are ${KNOWN.join(', ')}`)
  const { issuer, url, audience, mode, redis, onFault, clockTolerance, keys, timeout } = given
  for (const [name, value] of Object.entries({ issuer, url: url ?? issuer }))
    if (typeof value !== 'string' || !/^https?:\/\/[^?#]*[^/?#]$/.test(value))
      throw misuse(`${name} must be a URL of the service, without a slash at its end`)
  if (audience !== undefined && (typeof audience !== 'string' || audience === ''))
    throw misuse('audience must be a text')
  if (mode !== undefined && mode !== 'strict' && mode !== 'status-list')
    throw misuse("mode must be 'strict' or 'status-list'")
  if (mode === 'strict' && !isRedis(redis))
    throw misuse("mode 'strict' needs redis: the REST url and token of the service's database")
  // Anything but 'primary' would be asked at the nearest replica, which hears of an ending later.
  const { readConsistency } = (redis ?? {}) as Partial<Record<string, unknown>>
  if (
    readConsistency !== undefined &&
    readConsistency !== 'primary' &&
    readConsistency !== 'replica'
  )
    throw misuse("redis.readConsistency must be 'primary' or 'replica'")
  if (mode !== 'strict' && redis !== undefined)
    throw misuse("redis is for mode 'strict'; this guard would never ask it")
  if (onFault !== undefined && onFault !== 'closed' && onFault !== 'open')
    throw misuse("onFault must be 'closed' or 'open'")
  if (clockTolerance !== undefined && !isSeconds(clockTolerance, CLOCK_TOLERANCE_MAX))
    throw misuse(`clockTolerance must be seconds from 0 to ${CLOCK_TOLERANCE_MAX}`)
  if (timeout !== undefined && !(isSeconds(timeout, 60_000) && timeout >= 1))
    throw misuse('timeout must be milliseconds from 1 to 60000')
  if (keys !== undefined && !isKeySet(keys))
    throw misuse("keys must be a JSON Web Key Set: { keys: […] } as the service's jwks.json")
  for (const name of ['onDecision', 'fetch', 'now'])
    if (given[name] !== undefined && typeof given[name] !== 'function')
      throw misuse(`${name} must be a function`)
  requireSoundCheck(options, 'createGuard')
}

/** The same for what a single route may want. */
export function requireSoundCheck({ roles, maxAge }: GuardCheck, where = 'requireAuth'): void {
  if (roles !== undefined && !isTexts(roles)) throw misuse('roles must be a list of texts', where)
  if (maxAge !== undefined && !isSeconds(maxAge, Number.MAX_SAFE_INTEGER))
    throw misuse('maxAge must be seconds, 0 or more', where)
}

const misuse = (sentence: string, where = 'createGuard') => new TypeError(`${where}: ${sentence}.`)

const isSeconds = (value: unknown, most: number): value is number =>
  typeof value === 'number' && value >= 0 && value <= most

const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

const isKeySet = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'keys' in value && Array.isArray(value.keys)

function isRedis(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { url, token } = value as Partial<Record<string, unknown>>
  return typeof url === 'string' && /^https?:\/\//.test(url) && typeof token === 'string' && !!token
}
