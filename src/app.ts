/** Owns the list of every route: what is answered where, and by whom it may be asked. Works in any Hono app that mounts it. */

import { Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { every } from 'hono/combine'
import { cors } from 'hono/cors'
import { secureHeaders } from 'hono/secure-headers'
import { acceptedHeaders, exposedHeaders } from './contract/headers.ts'
import { paths } from './contract/paths.ts'
import { BODY_LIMIT } from './domain/policy.ts'
import { requireLiveToken, requireOperator, requirePerson } from './http/authenticate.ts'
import type { AppEnv, Services } from './http/environment.ts'
import { requireLogoutProof } from './http/logout-proof.ts'
import { failed, refused } from './http/problem.ts'
import { chooseTransport } from './http/refresh-cookie.ts'
import { beginRequest, endInTime, faultsAs } from './http/request.ts'
import {
  endEveryoneRoute,
  endUserSessionsRoute,
  listUserSessionsRoute,
  readAuditRoute,
} from './http/routes/admin-sessions.ts'
import {
  changeUserByIdRoute,
  createUserRoute,
  deleteUserByIdRoute,
  getUserByIdRoute,
  listUsersRoute,
} from './http/routes/admin-users.ts'
import { listEventsRoute } from './http/routes/events.ts'
import { introspectRoute } from './http/routes/introspect.ts'
import { logoutAllRoute, logoutRoute } from './http/routes/logout.ts'
import { metadataRoute } from './http/routes/metadata.ts'
import { healthRoute, homeRoute, jwksRoute } from './http/routes/public.ts'
import { revokeRoute } from './http/routes/revoke.ts'
import { endSessionRoute, listSessionsRoute } from './http/routes/sessions.ts'
import { signUpRoute } from './http/routes/sign-up.ts'
import { statusListRoute } from './http/routes/status-list.ts'
import { tokenRoute } from './http/routes/token.ts'
import {
  changeUserRoute,
  deleteUserRoute,
  getUserRoute,
  reauthenticateRoute,
} from './http/routes/user.ts'

export interface AppOptions {
  /** Where every path begins, such as '/auth/v1'. Left out when another app mounts this one at a path. */
  basePath?: string
}

/**
 * The whole service as a Hono app.
 *
 * @example
 * const site = new Hono()
 * site.route('/auth/v1', createApp(services))
 */
export function createApp(services: Services, { basePath = '' }: AppOptions = {}): Hono<AppEnv> {
  const root = new Hono<AppEnv>()
  const app = root.basePath(basePath === '' ? '/' : basePath)

  const begin = beginRequest(services)
  const secure = secureHeaders({
    referrerPolicy: 'no-referrer',
    crossOriginResourcePolicy: false,
  })

  app.onError(failed)
  // Outside the base path, where no step runs by itself. In an app that mounts this one, that is not ours to answer.
  app.notFound(async (c) => {
    await every(begin, secure)(c, async () => {
      c.res = refused(c, { reason: 'path_unknown' })
    })
    return c.res
  })
  const steps: MiddlewareHandler<AppEnv>[] = [
    begin,
    secure,
    cors({
      origin: (origin) => (services.corsOrigins.includes(origin) ? origin : null),
      allowMethods: ['GET', 'POST', 'PUT', 'DELETE'],
      allowHeaders: [...acceptedHeaders],
      exposeHeaders: [...exposedHeaders],
      // For the refresh cookie, which goes to listed origins of the same site only: SameSite=Strict and refresh-cookie.ts.
      credentials: true,
      maxAge: 600,
    }),
    endInTime,
    bodyLimit({
      maxSize: BODY_LIMIT,
      onError: (c) => refused(c, { reason: 'body_too_large', bytes: BODY_LIMIT }),
    }),
  ]
  app.use(...steps)

  app.get(paths.home, homeRoute)
  // Under a base path Hono takes '/' for '/auth/v1' alone: this is '/auth/v1/'.
  app.get('/:nothing{.{0}}', homeRoute)
  app.get(paths.health, healthRoute)
  app.get(paths.jwks, jwksRoute)
  app.get(paths.metadata, metadataRoute)
  // RFC 8414 section 3.1 looks for it at the host's root, with the issuer's path behind; outside of our base path.
  const discovery = paths.metadata + new URL(services.issuer).pathname.replace(/\/$/, '')
  if (basePath !== '') root.use(discovery, ...steps)
  if (discovery !== basePath + paths.metadata) root.get(discovery, metadataRoute)

  app.get(paths.statusList, statusListRoute)

  app.post(paths.signUp, faultsAs('signUp'), chooseTransport, signUpRoute)
  app.post(paths.token, chooseTransport, tokenRoute)
  app.post(paths.revoke, faultsAs('revoke'), revokeRoute)
  app.post(paths.introspect, introspectRoute)
  app.post(paths.logout, faultsAs('logout'), chooseTransport, requireLogoutProof, logoutRoute)
  app.post(paths.logoutAll, faultsAs('logout'), chooseTransport, requireLogoutProof, logoutAllRoute)

  app.get(paths.user, requireLiveToken, requirePerson, getUserRoute)
  app.put(paths.user, requireLiveToken, requirePerson, faultsAs('change'), changeUserRoute)
  app.delete(paths.user, requireLiveToken, requirePerson, faultsAs('change'), deleteUserRoute)
  app.get(paths.userEvents, requireLiveToken, requirePerson, listEventsRoute)
  app.post(
    paths.reauthenticate,
    requireLiveToken,
    requirePerson,
    faultsAs('change'),
    reauthenticateRoute,
  )
  app.get(paths.sessions, requireLiveToken, requirePerson, listSessionsRoute)
  app.delete(paths.session, requireLiveToken, requirePerson, faultsAs('logout'), endSessionRoute)

  app.get(paths.adminUsers, requireLiveToken, requireOperator, listUsersRoute)
  app.post(paths.adminUsers, requireLiveToken, requireOperator, faultsAs('change'), createUserRoute)
  app.get(paths.adminUser, requireLiveToken, requireOperator, getUserByIdRoute)
  app.put(
    paths.adminUser,
    requireLiveToken,
    requireOperator,
    faultsAs('change'),
    changeUserByIdRoute,
  )
  app.delete(
    paths.adminUser,
    requireLiveToken,
    requireOperator,
    faultsAs('change'),
    deleteUserByIdRoute,
  )
  app.get(paths.adminUserSessions, requireLiveToken, requireOperator, listUserSessionsRoute)
  app.post(
    paths.adminUserLogout,
    requireLiveToken,
    requireOperator,
    faultsAs('logout'),
    endUserSessionsRoute,
  )
  app.post(
    paths.adminLogout,
    requireLiveToken,
    requireOperator,
    faultsAs('logout'),
    endEveryoneRoute,
  )
  app.get(paths.adminAudit, requireLiveToken, requireOperator, readAuditRoute)

  for (const [path, allow] of methodsByPath(app))
    root.all(path, (c) => refused(c, { reason: 'method_unknown', allow }))
  app.all('*', (c) => refused(c, { reason: 'path_unknown' }))
  return app
}

/** RFC 9110 section 15.5.6: a 405 says which methods there are. */
function methodsByPath(app: Hono<AppEnv>): Map<string, string> {
  const methods = new Map<string, Set<string>>()
  for (const { path, method } of app.routes) {
    if (method === 'ALL') continue
    const known = methods.get(path) ?? new Set()
    methods.set(path, known.add(method))
    if (method === 'GET') known.add('HEAD')
  }
  return new Map([...methods].map(([path, known]) => [path, [...known].join(', ')]))
}
