/** Owns what a guard's options are and must be. A wrong one is told of when the guard is made, never by letting someone in. */

import type { PublishedKeys } from '../crypto/published-keys.ts'
import { issuerForms } from '../domain/issuer.ts'
import { CLOCK_TOLERANCE_MAX } from '../domain/policy.ts'
import { mistakeIn, redisTokenForms, redisUrlForms } from '../domain/store-access.ts'
import type { GuardDecision } from './decision.ts'
import type { WaitUntil } from './published-cache.ts'
import type { StrictRedis } from './strict.ts'

interface CommonOptions {
  /** The `iss` of the tokens: the service's `ISSUER`. */
  issuer: string
  /**
   * The service's public address, as its tokens name it. Needed with a `BASE_PATH`: it is then the issuer with that path. To
   * reach the service at another address, such as inside a network, pass `fetch`.
   */
  url?: string | undefined
  /** The `aud` of the tokens. @default 'authenticated' */
  audience?: string | undefined
  /** Roles that may pass; left out, every role may. */
  roles?: readonly string[] | undefined
  /**
   * The longest time, in seconds, since the user last entered the password, by sign-in or `/reauthenticate` (RFC 9470);
   * `clockTolerance` is added. Left out, any time.
   */
  maxAge?: number | undefined
  /**
   * When it cannot be known whether a token was ended: `closed` answers `503`; `open` lets it pass, unless the last list that was
   * fetched calls it ended. Without the issuer's keys the answer is `503` either way. @default 'closed'
   */
  onFault?: 'closed' | 'open' | undefined
  /**
   * Seconds by which clocks may differ, for a token's expiry and `maxAge`. Does not help with lists: a guard whose clock is
   * ahead by three quarters of `STATUS_LIST_TTL` finds every list too old.
   * @default 5
   */
  clockTolerance?: number | undefined
  /** The issuer's public keys; left out, they are fetched from it. */
  keys?: PublishedKeys | undefined
  /** Called with every decision, for metrics. What it throws, or rejects with, is ignored. */
  onDecision?: ((decision: GuardDecision) => void) | undefined
  /** Milliseconds that one fetch may take. Redis gets longer while this process is too busy to read its answer. @default 2000 */
  timeout?: number | undefined
  /** Fetches the issuer's keys and lists. Redis, in `strict` mode, is asked by `redis.fetch` instead. */
  fetch?: typeof fetch | undefined
  /** The clock, in epoch milliseconds. If it answers anything else, every token is answered with a `503`. */
  now?: (() => number) | undefined
}

/** `strict` asks the service's Redis at every check; `status-list` goes by a signed list that it fetches now and then. */
export type GuardOptions = CommonOptions &
  ({ mode: 'strict'; redis: StrictRedis } | { mode?: 'status-list' | undefined })

/** Options of one check. Its `roles` and `maxAge` take the place of the guard's own. */
export interface GuardCheck {
  roles?: readonly string[] | undefined
  /** Seconds. */
  maxAge?: number | undefined
  /** Keeps a fetch of keys or list going after the answer. In a Worker: `(work) => ctx.waitUntil(work)`. */
  waitUntil?: WaitUntil
}

/** The keys of all members of a union; `keyof` alone gives those that all have. */
type NameIn<One> = One extends unknown ? keyof One : never

/** An option that is left out here does not compile. */
const KNOWN: Record<NameIn<GuardOptions>, true> = {
  issuer: true,
  url: true,
  audience: true,
  roles: true,
  maxAge: true,
  mode: true,
  redis: true,
  onFault: true,
  clockTolerance: true,
  keys: true,
  onDecision: true,
  timeout: true,
  fetch: true,
  now: true,
}
const KNOWN_OF_CHECK: Record<keyof GuardCheck, true> = {
  roles: true,
  maxAge: true,
  waitUntil: true,
}
const KNOWN_OF_REDIS: Record<keyof StrictRedis, true> = {
  url: true,
  token: true,
  readConsistency: true,
  fetch: true,
}

/** Throws a TypeError with one sentence. */
export function requireSound(options: GuardOptions): void {
  if (typeof options === 'string')
    throw misuse("options must be an object: { issuer: 'https://…' }")
  const given: Record<string, unknown> = { ...options }
  requireKnown(given, KNOWN, 'createGuard')
  const { issuer, url, audience, mode, redis, onFault, clockTolerance, keys, timeout } = given
  for (const [name, value] of Object.entries({ issuer, url: url ?? issuer })) {
    const mistake =
      typeof value === 'string' ? mistakeIn(value, issuerForms) : 'must be the URL of the service'
    if (mistake) throw misuse(`${name} ${mistake}`)
  }
  if (audience !== undefined && !isAudience(audience))
    throw misuse('audience must be a text that neither begins nor ends with a blank')
  if (mode !== undefined && mode !== 'strict' && mode !== 'status-list')
    throw misuse("mode must be 'strict' or 'status-list'")
  if (mode === 'strict') requireSoundRedis(redis)
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
  // Private keys verify nothing, so each check would end in a fault.
  if (isKeySet(keys) && keys.keys.some((key) => 'd' in key))
    throw misuse(
      "keys must be the service's public keys, as in its jwks.json: one of these is private",
    )
  if (isKeySet(keys) && !keys.keys.some((key) => 'kid' in key && key.kid))
    throw misuse('keys must have a key with a kid, since tokens name their key by it')
  for (const name of ['onDecision', 'fetch', 'now'])
    if (given[name] !== undefined && typeof given[name] !== 'function')
      throw misuse(`${name} must be a function`)
  requireSoundWishes(options, 'createGuard')
}

/** No sentence repeats the token: it opens the service's database. */
function requireSoundRedis(redis: unknown): void {
  if (typeof redis !== 'object' || redis === null)
    throw misuse("mode 'strict' needs redis: the REST url and token of the service's database")
  requireKnown(redis, KNOWN_OF_REDIS, 'createGuard: redis')
  const { url, token, readConsistency, fetch } = redis as Partial<Record<string, unknown>>
  for (const [name, value, forms] of [
    ['url', url, redisUrlForms],
    ['token', token, redisTokenForms],
  ] as const) {
    const mistake =
      typeof value === 'string'
        ? mistakeIn(value, forms)
        : "is missing: mode 'strict' needs the REST url and token of the service's database"
    if (mistake) throw misuse(`redis.${name} ${mistake}`)
  }
  // Any other text would ask the nearest replica, which learns of an ending later.
  const consistencies: unknown[] = ['primary', 'replica', undefined]
  if (!consistencies.includes(readConsistency))
    throw misuse("redis.readConsistency must be 'primary' or 'replica'")
  if (fetch !== undefined && typeof fetch !== 'function')
    throw misuse('redis.fetch must be a function')
}

/** The same for the options of a check or a route. */
export function requireSoundCheck(check: GuardCheck, where: string): void {
  // A list of roles in place of `{ roles }` has none of the options, so it would let every role in.
  if (typeof check !== 'object' || check === null || Array.isArray(check))
    throw misuse(
      `options must be an object, which may have ${Object.keys(KNOWN_OF_CHECK).join(', ')}`,
      where,
    )
  requireKnown(check, KNOWN_OF_CHECK, where)
  if (check.waitUntil !== undefined && typeof check.waitUntil !== 'function')
    throw misuse('waitUntil must be a function: (work) => ctx.waitUntil(work)', where)
  requireSoundWishes(check, where)
}

/** What is no guard would fail at every request, and not when the route is made. */
export function requireGuard(guard: unknown, where: string): void {
  if (typeof (guard as { check?: unknown } | undefined)?.check !== 'function')
    throw misuse('guard must be what createGuard returned', where)
}

/** Of Node's own requests, Express's among them, the headers are a plain object. */
export function requireHeaders(request: Partial<Record<'headers', unknown>> | null): void {
  const headers: unknown = request?.headers
  if (
    typeof headers !== 'object' ||
    headers === null ||
    typeof Reflect.get(headers, 'get') !== 'function'
  )
    throw misuse(
      'request must have Headers, as a Request has: without them, use checkAuthorization(request.headers.authorization)',
      'check',
    )
}

export function requireText(value: unknown): void {
  if (typeof value !== 'string' && value !== null && value !== undefined)
    throw misuse(
      'value must be the text of an Authorization field, or null or undefined',
      'checkAuthorization',
    )
}

function requireKnown(given: object, known: Record<string, true>, where: string): void {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(known, name))
  if (unknown !== undefined)
    throw misuse(`there is no option ${unknown}; there are ${Object.keys(known).join(', ')}`, where)
}

function requireSoundWishes({ roles, maxAge }: GuardCheck, where: string): void {
  if (roles !== undefined && !isTexts(roles)) throw misuse('roles must be a list of texts', where)
  if (maxAge !== undefined && !isSeconds(maxAge, Number.MAX_SAFE_INTEGER))
    throw misuse('maxAge must be seconds, 0 or more', where)
}

const misuse = (sentence: string, where = 'createGuard') => new TypeError(`${where}: ${sentence}.`)

const isSeconds = (value: unknown, most: number): value is number =>
  typeof value === 'number' && value >= 0 && value <= most

const isAudience = (value: unknown): boolean =>
  typeof value === 'string' && value !== '' && value.trim() === value

const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

const isKeySet = (value: unknown): value is PublishedKeys =>
  typeof value === 'object' &&
  value !== null &&
  'keys' in value &&
  Array.isArray(value.keys) &&
  value.keys.every((key) => typeof key === 'object' && key !== null)
