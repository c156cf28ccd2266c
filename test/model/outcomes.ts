/** Owns what each act answers and changes by the promise, the README's "What ends what": a pure function. Never looks at src. */

import {
  endMany,
  logOut,
  logOutByRefresh,
  logOutInBrowser,
  logOutService,
  scopeOf,
} from './logouts.ts'
import {
  type Access,
  type Account,
  type Act,
  accessWorks,
  live,
  type Moment,
  type Order,
  type Outcome,
  type Refresh,
  RULES,
  refreshWorks,
  type Session,
  sessionsOf,
  type World,
  without,
} from './model.ts'

const withSession = (world: World, key: string, change: Partial<Session>): World => ({
  ...world,
  sessions: world.sessions.map((one) => (one.key === key ? { ...one, ...change } : one)),
})

const withAccount = (world: World, key: string, change: Partial<Account>): World => ({
  ...world,
  accounts: world.accounts.map((one) => (one.key === key ? { ...one, ...change } : one)),
})

/** A sign-in beyond the most sessions of a user ends the session that would have ended first; of several such, any one. */
function makeRoom(world: World, account: string, now: number): World[] {
  const present = sessionsOf(world, account, now)
  if (present.length < RULES.perUser) return [world]
  const endOf = (one: Session) => Math.min(one.idleEnd, one.absoluteEnd)
  const first = Math.min(...present.map(endOf))
  return present
    .filter((one) => endOf(one) === first)
    .map(({ key }) => without(world, (one) => one.key === key))
}

function open(
  world: World,
  { key, account, client }: Pick<Session, 'key' | 'account' | 'client'>,
  now: number,
): Outcome[] {
  const session: Session = {
    key,
    account,
    client,
    generation: 0,
    rotatedAt: Number.NEGATIVE_INFINITY,
    provenAt: now,
    idleEnd: now + RULES.idle,
    absoluteEnd: now + RULES.absolute,
  }
  const grant = { session: key, generation: 0, absoluteEnd: session.absoluteEnd }
  return makeRoom(world, account, now).map((room) => ({
    world: { ...room, sessions: [...room.sessions, session] },
    status: 200,
    grant,
  }))
}

/** Every way in which an act may go in a world. More than one only where the promise leaves it open. */
export function outcomesOf(world: World, act: Act, moment: Moment): Outcome[] {
  const { now, accepts } = moment
  const refused = (status: number): Outcome[] => [{ world, status }]
  /** The session of an access token that works. */
  const caller = (token: Access): Session | undefined =>
    accessWorks(world, token, moment) ? live(world, token.session, now) : undefined

  switch (act.do) {
    case 'sign up': {
      const { account: key, slot, email, password, client, session } = act
      if (world.accounts.some((one) => one.email === email)) return refused(422)
      const account: Account = { key, slot, email, password, bannedUntil: 0 }
      const joined = { ...world, accounts: [...world.accounts, account] }
      return open(joined, { key: session, account: key, client }, now)
    }
    case 'sign in': {
      const account = world.accounts.find((one) => one.email === act.email)
      if (account?.password !== act.password) return refused(400)
      if (account.bannedUntil > now) return refused(400)
      return open(world, { key: act.session, account: account.key, client: act.client }, now)
    }
    case 'refresh':
      return refresh(world, act, moment)
    case 'refresh by ticket':
      return refused(400)
    case 'log out':
      return logOut(world, act, moment)
    case 'log out by cookie':
    case 'log out by ticket':
      return logOutByRefresh(world, act.token, scopeOf(act), moment)
    case 'log out in browser':
      return logOutInBrowser(world, act, moment)
    case 'log out service':
      return logOutService(world, act, moment)
    case 'end session': {
      const own = caller(act.token)
      if (!own) return refused(401)
      const other = live(world, act.session, now)
      if (other?.account !== own.account) return refused(404)
      return [{ world: without(world, (one) => one.key === other.key), status: 200, ended: 1 }]
    }
    case 'change': {
      const own = caller(act.token)
      const account = world.accounts.find(({ key }) => key === own?.account)
      if (!own || !account) return refused(401)
      if (act.proof === null && now - own.provenAt > RULES.proof) return refused(401)
      if (act.proof !== null && act.proof !== account.password) return refused(400)
      const changed = withAccount(world, account.key, {
        email: act.email ?? account.email,
        password: act.password ?? account.password,
      })
      const [ending] = endMany(changed, own, act.global ? 'global' : 'others', now)
      return ending ? [{ world: ending.world, status: 200 }] : []
    }
    case 'reauthenticate': {
      const own = caller(act.token)
      const account = world.accounts.find(({ key }) => key === own?.account)
      if (!own || !account) return refused(401)
      if (act.password !== account.password) return refused(400)
      return [{ world: withSession(world, own.key, { provenAt: now }), status: 200 }]
    }
    case 'delete': {
      const own = caller(act.token)
      const account = world.accounts.find(({ key }) => key === own?.account)
      if (!own || !account) return refused(401)
      if (act.proof === null && now - own.provenAt > RULES.proof) return refused(401)
      if (act.proof !== null && act.proof !== account.password) return refused(400)
      return [{ world: remove(world, account.key), status: 200 }]
    }
    case 'revoke access': {
      const somewhere = { ...act.token, expiresAt: act.token.expiresAt + RULES.lateness }
      if (!accessWorks(world, somewhere, moment)) return [{ world, status: 200 }]
      return [{ world: { ...world, revoked: [...world.revoked, act.token.place] }, status: 200 }]
    }
    case 'revoke refresh': {
      if (!accepts.includes(act.token.signer)) return [{ world, status: 200 }]
      return [{ world: without(world, ({ key }) => key === act.token.session), status: 200 }]
    }
    case 'order':
      return obey(world, act, now)
    case 'end session by operator': {
      const session = live(world, act.session, now)
      if (session?.account !== act.account) return refused(404)
      return [{ world: without(world, ({ key }) => key === session.key), status: 200, ended: 1 }]
    }
    case 'end everyone':
      return [{ world: { ...world, sessions: [] }, status: 200 }]
    case 'look':
      return refused(accessWorks(world, act.token, moment) ? 200 : 401)
  }
}

function refresh(
  world: World,
  { token, client }: { token: Refresh; client: string },
  moment: Moment,
): Outcome[] {
  const { now, accepts } = moment
  const session = live(world, token.session, now)
  if (!session || !accepts.includes(token.signer)) return [{ world, status: 400 }]
  if (session.client !== client) return [{ world, status: 400 }]
  if (!refreshWorks(world, token, moment))
    return [{ world: without(world, ({ key }) => key === session.key), status: 400 }]
  const rotates = token.generation === session.generation
  const generation = rotates ? session.generation + 1 : session.generation
  const rotatedAt = rotates ? now : session.rotatedAt
  const { key, absoluteEnd } = session
  return [
    {
      world: withSession(world, key, { generation, rotatedAt, idleEnd: now + RULES.idle }),
      status: 200,
      grant: { session: key, generation, absoluteEnd },
    },
  ]
}

const remove = (world: World, account: string): World => ({
  ...without(world, (one) => one.account === account),
  accounts: world.accounts.filter(({ key }) => key !== account),
})

function obey(
  world: World,
  { account: key, order, password }: { account: string; order: Order; password: string },
  now: number,
): Outcome[] {
  const account = world.accounts.find((one) => one.key === key)
  if (!account) return [{ world, status: 404 }]
  const count = sessionsOf(world, key, now).length
  const ended = without(world, (one) => one.account === key)
  switch (order) {
    case 'ban': {
      const banned = withAccount(ended, key, { bannedUntil: now + RULES.ban })
      return [{ world: banned, status: 200 }]
    }
    case 'lift':
      return [{ world: withAccount(world, key, { bannedUntil: 0 }), status: 200 }]
    case 'log out':
      return [{ world: ended, status: 200, ended: count }]
    case 'delete':
      return [{ world: remove(world, key), status: 200 }]
    case 'password':
      return [{ world: withAccount(ended, key, { password }), status: 200 }]
    case 'role':
      return [{ world: ended, status: 200 }]
  }
}
