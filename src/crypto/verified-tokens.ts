/** Owns the memory of tokens whose signature was verified in this isolate. Never of whether one still works: that is asked each time. */

import type { AccessToken } from '../domain/token.ts'

/** Tokens kept; a client uses one for a quarter of an hour, so this serves as many at once. */
const KEPT_MAX = 1000

type Verify = (text: string) => Promise<AccessToken | null>

/** Verifies a text once while it is kept. What a signature says never changes; expiry and revocation are judged elsewhere. */
export function rememberVerified(verify: Verify): Verify {
  const kept = new Map<string, AccessToken>()
  return async (text) => {
    const known = kept.get(text)
    if (known) return known
    const token = await verify(text)
    // Only good ones: made-up texts must not push them out.
    if (token) {
      const [oldest] = kept.keys()
      if (kept.size >= KEPT_MAX && oldest !== undefined) kept.delete(oldest)
      kept.set(text, token)
    }
    return token
  }
}
