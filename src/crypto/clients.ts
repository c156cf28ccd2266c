/** Owns the proof that a caller is the OAuth client that it says it is. Never keeps a secret, only hashes. */

import { Buffer } from 'node:buffer'
import { createHash, timingSafeEqual } from 'node:crypto'
import { CLIENT_SECRET_MAX_LENGTH } from '../contract/client-limits.ts'
import {
  CLIENT_SECRET_MIN_LENGTH,
  type Client,
  type ClientSetting,
  type Clients,
  FIRST_PARTY,
} from '../domain/client.ts'

const HASH_BYTES = 32

/** A plain hash is enough for secrets that nobody can guess; what is too short to be one never matches. */
export function createClients(settings: readonly ClientSetting[]): Clients {
  const known = new Map<string, { client: Client; hashes: Buffer[] }>()
  known.set(FIRST_PARTY.id, { client: FIRST_PARTY, hashes: [] })
  for (const { id, secretHashes } of settings) {
    const hashes = secretHashes.map((text) => Buffer.from(text, 'hex'))
    known.set(id, { client: { id, confidential: hashes.length > 0 }, hashes })
  }
  // An unknown client costs what a known one costs.
  const nobody = [Buffer.alloc(HASH_BYTES)]

  return {
    authenticate(id, secret) {
      const entry = known.get(id)
      if (secret === null) return entry && !entry.client.confidential ? entry.client : null
      const given = createHash('sha256').update(secret).digest()
      // Every hash is compared, whichever fits.
      const fits = (entry?.hashes ?? nobody).filter((hash) => timingSafeEqual(hash, given)).length
      const plausible =
        secret.length >= CLIENT_SECRET_MIN_LENGTH && secret.length <= CLIENT_SECRET_MAX_LENGTH
      return entry?.client.confidential && plausible && fits > 0 ? entry.client : null
    },
  }
}
