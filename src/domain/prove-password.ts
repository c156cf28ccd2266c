/** Owns the proof that the person at the keyboard knows the password, and for how long it counts (RFC 9470 step-up). */

import type { Account } from './account.ts'
import { admit, uncountOnFault } from './admit.ts'
import type { Ports } from './ports.ts'
import type { Refusal } from './refusal.ts'
import type { Rules } from './rules.ts'

/** Null when the password is right. Counted per user, since a stolen access token must not become a way to guess. */
export async function provePassword(
  { limiter, passwords }: Pick<Ports, 'limiter' | 'passwords'>,
  account: Account,
  password: string,
  now: number,
): Promise<Refusal | null> {
  const limited = await admit(limiter, 'reauthenticate', account.id)
  if (limited) return limited
  const matches = await isPresentPassword({ limiter, passwords }, account, password, now)
  return matches ? null : { reason: 'password_wrong' }
}

/** The quota `reauthenticate` must have counted the call already; this gives it back when nothing was compared. */
export async function isPresentPassword(
  { limiter, passwords }: Pick<Ports, 'limiter' | 'passwords'>,
  account: Account,
  password: string,
  now: number,
): Promise<boolean> {
  const verdict = passwords.verify(password, account.passwordHash, now)
  const uncount = () => limiter.giveBack('reauthenticate', account.id)
  return (await uncountOnFault(verdict, uncount)).matches
}

/**
 * The proof for all attempts of one decision: null when `password` came along and is right, or was proven in this session not long
 * ago, at `provenAt`. What was proven counts for every later attempt, as long as the account still has the same hash.
 */
export function provingOnce(
  ports: Pick<Ports, 'limiter' | 'passwords'>,
  rules: Rules,
  password: string | undefined,
  now: number,
): (account: Account, provenAt: number) => Promise<Refusal | null> {
  let provenFor: string | null | undefined
  return async (account, provenAt) => {
    if (provenFor === account.passwordHash) return null
    const refusal =
      password === undefined
        ? staleRefusal(rules, provenAt, now)
        : await provePassword(ports, account, password, now)
    if (!refusal) provenFor = account.passwordHash
    return refusal
  }
}

/** A limit of 0 asks for the password every time, even in the millisecond of the proof or when the clock is behind it. */
function staleRefusal({ reauthentication }: Rules, provenAt: number, now: number): Refusal | null {
  if (reauthentication > 0 && now - provenAt <= reauthentication) return null
  return { reason: 'reauthentication_needed', maxAge: Math.floor(reauthentication / 1000) }
}
