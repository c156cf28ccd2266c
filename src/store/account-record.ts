/** Owns how an account is written as a Redis hash and read back. Never talks to Redis. */

import type { Account } from '../domain/account.ts'
import { readFields, required, whole } from './answers.ts'
import { parseJson } from './rest.ts'

const moment = (time: number | null): string => (time === null ? '' : String(time))
const readMoment = (text: string | undefined): number | null => (text ? whole(text) : null)

/** What a change may write. */
const changeable = (account: Account) => ({
  email: account.email,
  password: account.passwordHash ?? '',
  role: account.role,
  updated_at: String(account.updatedAt),
  confirmed_at: moment(account.confirmedAt),
  banned_until: moment(account.bannedUntil),
  user_metadata: JSON.stringify(account.userMetadata),
  app_metadata: JSON.stringify(account.appMetadata),
})

/** The fields that differ, and always updated_at. A field that is not written cannot undo what another change wrote meanwhile. */
export function changedFields(before: Account, after: Account): string[] {
  const texts: Record<string, string> = changeable(before)
  return Object.entries(changeable(after))
    .filter(([name, text]) => name === 'updated_at' || text !== texts[name])
    .flat()
}

export const allFields = (account: Account): string[] => [
  'id',
  account.id,
  'created_at',
  String(account.createdAt),
  'last_sign_in_at',
  moment(account.lastSignInAt),
  'revision',
  account.revision,
  ...Object.entries(changeable(account)).flat(),
]

/** From a flat list of fields and values; null for the empty list of a missing hash. Throws a StoreFault on a damaged one. */
export function readAccount(flat: readonly string[]): Account | null {
  if (flat.length === 0) return null
  const fields = readFields(flat)
  return {
    id: required(fields.get('id')),
    email: required(fields.get('email')),
    passwordHash: fields.get('password') || null,
    role: required(fields.get('role')),
    createdAt: whole(fields.get('created_at')),
    updatedAt: whole(fields.get('updated_at')),
    confirmedAt: readMoment(fields.get('confirmed_at')),
    lastSignInAt: readMoment(fields.get('last_sign_in_at')),
    bannedUntil: readMoment(fields.get('banned_until')),
    userMetadata: readMetadata(fields.get('user_metadata')),
    appMetadata: readMetadata(fields.get('app_metadata')),
    revision: required(fields.get('revision')),
  }
}

function readMetadata(text: string | undefined): Record<string, unknown> {
  const value = parseJson(required(text))
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value))
    : {}
}
