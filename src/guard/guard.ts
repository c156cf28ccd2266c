/** Owns the guard's check of one request, step by step. How a revocation is learnt is each mode's own. */

import { paths } from '../contract/paths.ts'
import type { PublishedKeys } from '../crypto/published-keys.ts'
import { verifyAccessToken } from '../crypto/verify-access-token.ts'
import { readBearer } from '../domain/bearer.ts'
import type { AccessToken } from '../domain/token.ts'
import { type GuardDecision, refusal, type VerifiedToken } from './decision.ts'
import { givenKeys, remoteKeys } from './keys.ts'
import { requireSound, requireSoundCheck } from './options.ts'
import type { WaitUntil } from './shelf.ts'
import { createStatusListMode } from './status-list.ts'
import { createStrictMode, type StrictRedis } from './strict.ts'

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

export interface Guard {
  /** Checks the Bearer token of a request. Throws for a misuse only: what goes wrong is a decision too. */
  check(request: { headers: Headers }, check?: GuardCheck): Promise<GuardDecision>
  /** The same for the value of an Authorization field, where there is no Request. */
  checkAuthorization(value: string | null | undefined, check?: GuardCheck): Promise<GuardDecision>
}

/** Whether a token whose signature and expiry were checked still works. Throws when that cannot be known. */
export type Mode = (token: AccessToken, now: number, waitUntil: WaitUntil) => Promise<boolean>

/**
 * Makes a guard. Make it once, outside of the handler: it keeps keys and lists between requests.
 *
 * @example
 * const guard = createGuard({ issuer: 'https://auth.example.com' })
 * const decision = await guard.check(request)
 * if (!decision.ok) return Response.json(decision.answer.body, decision.answer)
 */
export function createGuard(options: GuardOptions): Guard {
  requireSound(options)
  const { issuer, url = issuer, audience = 'authenticated', timeout = 2000 } = options
  const ask: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init))
  const now = options.now ?? (() => Date.now())
  const tolerance = (options.clockTolerance ?? 5) * 1000
  const keys = options.keys
    ? givenKeys(options.keys)
    : remoteKeys({ uri: `${url}${paths.jwks}`, fetch: ask, timeout, now })
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
    let token: AccessToken | null
    try {
      const keyOf = keys(check.waitUntil)
      token = await verifyAccessToken(text, { issuer, url, audience, keyOf })
    } catch {
      // Without the keys nothing is known of the token at all: closed, whatever onFault says.
      return refusal('unknown')
    }
    const time = now()
    if (!token) return refusal('bad')
    if (token.expiresAt + tolerance <= time) return refusal('expired')

    let checked = true
    try {
      if (!(await works(token, time, check.waitUntil))) return refusal('revoked')
    } catch {
      if (options.onFault !== 'open') return refusal('unknown')
      checked = false
    }

    const roles = check.roles ?? options.roles
    if (roles && !roles.includes(token.role)) return refusal('role_missing')
    const maxAge = check.maxAge ?? options.maxAge
    if (maxAge !== undefined && time - token.authenticatedAt > maxAge * 1000 + tolerance)
      return refusal('stale', maxAge)
    return { ok: true, token: shown(token), checked }
  }

  async function checkAuthorization(
    value: string | null | undefined,
    check: GuardCheck = {},
  ): Promise<GuardDecision> {
    requireSoundCheck(check, 'check')
    const decision = await decide(value, check)
    try {
      options.onDecision?.(decision)
    } catch {
      // A metric that fails must not let anyone in or keep anyone out.
    }
    return decision
  }

  return {
    checkAuthorization,
    check: (request, check) => checkAuthorization(request.headers.get('Authorization'), check),
  }
}

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
