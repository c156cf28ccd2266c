/** Owns what people may read of their own account's log: what happened, and where they themselves were. Never where others were. */

import { type AuditEntry, CLIENT_ACTOR } from './audit.ts'
import type { Ports } from './ports.ts'
import type { SessionToken } from './token.ts'

/** `self`: in a session of the account. `operator`: somebody who administers it. `unknown`: nobody who was signed in. */
export type EventAuthor = 'self' | 'operator' | 'unknown'

export interface OwnEvent
  extends Pick<AuditEntry, 'id' | 'at' | 'action' | 'session' | 'device' | 'place' | 'ip'> {
  by: EventAuthor
  detail: string
}

/** Newest first. `next` is where the following page begins; null when there is none. */
export async function ownEvents(
  { auditLog }: Pick<Ports, 'auditLog'>,
  token: SessionToken,
  page: { limit: number; after: string | null },
): Promise<{ events: OwnEvent[]; next: string | null }> {
  const { entries, next } = await auditLog.read({ subject: token.subject, action: null, ...page })
  return { events: entries.map((entry) => asSeenBy(token.subject, entry)), next }
}

function authorOf(subject: string, actor: string): EventAuthor {
  if (actor === subject) return 'self'
  // A client presents the token that it ends, and nobody is signed in for that.
  return actor === '' || actor.startsWith(CLIENT_ACTOR) ? 'unknown' : 'operator'
}

/** A device and a place may warn of a stranger and stay; an address belongs to whoever had it. An operator's are none of these. */
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
