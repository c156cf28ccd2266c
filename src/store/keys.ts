/** Owns the name of every key in Redis, with what it holds and how long it lives. Ids are UUIDs; all else is hashed first. */

export const keys = {
  /** Hash: the account. Until it is deleted. */
  user: (id: string) => `user:${id}`,
  /** String: the user's id, under the hash of the normalised address. With the account. */
  email: (addressHash: string) => `email:${addressHash}`,
  /** Sorted set: every user's id by the moment of creation (epoch ms), for the operator's list. For good. */
  users: 'users',
  /** Sorted set, all scores 0: `<address> <user id>`, for the operator's search by the beginning of an address. For good. */
  emails: 'emails',
  /** String: the mark that the session lives, see domain/revocation.ts. Until it is idle or over. */
  session: (id: string) => `session:${id}`,
  /** Hash: the session's generation, times and device. As the mark. */
  sessionDetail: (id: string) => `session:${id}:detail`,
  /**
   * Sorted set: `<sid> <list> <place>` of each session of the user, by when it ends (epoch ms). With the account: a key that can
   * expire can also be evicted, and without the set nobody knows which sessions to end.
   */
  sessions: (userId: string) => `sessions:${userId}`,
  /** Set: calls whose ending a sign-in overtook, and which look up anew; it keeps sign-ins out. Until they are done, or 2 s. */
  closing: (userId: string) => `closing:${userId}`,
  /** String: why. Until the token expires, if its session ended with it; else until no guard accepts it any more (policy.ts). */
  blacklist: (tokenId: string) => `blacklist:${tokenId}`,
  /** String: a counter that starts at the time of its making (epoch ms): after a loss no old value returns. With the account. */
  userVersion: (userId: string) => `token_version:${userId}`,
  /** String: the same for everyone. For good. */
  realmVersion: 'token_version',
  /** String: `<list> <realm version>`, the list that new sessions get a place in. For good. */
  currentStatusList: 'statuslist',
  /** Bitmap: one bit a session, set when it ended. This and the next two: until the last session in it must have ended. */
  statusList: (list: string) => `statuslist:${list}`,
  /** Bitmap: which places were ever given away. */
  statusListTaken: (list: string) => `statuslist:${list}:taken`,
  /** String: the realm's token version at the list's making; under another the whole list is void. */
  statusListRealm: (list: string) => `statuslist:${list}:realm`,
  /** Sorted set: ids of access tokens ended alone, by when no guard accepts them any more (epoch ms). Until the last of these. */
  statusListTokens: (list: string) => `statuslist:${list}:tokens`,
  /** Stream: what happened to the account, of the last 90 days. Until 90 days after the last event. */
  userAudit: (userId: string) => `audit:${userId}`,
  /** Stream: what happened to anyone, of the last 90 days. For good, capped in number. */
  realmAudit: 'audit',
  /** String: written to see whether Redis takes writes. A minute. */
  health: 'health',
  /** Counters of `@upstash/ratelimit`: this, then the hashed identity, then the window's number. Two windows. */
  limit: (quota: string) => `limit:${quota}`,
} as const
