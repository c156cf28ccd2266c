/** Owns what Curfew promises, told once more and as plainly as can be: what there is, and which tokens work. Never looks at src. */

const SECOND = 1000
const MINUTE = 60 * SECOND

/** Milliseconds. Shorter lives than the defaults, so that a sequence gets to the end of them; see realm.ts. */
export const RULES = {
  access: 15 * MINUTE,
  idle: 60 * MINUTE,
  absolute: 150 * MINUTE,
  reuseWindow: 30 * SECOND,
  proof: 10 * MINUTE,
  ban: 120 * MINUTE,
  perUser: 4,
}

/** Who signed a token: keys and secrets are rotated together here. */
export type Signer = 'old' | 'new'

export interface Access {
  session: string
  /** Its place among all that were issued. */
  place: number
  signer: Signer
  expiresAt: number
}

export interface Refresh {
  session: string
  generation: number
  signer: Signer
}

export interface Account {
  key: string
  slot: number
  email: string
  password: string
  bannedUntil: number
}

export interface Session {
  key: string
  account: string
  client: string
  generation: number
  rotatedAt: number
  provenAt: number
  idleEnd: number
  absoluteEnd: number
}

/** What there is. What was ended or deleted is not in it any more. */
export interface World {
  accounts: Account[]
  sessions: Session[]
  /** Places of access tokens that were ended alone. */
  revoked: number[]
}

/** The time, and whose signatures are accepted. */
export interface Moment {
  now: number
  accepts: readonly Signer[]
}

export type Scope = 'local' | 'others' | 'global'
export type Order = 'ban' | 'lift' | 'log out' | 'delete' | 'password' | 'role'

export type Act =
  | {
      do: 'sign up'
      account: string
      slot: number
      session: string
      email: string
      password: string
      client: string
    }
  | { do: 'sign in'; session: string; email: string; password: string; client: string }
  | { do: 'refresh'; token: Refresh; client: string }
  | { do: 'log out'; token: Access; scope: Scope | 'all' | null }
  | { do: 'log out by cookie'; token: Refresh; scope: Scope }
  | { do: 'end session'; token: Access; session: string }
  | {
      do: 'change'
      token: Access
      password: string | null
      email: string | null
      proof: string | null
      global: boolean
    }
  | { do: 'reauthenticate'; token: Access; password: string }
  | { do: 'delete'; token: Access; proof: string | null }
  | { do: 'revoke access'; token: Access; client: string }
  | { do: 'revoke refresh'; token: Refresh; client: string }
  | { do: 'order'; account: string; order: Order; password: string }
  | { do: 'end everyone' }
  | { do: 'look'; token: Access }

/** One way in which an act may go. */
export interface Outcome {
  world: World
  status: number
  /** What was handed out. */
  grant?: { session: string; generation: number; absoluteEnd: number }
  /** How many sessions it says that it ended. */
  ended?: number
}

export const EMPTY: World = { accounts: [], sessions: [], revoked: [] }

export const live = (world: World, key: string, now: number): Session | undefined =>
  world.sessions.find((one) => one.key === key && now < one.idleEnd && now < one.absoluteEnd)

export function accessWorks(world: World, token: Access, { now, accepts }: Moment): boolean {
  if (!accepts.includes(token.signer) || now >= token.expiresAt) return false
  return !world.revoked.includes(token.place) && live(world, token.session, now) !== undefined
}

/** Whether it would be answered with tokens: the present one, or an older one soon after the last rotation. */
export function refreshWorks(world: World, token: Refresh, { now, accepts }: Moment): boolean {
  const session = live(world, token.session, now)
  if (!session || !accepts.includes(token.signer)) return false
  return token.generation === session.generation || now - session.rotatedAt <= RULES.reuseWindow
}
