/** Mints tokens with the service role from the local keys. Stores and prints none. */
import { createAccessTokens } from '../crypto/access-token.ts'
import { importSigningKeys, type PrivateJwk } from '../crypto/signing-keys.ts'

interface Wish {
  keys: PrivateJwk[]
  issuer: string
  audience: string
  /** Seconds. */
  expiresIn: number
}

export async function mintServiceToken({
  keys,
  issuer,
  audience,
  expiresIn,
}: Wish): Promise<string> {
  const tokens = createAccessTokens({
    keys: await importSigningKeys(keys),
    issuer,
    // Only tokens of a session name a status list.
    url: issuer,
    audience,
    ttl: expiresIn,
    newId: () => crypto.randomUUID(),
  })
  return tokens.signService(expiresIn, Date.now())
}
