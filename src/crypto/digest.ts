/** Owns plain digests, for names of things. Never for passwords or signatures. */

import { createHash } from 'node:crypto'
import type { Digests } from '../domain/ports.ts'

export const digests: Digests = {
  sha1Hex: (text) => createHash('sha1').update(text).digest('hex'),
  sha256: (text) => createHash('sha256').update(text).digest('base64url'),
}
