/** Owns the exchange of a refresh token. The script has the last word: no token that it hands out survives a logout. */

import { admitAndMake } from './admit.ts'
import type { AuditEvent } from './audit.ts'
import { type IssuedTokens, issueTokens } from './issue.ts'
import type { Origin } from './origin.ts'
import type { Ports } from './ports.ts'
import type { Refusal } from './refusal.ts'
import { ok, type Result, refuse } from './result.ts'

export async function refresh(
  ports: Pick<Ports, 'sessions' | 'limiter' | 'accessTokens' | 'refreshTokens'>,
  { text, client }: { text: string; client: string },
  origin: Origin,
  now: number,
): Promise<Result<IssuedTokens, Refusal>> {
  // A forged token is refused here, without a word to Redis.
  const token = ports.refreshTokens.read(text)
  if (!token) return refuse({ reason: 'refresh_token_bad' })

  const reuse: AuditEvent = {
    ...origin,
    action: 'refresh_token_reused',
    at: now,
    subject: token.subject,
    actor: '',
    session: token.session,
    detail: 'session ended',
  }
  const rotation = ports.sessions.rotation(token, client, reuse)
  const rotated = await admitAndMake(ports.limiter, 'refresh', token.session, rotation)
  if (!rotated.ok) return rotated
  const outcome = rotated.value
  switch (outcome.kind) {
    case 'rotated':
    case 'replayed':
      return ok(await issueTokens(ports, outcome.session, now))
    case 'gone':
      return refuse({ reason: 'refresh_token_unknown' })
    case 'foreign':
      return refuse({ reason: 'refresh_token_foreign' })
    case 'banned':
      return refuse({ reason: 'user_banned' })
    case 'reused':
      return refuse({ reason: 'refresh_token_reused' })
  }
}
