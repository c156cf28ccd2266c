/** Owns the guard's check of one request, step by step. How a revocation is learnt is each mode's own. */

import { paths } from '../contract/paths.ts'
import { createVerifier } from '../crypto/verified-tokens.ts'
import { readBearer } from '../domain/bearer.ts'
import { DEFAULT_AUDIENCE } from '../domain/policy.ts'
import type { AccessToken } from '../domain/token.ts'
import { type GuardDecision, notKnown, refusal, type VerifiedToken } from './decision.ts'
import { givenKeys, remoteKeys } from './keys.ts'
import type { Mode } from './mode.ts'
import {
  type GuardCheck,
  type GuardOptions,
  requireHeaders,
  requireSound,
  requireSoundCheck,
  requireText,
} from './options.ts'
import { createStatusListMode } from './status-list.ts'
import { createStrictMode } from './strict.ts'

export interface Guard {
  /** Checks the Bearer token of a request. Rejects only for misuse (a TypeError): a fault is a decision too, with its `fault`. */
  check(request: { headers: Headers }, check?: GuardCheck): Promise<GuardDecision>
  /** The same for the value of an Authorization field, where there is no Request. */
  checkAuthorization(value: string | null | undefined, check?: GuardCheck): Promise<GuardDecision>
}

/**
 * Makes a guard. Make it once, outside of the handler: it keeps keys and lists between requests.
 *
 * @example
 * const guard = createGuard({ issuer: 'https://auth.example.com' })
 * // In a Worker; elsewhere guard.check(request) will do.
 * const decision = await guard.check(request, { waitUntil: (work) => ctx.waitUntil(work) })
 * if (!decision.ok) return Response.json(decision.answer.body, decision.answer)
 */
export function createGuard(options: GuardOptions): Guard {
  requireSound(options)
  const { issuer, url = issuer, audience = DEFAULT_AUDIENCE, timeout = 2000 } = options
  const ask: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init))
  const now = options.now ?? (() => Date.now())
  const tolerance = (options.clockTolerance ?? 5) * 1000
  const keys = options.keys
    ? givenKeys(options.keys)
    : remoteKeys({ uri: `${url}${paths.jwks}`, fetch: ask, timeout, now })
  const verify = createVerifier({ issuer, url, audience })
  const works: Mode =
    options.mode === 'strict'
      ? createStrictMode(options.redis, timeout)
      : createStatusListMode({ issuer, url, keyOf: keys(undefined), fetch: ask, timeout, now })

  async function decide(
    value: string | null | undefined,
    check: GuardCheck,
  ): Promise<GuardDecision> {
    const text = readBearer(value)
    if (text === null) return refusal('missing')
    if (!isEpochMs(now())) return notKnown(WRONG_CLOCK)
    let token: AccessToken | null
    try {
      token = await verify(text, keys(check.waitUntil))
    } catch (fault) {
      // Without the keys nothing is known of the token at all: closed, whatever onFault says.
      return notKnown(fault)
    }
    const time = now()
    if (!token) return refusal('bad')
    if (token.expiresAt + tolerance <= time) return refusal('expired')

    let unchecked: { fault: unknown } | null = null
    try {
      if (!(await works(token, time, check.waitUntil))) return refusal('revoked')
    } catch (fault) {
      if (options.onFault !== 'open') return notKnown(fault)
      unchecked = { fault }
    }

    const roles = check.roles ?? options.roles
    if (roles && !roles.includes(token.role)) return refusal('role_missing')
    const maxAge = check.maxAge ?? options.maxAge
    if (maxAge !== undefined && time - token.authenticatedAt > maxAge * 1000 + tolerance)
      return refusal('stale', maxAge)
    return { ok: true, token: shown(token), checked: unchecked === null, ...unchecked }
  }

  async function checkAuthorization(
    value: string | null | undefined,
    check: GuardCheck = {},
  ): Promise<GuardDecision> {
    requireText(value)
    requireSoundCheck(check, 'check')
    const decision = await decide(value, check)
    // A metric that fails, at once or later, must not let anyone in or keep anyone out.
    try {
      Promise.resolve(options.onDecision?.(decision)).catch(() => {})
    } catch {}
    return decision
  }

  return {
    checkAuthorization,
    async check(request, check) {
      requireHeaders(request)
      return checkAuthorization(request.headers.get('Authorization'), check)
    },
  }
}

/**
 * From September 2001 to the year 5138. By seconds, or by what is no number, no token would ever have expired; by microseconds
 * each has, and its holder would be told to get another one.
 */
const isEpochMs = (time: unknown): boolean =>
  typeof time === 'number' && time >= 1e12 && time < 1e14
const WRONG_CLOCK = new TypeError('createGuard: now must answer epoch milliseconds.')

const shown = (token: AccessToken): VerifiedToken => ({
  subject: token.subject,
  session: token.session,
  role: token.role,
  email: token.email,
  client: token.client,
  tokenId: token.id,
  authenticatedAt: Math.floor(token.authenticatedAt / 1000),
  expiresAt: Math.floor(token.expiresAt / 1000),
})
