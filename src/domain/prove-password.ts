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

/** Null when the password came along and is right, or was proven in this session not long ago. */
export async function requireRecentProof(
  ports: Pick<Ports, 'limiter' | 'passwords'>,
  rules: Rules,
  {
    account,
    password,
    provenAt,
  }: { account: Account; password: string | undefined; provenAt: number },
  now: number,
): Promise<Refusal | null> {
  if (password !== undefined) return provePassword(ports, account, password, now)
  // A limit of 0 asks for the password every time, even in the millisecond of the proof or when the clock is behind it.
  if (rules.reauthentication > 0 && now - provenAt <= rules.reauthentication) return null
  return { reason: 'reauthentication_needed', maxAge: Math.floor(rules.reauthentication / 1000) }
}
