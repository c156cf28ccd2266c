/** Owns which code answers which operation, and the steps around all of them. Works in any Hono app that mounts it. */

import { type Handler, Hono, type MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import { routePath } from 'hono/route'
import { acceptedHeaders, exposedHeaders } from './contract/headers.ts'
import {
  type Caller,
  type Operation,
  type OperationId,
  operationEntries,
  operations,
} from './contract/operations.ts'
import { paths } from './contract/paths.ts'
import { requireLiveToken, requireOperator, requirePerson } from './http/authenticate.ts'
import type { AppEnv, Services } from './http/environment.ts'
import { limitBody } from './http/incoming-body.ts'
import { requireLogoutProof } from './http/logout-proof.ts'
import { failed, refused } from './http/problem.ts'
import { allowCookie, chooseTransport } from './http/refresh-cookie.ts'
import { beginRequest, endInTime, faultsAs, finishWork } from './http/request.ts'
import {
  endEveryoneRoute,
  endUserSessionRoute,
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
import { openApiRoute } from './http/routes/open-api.ts'
import { healthRoute, homeRoute, jwksRoute } from './http/routes/public.ts'
import { revokeRoute } from './http/routes/revoke.ts'
import { endSessionRoute, listSessionsRoute, ownMembers } from './http/routes/sessions.ts'
import { signUpRoute } from './http/routes/sign-up.ts'
import { statusListRoute } from './http/routes/status-list.ts'
import { tokenRoute } from './http/routes/token.ts'
import {
  changeUserRoute,
  deleteUserRoute,
  getUserRoute,
  ownAccount,
  reauthenticateRoute,
} from './http/routes/user.ts'

type Step = MiddlewareHandler<AppEnv>

/** The steps that let a caller through. A client may name itself in the body, so its routes identify it themselves. */
const CALLERS: Record<Caller, Step[]> = {
  anyone: [],
  client: [],
  confidential_client: [],
  holder: [chooseTransport, requireLogoutProof],
  person: [requireLiveToken, requirePerson],
  operator: [requireLiveToken, requireOperator],
}

/** Look-ups that are sent together with the check of the caller's token. */
const LOOKED_UP_AHEAD: Partial<Record<OperationId, Step[]>> = {
  getUser: [ownAccount.step],
  listSessions: [ownMembers.step],
  endSession: [ownMembers.step],
}

/** An operation without an answer does not compile, nor an answer without an operation. */
const ANSWERS: Record<OperationId, [...Step[], Handler<AppEnv>]> = {
  home: [homeRoute],
  health: [healthRoute],
  openApi: [openApiRoute],
  jwks: [jwksRoute],
  metadata: [metadataRoute],
  statusList: [statusListRoute],

  signUp: [faultsAs('signUp'), chooseTransport, signUpRoute],
  token: [chooseTransport, tokenRoute],
  revoke: [faultsAs('revoke'), revokeRoute],
  introspect: [introspectRoute],
  logout: [faultsAs('logout'), logoutRoute],
  logoutAll: [faultsAs('logout'), logoutAllRoute],

  getUser: [getUserRoute],
  changeUser: [faultsAs('change'), changeUserRoute],
  deleteUser: [faultsAs('change'), deleteUserRoute],
  listEvents: [listEventsRoute],
  reauthenticate: [faultsAs('change'), reauthenticateRoute],
  listSessions: [listSessionsRoute],
  endSession: [faultsAs('logout'), endSessionRoute],

  listUsers: [listUsersRoute],
  createUser: [faultsAs('change'), createUserRoute],
  getUserById: [getUserByIdRoute],
  changeUserById: [faultsAs('change'), changeUserByIdRoute],
  deleteUserById: [faultsAs('change'), deleteUserByIdRoute],
  listUserSessions: [listUserSessionsRoute],
  endUserSession: [faultsAs('logout'), endUserSessionRoute],
  endUserSessions: [faultsAs('logout'), endUserSessionsRoute],
  endEveryone: [faultsAs('logout'), endEveryoneRoute],
  readAudit: [readAuditRoute],
}

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

  app.onError(failed)
  // For paths outside the base path, where no step runs. An app that mounts this one answers those itself.
  app.notFound(async (c) => {
    await begin(c, async () => {
      c.res = refused(c, { reason: 'path_unknown' })
    })
    return c.res
  })
  const steps: Step[] = [
    begin,
    allowCookie,
    shareWith(services.corsOrigins),
    endInTime,
    finishWork,
    limitBody,
  ]
  app.use(...steps)

  for (const [id, { method, path, caller }] of operationEntries<Operation>(operations))
    app.on(method, [path], ...(LOOKED_UP_AHEAD[id] ?? []), ...CALLERS[caller], ...ANSWERS[id])

  // RFC 8414 section 3.1: clients look for the metadata at the host's root, before the issuer's path, so outside our base path.
  const discovery = paths.metadata + new URL(services.issuer).pathname.replace(/\/$/, '')
  if (basePath !== '') root.use(discovery, ...steps)
  if (discovery !== basePath + paths.metadata) root.get(discovery, metadataRoute)

  for (const [path, allow] of methodsByPath(app))
    root.all(path, (c) => refused(c, { reason: 'method_unknown', allow }))
  app.all('*', (c) => {
    // Under the base path '/auth/v1', Hono's route '/' does not answer '/auth/v1/', so this does. A route of its own would need a
    // pattern that keeps Hono from its fastest router.
    const parts = c.req.path.split('/')
    const isHome = parts.at(-1) === '' && parts.length === routePath(c).split('/').length
    if (!isHome) return refused(c, { reason: 'path_unknown' })
    return ['GET', 'HEAD'].includes(c.req.method)
      ? homeRoute(c)
      : refused(c, { reason: 'method_unknown', allow: 'GET, HEAD' })
  })
  return app
}

/** CORS. A request without Origin gets no CORS headers and skips Hono's step, which makes a second Response for each answer. */
function shareWith(origins: readonly string[]): Step {
  const share = cors({
    origin: (origin) => (origins.includes(origin) ? origin : null),
    allowMethods: ['GET', 'POST', 'PUT', 'DELETE'],
    allowHeaders: [...acceptedHeaders],
    exposeHeaders: [...exposedHeaders],
    maxAge: 600,
  })
  return function shareWith(c, next) {
    if (c.req.method === 'OPTIONS' || c.req.header('Origin') !== undefined) return share(c, next)
    c.header('Vary', 'Origin', { append: true })
    return next()
  }
}

/** The value of Allow for each path (RFC 9110 section 15.5.6: a 405 says which methods there are). */
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
