/** Owns what each way to log out ends: by access token, by cookie, by both, by ticket, and a service's. Never looks at src. */

import {
  type Access,
  type Act,
  type Asked,
  live,
  type Moment,
  type Outcome,
  type Refresh,
  refreshWorks,
  type Scope,
  type Service,
  type Session,
  sessionsOf,
  type Ticket,
  type World,
  without,
} from './model.ts'

const named = (asked: Asked): Scope => (asked === null || asked === 'all' ? 'global' : asked)

/** A ticket's own scope, whatever the caller names. */
export const scopeOf = (
  act: Extract<Act, { do: 'log out by cookie' | 'log out by ticket' }>,
): Scope => (act.do === 'log out by ticket' ? act.token.scope : named(act.scope))

export function endMany(world: World, own: Session, scope: Scope, now: number): Outcome[] {
  const ends = ({ key, account }: Session): boolean => {
    if (scope === 'local') return key === own.key
    return account === own.account && (scope === 'global' || key !== own.key)
  }
  const ended = sessionsOf(world, own.account, now).filter(ends).length
  return [{ world: without(world, ends), status: 200, ended }]
}

export function logOut(
  world: World,
  { token, scope: asked }: { token: Access; scope: Asked },
  { now, accepts }: Moment,
): Outcome[] {
  if (!accepts.includes(token.signer)) return [{ world, status: 401 }]
  const isExpired = now >= token.expiresAt
  if (isExpired && asked !== null && asked !== 'local') return [{ world, status: 401 }]
  const session = live(world, token.session, now)
  if (!session) return [{ world, status: 200, ended: 0 }]
  if (isExpired || !world.revoked.includes(token.place))
    return endMany(world, session, isExpired ? 'local' : named(asked), now)
  // One that was revoked alone ends its own session, and no more.
  return asked === null || asked === 'local'
    ? endMany(world, session, 'local', now)
    : [{ world, status: 401 }]
}

/** A refresh token of ours always ends its own session; others only while it can be exchanged. */
export function logOutByRefresh(
  world: World,
  token: Refresh,
  scope: Scope,
  moment: Moment,
): Outcome[] {
  const { now, accepts } = moment
  if (!accepts.includes(token.signer)) return [{ world, status: 401 }]
  const session = live(world, token.session, now)
  if (!session) return [{ world, status: 200, ended: 0 }]
  if (scope === 'local') return endMany(world, session, scope, now)
  if (!refreshWorks(world, token, moment))
    return [{ world: without(world, ({ key }) => key === session.key), status: 400 }]
  return endMany(world, session, scope, now)
}

interface Browser {
  token: Access
  cookie: Refresh
  scope: Asked
}

/** A cookie of ours stands in for an access token that is not ours any more, or for an expired one of the same session. */
const standsIn = ({ token, cookie }: Browser, { now, accepts }: Moment): boolean =>
  accepts.includes(cookie.signer) &&
  (!accepts.includes(token.signer) || (now >= token.expiresAt && cookie.session === token.session))

export function logOutInBrowser(world: World, browser: Browser, moment: Moment): Outcome[] {
  const { token, cookie, scope } = browser
  const byCookie = () => logOutByRefresh(world, cookie, named(scope), moment)
  if (standsIn(browser, moment)) return byCookie()
  // An access token that was revoked alone ends its own session at most; the cookie of that session may end more.
  const isRevokedAlone =
    world.revoked.includes(token.place) && live(world, token.session, moment.now) !== undefined
  const isItsOwn = moment.accepts.includes(cookie.signer) && cookie.session === token.session
  if (isRevokedAlone && isItsOwn && scope !== 'local') return byCookie()
  return logOut(world, { token, scope }, moment)
}

/** Ends that token alone, and nobody's session. */
export function logOutService(
  world: World,
  { token, scope }: { token: Service; scope: Asked },
  { now, accepts }: Moment,
): Outcome[] {
  if (!accepts.includes(token.signer)) return [{ world, status: 401 }]
  if (now >= token.expiresAt && scope !== null && scope !== 'local') return [{ world, status: 401 }]
  const silenced = [...new Set([...world.silenced, token.place])]
  return [{ world: { ...world, silenced }, status: 200, ended: 0 }]
}

/** The ticket that an unconfirmed or limited logout must give: in the cookie's place it can still end what the cookie could. */
export function ticketFor(act: Act, moment: Moment): Omit<Ticket, 'signer'> | null {
  if (act.do !== 'log out by cookie' && act.do !== 'log out in browser') return null
  const cookie = act.do === 'log out by cookie' ? act.token : act.cookie
  const scope = named(act.scope)
  if (scope === 'others' || !moment.accepts.includes(cookie.signer)) return null
  const isItsOwn =
    act.do === 'log out by cookie' || standsIn(act, moment) || act.token.session === cookie.session
  return isItsOwn ? { session: cookie.session, generation: cookie.generation, scope } : null
}
