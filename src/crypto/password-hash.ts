/** Owns the hashing of passwords. Never judges whether one is good. */

import { Buffer } from 'node:buffer'
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { normalisePassword } from '../domain/password.ts'
import type { ScryptCost } from '../domain/policy.ts'
import type { Passwords } from '../domain/ports.ts'
import type { HashingTurns } from './hashing-turns.ts'

const SALT_BYTES = 16
const HASH_BYTES = 32

interface StoredHash {
  cost: ScryptCost
  salt: Buffer
  hash: Buffer
}

/** Hashes with this cost; hashes of another cost still verify, and are reported as outdated. Throws an Overload when turns do. */
export function createPasswords(cost: ScryptCost, turns: HashingTurns): Passwords {
  const nobody: StoredHash = {
    cost,
    salt: Buffer.alloc(SALT_BYTES),
    hash: Buffer.alloc(HASH_BYTES),
  }

  return {
    async hash(password, since) {
      const salt = randomBytes(SALT_BYTES)
      return write({
        cost,
        salt,
        hash: await turns.take(since, () => derive(password, salt, cost)),
      })
    },

    async verify(password, text, since) {
      const known = text === null ? null : read(text)
      const { cost: itsCost, salt, hash } = known ?? nobody
      const derived = await turns.take(since, () => derive(password, salt, itsCost))
      const matches = timingSafeEqual(derived, hash) && known !== null
      const outdated = itsCost.N !== cost.N || itsCost.r !== cost.r || itsCost.p !== cost.p
      return { matches, outdated }
    },
  }
}

function derive(password: string, salt: Buffer, { N, r, p }: ScryptCost): Promise<Buffer> {
  // RFC 7914 section 2: 128 * N * r bytes; doubled, since the default bound is exactly what N=2^14 needs.
  const options = { N, r, p, maxmem: 256 * N * r }
  return new Promise((resolve, reject) =>
    scrypt(normalisePassword(password), salt, HASH_BYTES, options, (error, key) =>
      error ? reject(error) : resolve(key),
    ),
  )
}

const write = ({ cost: { N, r, p }, salt, hash }: StoredHash): string =>
  `scrypt$${N}$${r}$${p}$${salt.toString('base64url')}$${hash.toString('base64url')}`

function read(text: string): StoredHash | null {
  const [scheme, N, r, p, salt, hash] = text.split('$')
  if (scheme !== 'scrypt' || !N || !r || !p || !salt || !hash) return null
  const stored = {
    cost: { N: Number(N), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    hash: Buffer.from(hash, 'base64url'),
  }
  return stored.hash.length === HASH_BYTES ? stored : null
}
