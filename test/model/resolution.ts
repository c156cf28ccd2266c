/** Owns what a step means here and now: which of the tokens that were issued it takes, whose password, and when a boundary is. */

import {
  type Access,
  type Act,
  live,
  type Refresh,
  RULES,
  type Service,
  type Ticket,
  type World,
} from './model.ts'
import { ASKING, FIRST_PARTY } from './realm.ts'
import type { Boundary, SingleStep } from './steps.ts'

export interface Issued {
  access: (Access & { text: string; client: string })[]
  refresh: (Refresh & { text: string; client: string })[]
  services: (Service & { text: string })[]
  tickets: (Ticket & { text: string })[]
  /** The service's ids by the model's names. */
  sessions: Map<string, string>
  accounts: { key: string; slot: number; id: string }[]
}

const fromNewest = <Item>(items: Item[], back: number): Item | undefined =>
  items.at(-1 - (back % Math.max(1, items.length)))

/**
 * Milliseconds. Redis' clock goes on by itself, while ours stands between turns: a record with less of its life left than this
 * may be gone too early, so no step is done that would write one.
 */
const MARGIN = 60_000

interface Present {
  issued: Issued
  /** The likeliest world: it only says what is tried, never what must come of it. */
  world: World
  now: number
}

/** Null when there is no token or account for the step, or a record of too short a life would be written (MARGIN). */
export function actOf(step: SingleStep, name: string, present: Present): Act | null {
  const { issued, world, now } = present
  const access = (back: number) => fromNewest(issued.access, back)
  const refresh = (back: number) => fromNewest(issued.refresh, back)
  const accountOf = (key: string | undefined) => {
    const session = world.sessions.find((one) => one.key === key)
    return world.accounts.find((one) => one.key === session?.account)
  }
  const passwordOf = (key: string, right: boolean) =>
    right ? (accountOf(key)?.password ?? 'of nobody any more') : 'a wrong password'
  const proofOf = (key: string, proof: 'right' | 'wrong' | null) =>
    proof && passwordOf(key, proof === 'right')

  switch (step.do) {
    case 'sign up': {
      const { who, asking } = step
      const present = world.accounts.find(({ slot }) => slot === who)
      return {
        do: 'sign up',
        account: name,
        slot: who,
        session: name,
        email: present?.email ?? `person-${who}@example.com`,
        password: `the first secret of step ${name}`,
        client: asking ? ASKING : FIRST_PARTY,
      }
    }
    case 'sign in': {
      const account = world.accounts.find(({ slot }) => slot === step.who)
      return {
        do: 'sign in',
        session: name,
        email: account?.email ?? `person-${step.who}@example.com`,
        password: (step.right && account?.password) || 'a wrong password',
        client: step.asking ? ASKING : FIRST_PARTY,
      }
    }
    case 'refresh': {
      const token = refresh(step.token)
      if (!token || isFleeting(world, token.session, now)) return null
      const other = token.client === ASKING ? FIRST_PARTY : ASKING
      return { do: 'refresh', token, client: step.own ? token.client : other }
    }
    case 'log out': {
      const token = access(step.token)
      return token ? { do: 'log out', token, scope: step.scope } : null
    }
    case 'log out by cookie': {
      const token = refresh(step.token)
      return token ? { do: 'log out by cookie', token, scope: step.scope } : null
    }
    case 'log out in browser': {
      const token = access(step.token)
      const cookie =
        step.cookie === null
          ? issued.refresh.findLast(({ session }) => session === token?.session)
          : refresh(step.cookie)
      const { scope } = step
      return token && cookie ? { do: 'log out in browser', token, cookie, scope } : null
    }
    case 'log out by ticket': {
      const token = fromNewest(issued.tickets, step.ticket)
      return token ? { do: 'log out by ticket', token, scope: step.scope } : null
    }
    case 'log out service': {
      const token = fromNewest(issued.services, step.service)
      return token ? { do: 'log out service', token, scope: step.scope } : null
    }
    case 'end session': {
      const token = access(step.token)
      const of = access(step.of)
      return token && of ? { do: 'end session', token, session: of.session } : null
    }
    case 'change': {
      const token = access(step.token)
      if (!token) return null
      const { what, proof, global } = step
      return {
        do: 'change',
        token,
        password: what === 'password' ? `the next secret of step ${name}` : null,
        email: what === 'email' ? `moved-${name}@example.com` : null,
        proof: proofOf(token.session, proof),
        global,
      }
    }
    case 'reauthenticate': {
      const token = access(step.token)
      if (!token) return null
      return { do: 'reauthenticate', token, password: passwordOf(token.session, step.right) }
    }
    case 'delete': {
      const token = access(step.token)
      return token ? { do: 'delete', token, proof: proofOf(token.session, step.proof) } : null
    }
    case 'revoke access': {
      const token = access(step.token)
      if (!token || (token.expiresAt > now && token.expiresAt - now < MARGIN)) return null
      return { do: 'revoke access', token, client: token.client }
    }
    case 'revoke refresh': {
      const token = refresh(step.token)
      return token ? { do: 'revoke refresh', token, client: token.client } : null
    }
    case 'order': {
      const account = issued.accounts.findLast(({ slot }) => slot === step.who)
      if (!account) return null
      const { order } = step
      const password = `the given secret of step ${name}`
      return { do: 'order', account: account.key, order, password }
    }
    case 'end session by operator': {
      const { session } = access(step.of) ?? {}
      const account = accountOf(session)
      if (session === undefined || !account) return null
      return { do: 'end session by operator', account: account.key, session }
    }
    case 'end everyone':
      return { do: 'end everyone' }
    case 'look': {
      const token = access(step.token)
      return token ? { do: 'look', token } : null
    }
  }
}

/** Whether a refresh would write a record of this session that ends within MARGIN. */
function isFleeting(world: World, key: string, now: number): boolean {
  const session = live(world, key, now)
  return session !== undefined && session.absoluteEnd - now < MARGIN
}

/** The time of a boundary, plus the step's offset. Null when there is no such boundary. */
export function boundaryOf(
  { boundary, token: back, offset }: { boundary: Boundary; token: number; offset: number },
  { access, services }: Issued,
  world: World,
): number | null {
  const token = fromNewest(access, back)
  const session = world.sessions.find(({ key }) => key === token?.session)
  const account = world.accounts.find(({ key }) => key === session?.account)
  const moments = {
    'reuse window': session && session.rotatedAt + RULES.reuseWindow,
    access: token?.expiresAt,
    idle: session?.idleEnd,
    absolute: session?.absoluteEnd,
    proof: session && session.provenAt + RULES.proof,
    service: fromNewest(services, back)?.expiresAt,
    ban: account?.bannedUntil ?? world.accounts.find((one) => one.bannedUntil > 0)?.bannedUntil,
  }
  const moment = moments[boundary]
  return moment === undefined || !Number.isFinite(moment) ? null : moment + offset
}
