/** Owns the order of a rotation of signing keys: which lists follow one another. Prints and stores nothing. */
import { generateSigningKey, type PrivateJwk } from '../crypto/signing-keys.ts'

interface Rotation {
  /** The new key's id. */
  kid: string
  /** The new key is published; the present one still signs. */
  announced: PrivateJwk[]
  /** The new key signs; the older ones still verify. */
  promoted: PrivateJwk[]
  retired: PrivateJwk[]
}

/** The new key is published before it signs: instances and verifiers that still have the old list would refuse its tokens. */
export async function planRotation(present: readonly PrivateJwk[]): Promise<Rotation> {
  const made = await generateSigningKey()
  return {
    kid: made.kid,
    announced: [...present.slice(0, 1), made, ...present.slice(1)],
    promoted: [made, ...present],
    retired: [made],
  }
}
