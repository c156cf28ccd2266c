/** Owns a successful call of each operation, for tests that try them all. Never what is expected of an answer. */

import type { OperationId } from '../../src/contract/operations.ts'
import { API, basic } from './oauth-clients.ts'
import { type Call, claimsOf, PASSWORD, type Street } from './street.ts'

export interface Scene extends Call {
  method: string
  path: string
}

export const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' }
const form = (fields: Record<string, string>): string => new URLSearchParams(fields).toString()

/** Made anew for each call, since many of them end what they were called with. */
export async function sceneOf(street: Street, id: OperationId): Promise<Scene> {
  const person = await street.signUp()
  const own = person.access_token
  const operator = await street.serviceToken()
  const session = String(claimsOf(own).sid)
  const list = Object(claimsOf(own).status).status_list.uri
  const scene = (method: string, path: string, call: Call = {}): Scene => ({
    method,
    path,
    ...call,
  })
  const user = `/admin/users/${person.user.id}`
  const scenes: Record<OperationId, () => Scene> = {
    home: () => scene('GET', '/'),
    health: () => scene('GET', '/health'),
    openApi: () => scene('GET', '/openapi.json'),
    jwks: () => scene('GET', '/.well-known/jwks.json'),
    metadata: () => scene('GET', '/.well-known/oauth-authorization-server'),
    statusList: () => scene('GET', new URL(list).pathname),
    signUp: () =>
      scene('POST', '/signup', {
        body: { email: `${crypto.randomUUID()}@example.com`, password: PASSWORD },
      }),
    token: () =>
      scene('POST', '/token', {
        body: { grant_type: 'password', email: person.email, password: PASSWORD },
      }),
    revoke: () => scene('POST', '/revoke', { body: form({ token: own }), headers: FORM }),
    introspect: () =>
      scene('POST', '/introspect', {
        body: form({ token: own }),
        headers: { ...FORM, Authorization: basic(API) },
      }),
    logout: () => scene('POST', '/logout', { token: own }),
    logoutAll: () => scene('POST', '/logout/all', { token: own }),
    getUser: () => scene('GET', '/user', { token: own }),
    changeUser: () => scene('PUT', '/user', { token: own, body: { data: { name: 'Ada' } } }),
    deleteUser: () =>
      scene('DELETE', '/user', { token: own, body: { current_password: PASSWORD } }),
    listEvents: () => scene('GET', '/user/events?per_page=1', { token: own }),
    reauthenticate: () =>
      scene('POST', '/reauthenticate', { token: own, body: { password: PASSWORD } }),
    listSessions: () => scene('GET', '/sessions', { token: own }),
    endSession: () => scene('DELETE', `/sessions/${session}`, { token: own }),
    listUsers: () => scene('GET', '/admin/users?per_page=1', { token: operator }),
    createUser: () =>
      scene('POST', '/admin/users', {
        token: operator,
        body: { email: `${crypto.randomUUID()}@example.com`, role: 'admin' },
      }),
    getUserById: () => scene('GET', user, { token: operator }),
    changeUserById: () => scene('PUT', user, { token: operator, body: { ban_duration: '24h' } }),
    deleteUserById: () => scene('DELETE', user, { token: operator }),
    listUserSessions: () => scene('GET', `${user}/sessions`, { token: operator }),
    endUserSession: () => scene('DELETE', `${user}/sessions/${session}`, { token: operator }),
    endUserSessions: () => scene('POST', `${user}/logout`, { token: operator }),
    endEveryone: () => scene('POST', '/admin/logout', { token: operator }),
    readAudit: () => scene('GET', '/admin/audit?per_page=1', { token: operator }),
  }
  return scenes[id]()
}
