/** Owns plain digests, for names of things. Never for passwords or signatures. */

import { hash } from 'node:crypto'
import type { Digests } from '../domain/ports.ts'

export const digests: Digests = {
  sha1Hex: (text) => hash('sha1', text, 'hex'),
  sha256: (text) => hash('sha256', text, 'base64url'),
}
