/** Owns what people may read of their own account's log: what happened, and from where. Never another person's IP address. */

import { type AuditEntry, CLIENT_ACTOR, toldSince } from './audit.ts'
import type { Ports } from './ports.ts'
import type { SessionToken } from './token.ts'

/** `self`: in a session of the account. `operator`: somebody who administers it. `unknown`: nobody who was signed in. */
type EventAuthor = 'self' | 'operator' | 'unknown'

export interface OwnEvent
  extends Pick<AuditEntry, 'id' | 'at' | 'action' | 'session' | 'device' | 'place' | 'ip'> {
  by: EventAuthor
  detail: string
}

/**
 * Newest first. `next` is where the following page begins; null when there is none. An operator may have given this id to an
 * earlier account, whose log outlives it: entries from before this account was made are left out.
 */
export async function ownEvents(
  { accounts, auditLog }: Pick<Ports, 'accounts' | 'auditLog'>,
  token: SessionToken,
  page: { limit: number; after: string | null },
  now: number,
): Promise<{ events: OwnEvent[]; next: string | null }> {
  const { subject } = token
  const [account, { entries, next }] = await Promise.all([
    accounts.byId(subject),
    auditLog.read({ subject, action: null, ...page, since: toldSince(now) }),
  ])
  const begins = account?.createdAt ?? Number.POSITIVE_INFINITY
  const own = entries.filter(({ at }) => at >= begins)
  return {
    events: own.map((entry) => asSeenBy(subject, entry)),
    next: own.length === entries.length ? next : null,
  }
}

function authorOf(subject: string, actor: string): EventAuthor {
  if (actor === subject) return 'self'
  // A client presents the token that it ends, and nobody is signed in for that.
  return actor === '' || actor.startsWith(CLIENT_ACTOR) ? 'unknown' : 'operator'
}

/**
 * Of somebody who was not signed in, device and place are shown, for they may warn of a stranger, but not the IP address. Of an
 * operator none of these is shown, nor the detail.
 */
function asSeenBy(subject: string, entry: AuditEntry): OwnEvent {
  const { id, at, action, session, detail } = entry
  const by = authorOf(subject, entry.actor)
  return {
    id,
    at,
    action,
    session,
    by,
    device: by === 'operator' ? '' : entry.device,
    place: by === 'operator' ? '' : entry.place,
    ip: by === 'self' ? entry.ip : '',
    detail: by === 'operator' ? '' : detail,
  }
}
