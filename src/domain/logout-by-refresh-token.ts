/** Owns what a refresh token may end: it is what a browser still has when its access token is gone. Safe to repeat. */

import type { LogoutScope } from '../contract/answers.ts'
import { eventBy } from './audit.ts'
import { type Ending, endSessions, type LogoutPorts } from './logout.ts'
import type { Refusal } from './refusal.ts'
import type { Result } from './result.ts'
import type { Rules } from './rules.ts'
import type { Origin } from './session.ts'
import type { RefreshToken } from './token.ts'

/**
 * Its own session always, however old the token: at worst a thief ends what he stole. More only when the script finds it
 * to be the session's present token; a replaced one is a copy that somebody kept, and ends its session as on a refresh.
 */
export function logoutByRefreshToken(
  ports: LogoutPorts,
  rules: Rules,
  { token, asked }: { token: RefreshToken; asked: LogoutScope | null },
  origin: Origin,
  now: number,
): Promise<Result<Ending, Refusal>> {
  const scope = asked ?? rules.defaultLogoutScope
  const event = eventBy(token, 'logout', origin, now, scope)
  // Whether this is the owner is known only after the script, so the session pays, not the user.
  const payer = `session:${token.session}`
  return endSessions(ports, { payer, scope, event }, (members) =>
    scope === 'local'
      ? ports.sessions.endOne(
          token.subject,
          { id: token.session, status: token.status },
          event,
          now,
        )
      : ports.sessions.endByRefreshToken(token, scope, members, event, now),
  )
}
