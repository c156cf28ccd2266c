/** Owns what an account is and the rules for its email address, role, ban and metadata. Never how it is kept. */

import { bytesAsJson, METADATA_BYTES } from '../contract/metadata.ts'
import type { Refusal } from './refusal.ts'

export interface Account {
  /** A lower-case UUID. */
  id: string
  email: string
  /** scrypt with its parameters; null for an account that cannot sign in with a password. */
  passwordHash: string | null
  role: string
  /** Epoch milliseconds, here and below. */
  createdAt: number
  updatedAt: number
  confirmedAt: number | null
  lastSignInAt: number | null
  bannedUntil: number | null
  userMetadata: Record<string, unknown>
  appMetadata: Record<string, unknown>
  /** Goes up with every AccountChange, but not with a sign-in. Metadata that was merged into an older one is merged anew. */
  revision: string
}

const ROLE_OF_USERS = 'authenticated'
const ROLE_OF_ADMINS = 'admin'
/** The role of service tokens, which stand for no account. */
export const SERVICE_ROLE = 'service_role'
/** No account may have one of these. */
const RESERVED_ROLES: readonly string[] = [SERVICE_ROLE, 'supabase_admin', 'anon', 'postgres']

/** A new account that nobody can sign in with yet. */
export const blankAccount = (id: string, email: string, now: number): Account => ({
  id,
  email,
  passwordHash: null,
  role: ROLE_OF_USERS,
  createdAt: now,
  updatedAt: now,
  confirmedAt: null,
  lastSignInAt: null,
  bannedUntil: null,
  userMetadata: {},
  appMetadata: { provider: 'email', providers: ['email'] },
  revision: '0',
})

export const isReservedRole = (role: string): boolean => RESERVED_ROLES.includes(role)

export const isOperator = (role: string): boolean =>
  role === ROLE_OF_ADMINS || role === SERVICE_ROLE

export const isBanned = (account: Pick<Account, 'bannedUntil'>, now: number): boolean =>
  account.bannedUntil !== null && account.bannedUntil > now

/** An email address, or the beginning of one, in the one spelling that is kept. Composed again at the end: 'J̌' becomes 'ǰ'. */
export const spellEmail = (text: string): string =>
  text.trim().normalize('NFKC').toLowerCase().normalize('NFKC')

/** What a screen shows nothing of, though some of it counts as a letter or a mark (Unicode's Default_Ignorable_Code_Point). */
const INVISIBLE = /\p{DI}/u

/** The address as it is kept and compared. Null when it is no address that can receive mail, or has what nobody can see. */
export function normaliseEmail(text: string): string | null {
  const address = spellEmail(text)
  const at = address.lastIndexOf('@')
  const local = address.slice(0, at)
  const domain = address.slice(at + 1)
  if (at < 1 || local.length > 64 || address.length > 254 || INVISIBLE.test(address)) return null
  // RFC 5322 dot-atom, with letters of any script (RFC 6531); quoted local parts are not worth their trouble.
  if (
    !/^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u.test(
      local,
    )
  )
    return null
  const label = String.raw`[\p{L}\p{N}]([\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?`
  return new RegExp(`^${label}(\\.${label})+$`, 'u').test(domain) ? address : null
}

/** Keys given as null are deleted, others set; the rest stays (what `@supabase/auth-js` users expect of metadata). */
export function mergeMetadata(
  present: Record<string, unknown>,
  change: Record<string, unknown> | null | undefined,
): Record<string, unknown> {
  const merged = { ...present, ...change }
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null))
}

/** Null when the metadata may be kept. Each call's part is bounded by its schema, but many calls add up. */
export function metadataRefusal({
  userMetadata,
  appMetadata,
}: Pick<Account, 'userMetadata' | 'appMetadata'>): Refusal | null {
  const largest = Math.max(bytesAsJson(userMetadata), bytesAsJson(appMetadata))
  return largest > METADATA_BYTES ? { reason: 'metadata_too_large', bytes: METADATA_BYTES } : null
}

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const
const FOREVER_MS = 100 * 365 * 24 * UNIT_MS.h

/** A Go duration (`24h`, `1h30m`) as the moment until which a ban holds; null for `none`. */
export function bannedUntil(duration: string, now: number): number | null {
  if (duration === 'none') return null
  let total = 0
  for (const [, amount, unit] of duration.matchAll(/([\d.]+)(ms|s|m|h)/g))
    total += Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS]
  return now + Math.min(Math.ceil(total), FOREVER_MS)
}
