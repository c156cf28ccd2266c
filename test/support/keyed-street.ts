/** Owns a street whose signing key the test holds, so that it can sign what the service itself would never sign. */

import { importJWK, type JWTPayload, SignJWT } from 'jose'
import { generateSigningKey, type PrivateJwk } from '../../src/crypto/signing-keys.ts'
import { claimsOf, openStreet, type Street, type StreetOptions } from './street.ts'

export interface KeyedStreet extends Street {
  key: PrivateJwk
  /** A good token with some claims, or its header, told otherwise; `undefined` leaves a claim out. */
  resign: (token: string, claims: JWTPayload, header?: { typ?: string }) => Promise<string>
}

export async function openKeyedStreet(options: StreetOptions = {}): Promise<KeyedStreet> {
  const key = await generateSigningKey()
  const env = { ...options.env, SIGNING_KEYS: JSON.stringify({ keys: [key] }) }
  const street = await openStreet({ ...options, env })
  const signer = await importJWK({ ...key }, key.alg)
  return {
    ...street,
    key,
    resign: (token, claims, header = {}) =>
      new SignJWT({ ...claimsOf(token), ...claims })
        .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header })
        .sign(signer),
  }
}
