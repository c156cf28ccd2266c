/** Owns every path of the service, as clients and routes spell it. Never says what a path does. */

export const paths = {
  home: '/',
  health: '/health',
  openApi: '/openapi.json',
  jwks: '/.well-known/jwks.json',
  metadata: '/.well-known/oauth-authorization-server',
  /** The id of a list is a UUID. */
  statusList: '/statuslists/:id',
  signUp: '/signup',
  token: '/token',
  revoke: '/revoke',
  introspect: '/introspect',
  logout: '/logout',
  logoutAll: '/logout/all',
  user: '/user',
  userEvents: '/user/events',
  reauthenticate: '/reauthenticate',
  sessions: '/sessions',
  session: '/sessions/:id',
  adminUsers: '/admin/users',
  adminUser: '/admin/users/:id',
  adminUserSessions: '/admin/users/:id/sessions',
  adminUserSession: '/admin/users/:id/sessions/:session',
  adminUserLogout: '/admin/users/:id/logout',
  adminLogout: '/admin/logout',
  adminAudit: '/admin/audit',
} as const
