/** Owns what a client may learn of a token (RFC 7662). A fault is thrown, so 'not active' is never a guess. */

import { requireLive } from './authenticate.ts'
import type { Client } from './client.ts'
import type { Ports } from './ports.ts'
import { recognise } from './recognise.ts'
import { isExchangeable } from './refresh-facts.ts'
import { readMark } from './revocation.ts'
import type { Rules } from './rules.ts'
import type { AccessToken, RefreshToken } from './token.ts'

type IntrospectPorts = Pick<Ports, 'sessions' | 'refreshFacts' | 'accessTokens' | 'refreshTokens'>

/** Times in epoch milliseconds. */
export type Insight =
  | { kind: 'access'; token: AccessToken }
  | {
      kind: 'refresh'
      token: RefreshToken
      client: string
      issuedAt: number
      expiresAt: number
      authenticatedAt: number
    }

/** Null for whatever does not work, whyever. One round trip. */
export async function introspect(
  ports: IntrospectPorts,
  rules: Rules,
  { text, caller }: { text: string; caller: Client },
  now: number,
): Promise<Insight | null> {
  const presented = await recognise(ports, text)
  if (!presented) return null
  if (presented.kind === 'refresh')
    return introspectRefreshToken(ports, rules, presented.token, caller, now)
  const live = await requireLive(ports, presented.token, now)
  return live.ok ? { kind: 'access', token: live.value } : null
}

/**
 * Active to the refresh token's own client only. An API that asks about whatever it was sent as a Bearer token must not hear
 * 'active' of a refresh token (RFC 7662 section 2.2: a token that the caller may not introspect is not active).
 */
async function introspectRefreshToken(
  { refreshFacts }: IntrospectPorts,
  rules: Rules,
  token: RefreshToken,
  caller: Client,
  now: number,
): Promise<Insight | null> {
  const facts = await refreshFacts.read(token)
  const mark = readMark(facts?.mark ?? null)
  if (!facts || !mark || facts.client !== caller.id) return null
  if (!isExchangeable(token, facts, rules.sessions, now)) return null
  return {
    kind: 'refresh',
    token,
    client: facts.client,
    issuedAt: facts.rotatedAt || facts.createdAt,
    expiresAt: mark.endsAt,
    authenticatedAt: facts.authenticatedAt,
  }
}
