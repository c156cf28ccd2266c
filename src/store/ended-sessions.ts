/** Owns one isolate's memory of sessions that it saw end. It decides who pays for a call, never whether a token works. */

import type { EndedSessions } from '../domain/ports.ts'

/** Sessions remembered, the newest; some 100 bytes each. */
const MOST = 10_000

export function createEndedSessions(): EndedSessions {
  const ended = new Set<string>()
  return {
    has: (session) => ended.has(session),
    add(session) {
      ended.add(session)
      const [oldest] = ended
      if (ended.size > MOST && oldest !== undefined) ended.delete(oldest)
    },
  }
}
