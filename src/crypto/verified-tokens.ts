/** Owns an isolate's memory of tokens whose signature it verified. Never whether one still works: that is asked each time. */

import type { AccessToken } from '../domain/token.ts'
import {
  isAboutTheToken,
  type KeyOf,
  type Verified,
  type VerifierOptions,
  verifyAccessToken,
} from './verify-access-token.ts'

/** Tokens kept. A client uses one for a quarter of an hour, so this is also how many clients at once are served from here. */
const KEPT_MAX = 1000

/** Null for a token that is not ours. Throws only when the keys could not be had. */
type Verify = (text: string, keyOf: KeyOf) => Promise<AccessToken | null>

/**
 * Verifies a text once while it is kept and its key is still the one of that id. What a signature says never changes;
 * expiry and revocation are judged elsewhere.
 */
export function createVerifier(options: VerifierOptions): Verify {
  const kept = new Map<string, Verified>()
  return async (text, keyOf) => {
    const known = kept.get(text)
    if (known && (await isStillKey(known, keyOf))) return known.token
    kept.delete(text)
    const verified = await verifyAccessToken(text, options, keyOf)
    // Only good ones: made-up texts must not push them out.
    if (!verified) return null
    const [oldest] = kept.keys()
    if (kept.size >= KEPT_MAX && oldest !== undefined) kept.delete(oldest)
    kept.set(text, verified)
    return verified.token
  }
}

async function isStillKey({ header, key }: Verified, keyOf: KeyOf): Promise<boolean> {
  try {
    return (await keyOf(header, UNSIGNED)) === key
  } catch (error) {
    if (isAboutTheToken(error)) return false
    throw error
  }
}

/** Keys are found by the header alone. */
const UNSIGNED = { payload: '', signature: '' }
