/** Owns what Curfew promises, told again as plainly as can be: what there is, and which tokens work. Never looks at src. */

const SECOND = 1000
const MINUTE = 60 * SECOND

/** Milliseconds. Sessions live shorter than by default, so that a sequence gets to their ends; set by realm.ts. */
export const RULES = {
  access: 15 * MINUTE,
  idle: 60 * MINUTE,
  absolute: 150 * MINUTE,
  reuseWindow: 30 * SECOND,
  proof: 10 * MINUTE,
  ban: 120 * MINUTE,
  service: 20 * MINUTE,
  /** By how much a guard's clock may be late: for so long after its expiry a token can still be revoked. */
  lateness: 5 * MINUTE,
  /** How long a guard may go by a status list. */
  list: 30 * SECOND,
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

/** Given by a logout that was not confirmed: the refresh token of its cookie, and what it was to end. */
export interface Ticket extends Refresh {
  scope: Exclude<Scope, 'others'>
}

/** A token of a service, which belongs to no session. */
export interface Service {
  /** Its place among all that were issued. */
  place: number
  signer: Signer
  expiresAt: number
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
  /** Places of service tokens that were logged out. */
  silenced: number[]
}

/** The time, and whose signatures are accepted. */
export interface Moment {
  now: number
  accepts: readonly Signer[]
}

export type Scope = 'local' | 'others' | 'global'
/** What a caller names: a scope in the query, 'all' for the path /logout/all, or null for nothing. */
export type Asked = Scope | 'all' | null
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
  | { do: 'log out'; token: Access; scope: Asked }
  | { do: 'log out by cookie'; token: Refresh; scope: Asked }
  | { do: 'log out in browser'; token: Access; cookie: Refresh; scope: Asked }
  | { do: 'log out by ticket'; token: Ticket; scope: Asked }
  /** Must be refused: a ticket is no refresh token. */
  | { do: 'refresh by ticket'; token: Ticket }
  | { do: 'log out service'; token: Service; scope: Asked }
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
  | { do: 'end session by operator'; account: string; session: string }
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

export const EMPTY: World = { accounts: [], sessions: [], revoked: [], silenced: [] }

export const without = (world: World, ends: (session: Session) => boolean): World => ({
  ...world,
  sessions: world.sessions.filter((session) => !ends(session)),
})

export const live = (world: World, key: string, now: number): Session | undefined =>
  world.sessions.find((one) => one.key === key && now < one.idleEnd && now < one.absoluteEnd)

export function accessWorks(world: World, token: Access, { now, accepts }: Moment): boolean {
  if (!accepts.includes(token.signer) || now >= token.expiresAt) return false
  return !world.revoked.includes(token.place) && live(world, token.session, now) !== undefined
}

/** Whether it would be answered with tokens, as the present one is, and older ones are soon after the last rotation. */
export function refreshWorks(world: World, token: Refresh, { now, accepts }: Moment): boolean {
  const session = live(world, token.session, now)
  if (!session || !accepts.includes(token.signer)) return false
  return token.generation === session.generation || now - session.rotatedAt <= RULES.reuseWindow
}

/** No logout of people ends a service token, not even everyone's: it has no session. */
export const serviceWorks = (world: World, token: Service, { now, accepts }: Moment): boolean =>
  accepts.includes(token.signer) && now < token.expiresAt && !world.silenced.includes(token.place)

/** The sessions of an account that still live. */
export const sessionsOf = (world: World, account: string, now: number): Session[] =>
  world.sessions.filter((one) => one.account === account && live(world, one.key, now))
