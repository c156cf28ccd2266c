/** Owns the keys that sign access tokens and status lists. They come from configuration only, never from a token. */

import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type CryptoKey as JoseKey,
  type JWK,
} from 'jose'
import { ALGORITHM } from './algorithm.ts'

/** A private P-256 key as a JWK (RFC 7517), with the id that tokens name it by. */
export interface PrivateJwk {
  kty: 'EC'
  crv: 'P-256'
  x: string
  y: string
  d: string
  kid: string
  alg: 'ES256'
  use: 'sig'
}

type PublicJwk = Omit<PrivateJwk, 'd'>

export interface SigningKeys {
  /** The first key of the set signs. */
  signer: { kid: string; key: JoseKey }
  /** Every key of the set verifies, by its id. */
  verifiers: ReadonlyMap<string, JoseKey>
  /** What `/.well-known/jwks.json` shows. */
  publicJwks: PublicJwk[]
}

/** Its message names the key by its place in the set, never by its value, so the operator may read it in a log. */
export class SigningKeysError extends TypeError {
  override readonly name = 'SigningKeysError'
}

/** A new key; its id is its thumbprint (RFC 7638), so two keys never share one. */
export async function generateSigningKey(): Promise<PrivateJwk> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true })
  const { x, y, d } = await exportJWK(privateKey)
  if (!x || !y || !d) throw new TypeError('The platform made a P-256 key without coordinates.')
  const kid = await calculateJwkThumbprint({ kty: 'EC', crv: 'P-256', x, y })
  return { kty: 'EC', crv: 'P-256', x, y, d, kid, alg: ALGORITHM, use: 'sig' }
}

/** Throws a SigningKeysError. */
export async function importSigningKeys(jwks: readonly PrivateJwk[]): Promise<SigningKeys> {
  const verifiers = new Map<string, JoseKey>()
  const publicJwks: PublicJwk[] = []
  let signer: SigningKeys['signer'] | null = null
  for (const [index, jwk] of jwks.entries()) {
    const place = `SIGNING_KEYS, key ${index + 1}`
    if (verifiers.has(jwk.kid))
      throw new SigningKeysError(`${place}: its kid is another key's too.`)
    const { d: _private, ...publicJwk } = jwk
    verifiers.set(jwk.kid, await importKey(publicJwk, place))
    publicJwks.push(publicJwk)
    // Each private key is imported, though only the first signs: a broken one is reported before a rotation puts it first.
    const key = await importKey(jwk, place)
    signer ??= { kid: jwk.kid, key }
  }
  if (!signer) throw new SigningKeysError('SIGNING_KEYS has no key.')
  return { signer, verifiers, publicJwks }
}

async function importKey(jwk: JWK, place: string): Promise<JoseKey> {
  const key = await importJWK(jwk, ALGORITHM).catch(() => null)
  if (key === null || key instanceof Uint8Array)
    throw new SigningKeysError(`${place}: it is no P-256 key for ${ALGORITHM}.`)
  return key
}
