/** Owns a street whose signing key the test holds, so that it can sign what the service itself would never sign. */

import { generateSigningKey, type PrivateJwk } from '../../src/crypto/signing-keys.ts'
import { openStreet, type Street, type StreetOptions } from './street.ts'

export interface KeyedStreet extends Street {
  key: PrivateJwk
}

export async function openKeyedStreet(options: StreetOptions = {}): Promise<KeyedStreet> {
  const key = await generateSigningKey()
  const env = { ...options.env, SIGNING_KEYS: JSON.stringify({ keys: [key] }) }
  return { ...(await openStreet({ ...options, env })), key }
}
