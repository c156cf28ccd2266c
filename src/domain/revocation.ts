/** Owns the one rule that says whether a token still works. Pure: what Redis holds and the time are handed in. */

/** What Redis knows of a token that belongs to a session: null where a key is missing. */
export interface RevocationFacts {
  /** `blacklist:<jti>` */
  blacklisted: string | null
  /** `session:<sid>`, see `readMark` */
  mark: string | null
  /** `token_version:<uid>` */
  userVersion: string | null
  /** `token_version` */
  realmVersion: string | null
}

/** The mark that a session lives: whose it is, under which token version, and when it ends by itself (epoch ms). */
interface Mark {
  subject: string
  version: string
  endsAt: number
}

/** `<subject> <token version> <ends at, epoch ms>`; anything else is no mark. */
export function readMark(text: string | null): Mark | null {
  const [subject, version, endsAt, ...rest] = text?.split(' ') ?? []
  if (!subject || !version || !endsAt || rest.length > 0 || !/^\d+$/.test(endsAt)) return null
  return { subject, version, endsAt: Number(endsAt) }
}

/** A token version is the user's counter and the realm's; a counter that is missing fits nothing, so lost data logs out. */
export function tokenVersion(user: string | null, realm: string | null): string | null {
  return user && realm ? `${user}.${realm}` : null
}

/**
 * Whether a token whose signature and expiry were checked still works: it is not blacklisted, its session lives and is
 * its subject's, and session and token both carry the token version of now.
 */
export function isLive(
  token: { subject: string; version: string },
  facts: RevocationFacts,
  now: number,
): boolean {
  if (facts.blacklisted !== null) return false
  const mark = readMark(facts.mark)
  const version = tokenVersion(facts.userVersion, facts.realmVersion)
  return (
    mark !== null &&
    version !== null &&
    mark.subject === token.subject &&
    mark.endsAt > now &&
    mark.version === version &&
    token.version === version
  )
}
